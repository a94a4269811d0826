/** What stands at a path of names in plain data; undefined if nothing does. Only members of their own count. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce(
    (owner, name) =>
      typeof owner === 'object' && owner !== null && !Array.isArray(owner)
        ? Object.getOwnPropertyDescriptor(owner, name)?.value
        : undefined,
    value,
  )
}
