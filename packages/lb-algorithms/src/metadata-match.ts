import { HostSetError } from './errors.ts'

/** JSON values by name. */
export type Metadata = Readonly<Record<string, unknown>>

/** Whether `metadata` has every value of `wanted`; if lists stand for any of their elements, one of these must be the value. */
export function matchesMetadata(metadata: Metadata, wanted: Metadata, listAsAny: boolean): boolean {
  return Object.entries(wanted).every(([key, value]) => {
    const actual = metadata[key]
    if (actual === undefined) return false
    const text = jsonKey(value)
    if (listAsAny && Array.isArray(actual)) return actual.some((it) => jsonKey(it) === text)
    return jsonKey(actual) === text
  })
}

/**
 * The values that a host has for `keys`: none if one is missing, several if lists stand for each of their elements.
 *
 * @throws {HostSetError} if lists of one host make more than 10 000 combinations.
 */
export function metadataCombinations(
  metadata: Metadata,
  keys: readonly string[],
  listAsAny: boolean,
): readonly Metadata[] {
  let combinations: Metadata[] = [{}]
  for (const key of keys) {
    const value = metadata[key]
    if (value === undefined) return []
    const values: readonly unknown[] = listAsAny && Array.isArray(value) ? value : [value]
    if (combinations.length * values.length > maxCombinations) {
      throw new HostSetError(
        'lists in the metadata of a host',
        `at most ${maxCombinations} combinations`,
        combinations.length * values.length,
      )
    }
    combinations = combinations.flatMap((it) => values.map((one) => ({ ...it, [key]: one })))
  }
  return combinations
}

/** Lists multiply: this many subsets of a single host are a fault and no wish. */
const maxCombinations = 10_000

/** A text that is the same for the same keys, in whatever order. */
export function selectorKey(keys: readonly string[]): string {
  return JSON.stringify(keys.toSorted())
}

/** A text that is the same for the same keys and values, in whatever order. */
export function criteriaKey(criteria: Metadata): string {
  return jsonKey(criteria)
}

/** JSON with the names of objects in order. What is nested deeper than {@link deepest} levels is not told apart. */
function jsonKey(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (depth === deepest) return '…'
  if (Array.isArray(value)) return `[${value.map((it) => jsonKey(it, depth + 1)).join()}]`
  const members = Object.entries(value).filter(([, it]) => it !== undefined)
  const texts = members.map(([name, it]) => `${JSON.stringify(name)}:${jsonKey(it, depth + 1)}`)
  return `{${texts.sort().join()}}`
}

/** The parsers of protobuf go no deeper by default. */
const deepest = 100
