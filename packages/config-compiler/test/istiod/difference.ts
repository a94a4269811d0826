/** Where two JSON values differ, as a path of keys separated by slashes. */
export interface Difference {
  readonly path: string
  readonly kind: 'missing' | 'extra' | 'changed'
  readonly theirs?: unknown
  readonly ours?: unknown
}

/**
 * Compares what another control plane says with what ours says.
 *
 * Lists whose elements have names (resources, filters, chains, virtual hosts, localities …) are
 * compared by name, whatever their order; domains as sets; all other lists by position. A subtree
 * that one side lacks is one difference.
 */
export function differences(theirs: unknown, ours: unknown, path = ''): readonly Difference[] {
  const left = keyed(theirs, path)
  const right = keyed(ours, path)
  if (!isTree(left) || !isTree(right)) {
    const same = JSON.stringify(left) === JSON.stringify(right)
    return same ? [] : [{ path, kind: 'changed', theirs, ours }]
  }
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...keys].sort().flatMap((key) => {
    const below = path === '' ? key : `${path}/${key}`
    if (!(key in right)) return [{ path: below, kind: 'missing' as const, theirs: left[key] }]
    if (!(key in left)) return [{ path: below, kind: 'extra' as const, ours: right[key] }]
    return differences(left[key], right[key], below)
  })
}

type Tree = Readonly<Record<string, unknown>>

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function keyed(value: unknown, path: string): unknown {
  if (!Array.isArray(value)) return value
  if (path.endsWith('/domains')) return [...value].sort()
  const byPosition = path.endsWith('/routes') && path.includes('/')
  const entries: [string, unknown][] = value.map((element, i) => [
    escaped((byPosition ? undefined : nameOf(element)) ?? String(i)),
    element,
  ])
  if (entries.length === 0 || !entries.every(([, element]) => isTree(element))) return value
  const tree = Object.fromEntries(entries)
  if (Object.keys(tree).length !== entries.length) throw new Error(`names repeat under ${path}`)
  return tree
}

/** The name of an element of a list; nothing if the list goes by position. */
function nameOf(element: unknown): string | undefined {
  if (!isTree(element)) return undefined
  const { name, clusterName, filterChainMatch, tag, locality, endpoint } = element
  if (isTree(filterChainMatch)) return [name ?? '', ...parts(filterChainMatch)].join(',')
  if (isTree(locality)) return parts(locality).join(',')
  if (isTree(endpoint)) return JSON.stringify(endpoint)
  const named = name ?? clusterName ?? tag
  return typeof named === 'string' ? named : undefined
}

function parts(tree: Tree): readonly string[] {
  return Object.keys(tree)
    .sort()
    .map((key) => (Array.isArray(tree[key]) ? tree[key].join('+') : String(tree[key])))
}

function escaped(key: string): string {
  return key.replaceAll('/', '~')
}
