/** `T` without the fields that may be undefined; those become optional instead. */
export type Present<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K]
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Copies `fields` without those that are undefined: in JSON, absent and undefined differ. */
export function present<const T extends object>(fields: T): Present<T> {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) kept[key] = value
  // The entries are those of `fields`, so they have its types.
  return kept as Present<T>
}
