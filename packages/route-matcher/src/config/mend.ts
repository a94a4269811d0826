import type { RouteFault } from './errors.ts'

/** What may stand where a value has a fault, so that all else can be compiled for its own faults. */
export interface Mend {
  /** As in the fault. */
  readonly path: string
  /** Undefined: nothing. */
  readonly by: unknown
}

/**
 * A copy of a value at the path `at` with its mends, which lie within it; what they leave alone is shared. Linear in the mends and
 * in the lists and messages around them.
 */
export function mended(value: unknown, at: string, mends: readonly Mend[]): unknown {
  const root: MendTree = { mend: undefined, members: new Map() }
  for (const mend of mends) {
    let tree = root
    for (const key of keysOf(mend.path.slice(at.length))) {
      const inner = tree.members.get(key) ?? { mend: undefined, members: new Map() }
      tree.members.set(key, inner)
      tree = inner
    }
    tree.mend = mend
  }
  return mendedBy(root, value)
}

/** The faults that tell of what was written, and not of mends. */
export function withoutThoseOf(
  mends: readonly Mend[],
  faults: readonly RouteFault[],
): readonly RouteFault[] {
  const places = new Set(mends.map(({ path }) => path))
  // What a missing member leaves incomplete is the message around it.
  const around = new Set(
    mends.flatMap(({ path, by }) => (by === undefined ? path.slice(0, path.lastIndexOf('.')) : [])),
  )
  return faults.filter(({ path }) => {
    if (places.has('') || places.has(path) || around.has(path)) return false
    return ![...path.matchAll(/[.[]/g)].some(({ index }) => places.has(path.slice(0, index)))
  })
}

interface MendTree {
  mend: Mend | undefined
  readonly members: Map<string, MendTree>
}

function mendedBy({ mend, members }: MendTree, value: unknown): unknown {
  if (mend !== undefined) return mend.by
  if (Array.isArray(value)) {
    const list: unknown[] = [...value]
    for (const [key, tree] of members) list[Number(key)] = mendedBy(tree, list[Number(key)])
    return list
  }
  const message: Record<string, unknown> = { ...Object(value) }
  const changed = [...members].map(([key, tree]) => [key, mendedBy(tree, message[key])])
  return { ...message, ...Object.fromEntries(changed) }
}

/** The members on the way of a path such as `virtualHosts[2].typedPerFilterConfig["a.b"]`. */
function keysOf(path: string): readonly string[] {
  return [...path.matchAll(/\[("(?:[^"\\]|\\.)*")\]|[^.[\]]+/g)].map(([whole, quoted]) =>
    quoted === undefined ? whole : String(JSON.parse(quoted)),
  )
}
