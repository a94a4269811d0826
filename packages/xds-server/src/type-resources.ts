import type { WireResource } from './wire-resource.ts'

/** All resources of one type that a client may have. Never mutated; shared between clients. */
export interface TypeResources {
  readonly typeUrl: string
  /** Differs exactly when the names or the versions of the resources do. */
  readonly version: string
  readonly byName: ReadonlyMap<string, WireResource>
}

/** What makes one set of resources another. */
export interface ResourceDiff {
  /** Resources that are new or of another version. */
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

/** A type of which there is nothing. */
export function noResources(typeUrl: string): TypeResources {
  return { typeUrl, version: '', byName: new Map() }
}

const nothing: ResourceDiff = { changed: [], removed: [] }
const remembered = new WeakMap<TypeResources, WeakMap<TypeResources, ResourceDiff>>()

/**
 * Compares two sets of the same type.
 *
 * The answer is remembered as long as both sets live: a change that goes to a thousand clients
 * with equal resources is compared once. O(n) the first time.
 */
export function diffResources(before: TypeResources, after: TypeResources): ResourceDiff {
  if (before === after || before.version === after.version) return nothing
  const known = remembered.get(before) ?? new WeakMap<TypeResources, ResourceDiff>()
  remembered.set(before, known)
  const diff = known.get(after) ?? compare(before.byName, after.byName)
  known.set(after, diff)
  return diff
}

function compare(
  before: ReadonlyMap<string, WireResource>,
  after: ReadonlyMap<string, WireResource>,
): ResourceDiff {
  const changed: string[] = []
  for (const [name, resource] of after) {
    if (before.get(name)?.version !== resource.version) changed.push(name)
  }
  const removed = [...before.keys()].filter((name) => !after.has(name))
  return { changed, removed }
}
