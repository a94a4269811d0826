/** Whether two plain values are the same all the way down. */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) return Array.isArray(b) && equalLists(a, b)
  const keys = Object.keys(a)
  if (Array.isArray(b) || keys.length !== Object.keys(b).length) return false
  return keys.every((key) => Object.hasOwn(b, key) && equal(at(a, key), at(b, key)))
}

/** `after`, or `before` if there is no difference: what did not change stays the same object. */
export function shared<T>(before: T | undefined, after: T): T {
  return before !== undefined && equal(before, after) ? before : after
}

/** As {@link shared} for a list whose elements are shared already. */
export function sharedList<T>(before: readonly T[] | undefined, after: readonly T[]): readonly T[] {
  const same =
    before?.length === after.length && after.every((each, index) => before[index] === each)
  return same && before !== undefined ? before : Object.freeze([...after])
}

/** Freezes a plain value all the way down. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const each of Object.values(value)) frozen(each)
  return Object.freeze(value)
}

function equalLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((each, index) => equal(each, b[index]))
}

function at(object: object, key: string): unknown {
  return (object as Readonly<Record<string, unknown>>)[key]
}
