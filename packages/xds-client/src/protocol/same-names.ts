import type { Wanted } from '../resource-type.ts'

/** Whether two subscriptions want the same. Lists of names are sorted. */
export function sameNames(a: Wanted, b: Wanted): boolean {
  if (a === '*' || b === '*') return a === b
  return a.length === b.length && a.every((name, at) => name === b[at])
}
