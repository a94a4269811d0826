/** A document as it stands in its text: values, and the offset of each. Aliases are resolved. */
export type Tree = ScalarTree | ListTree | MapTree

/** A leaf. */
export interface ScalarTree {
  readonly kind: 'scalar'
  readonly at: number
  readonly value: string | number | boolean | null
  /** As written, without quotes. */
  readonly text: string
  /** Set for a literal block (`|`): its first line follows the line of `at`. */
  readonly literal?: boolean
}

/** A sequence. */
interface ListTree {
  readonly kind: 'list'
  readonly at: number
  readonly items: readonly Tree[]
}

/** A mapping; its keys are unique. */
export interface MapTree {
  readonly kind: 'map'
  readonly at: number
  readonly entries: ReadonlyMap<string, TreeEntry>
}

/** One key and its value. */
export interface TreeEntry {
  readonly keyAt: number
  readonly value: Tree
}

/** A way down a tree: names of keys, positions in lists. */
export type TreePath = readonly (string | number)[]

/** The subtree at `path`, if there is one. */
export function subtree(tree: Tree, path: TreePath): Tree | undefined {
  let here: Tree | undefined = tree
  for (const step of path) {
    if (here === undefined) return undefined
    here = child(here, step)
  }
  return here
}

/** The offset to show for `path`: of the value, or of the nearest thing above it that exists. */
export function offsetOf(tree: Tree, path: TreePath): number {
  let here = tree
  for (const step of path) {
    const next = child(here, step)
    if (next === undefined) break
    here = next
  }
  return here.at
}

/** `spec.http[0].match`; names that are no identifiers are put in brackets. */
export function pathText(path: TreePath): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step)}]`
  }
  return text
}

/** A plain value, for fields of free form. Keys like `__proto__` become ordinary properties. */
export function plainFrom(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value
  if (tree.kind === 'list') return Object.freeze(tree.items.map(plainFrom))
  const entries = [...tree.entries].map(([key, entry]) => [key, plainFrom(entry.value)] as const)
  return Object.freeze(Object.fromEntries(entries))
}

function child(tree: Tree, step: string | number): Tree | undefined {
  if (tree.kind === 'list' && typeof step === 'number') return tree.items[step]
  return tree.kind === 'map' ? tree.entries.get(String(step))?.value : undefined
}
