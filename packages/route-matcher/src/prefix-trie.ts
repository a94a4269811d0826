/**
 * Finds every prefix of a text that was put in: a radix trie, its edges labelled with more than one character.
 * The cost of a look-up grows with the text, not with the number of prefixes.
 *
 * `seal` turns what was added under one prefix to one value; it is called once.
 */
export class PrefixTrie<T extends Placed, V> {
  /** Where a look-up begins: the longest beginning of all prefixes. Walk on by {@link childOf}. */
  readonly root: TrieNode<V> | undefined

  constructor(entries: Iterable<readonly [prefix: string, item: T]>, seal: (items: T[]) => V) {
    let root: Growing<T, V> | undefined
    for (const [prefix, item] of entries) root = insert(root, prefix, item)
    this.root = root
    if (root !== undefined) sealAll(root, seal)
  }
}

/** Items have a place, and are added in the order of their places. */
export interface Placed {
  readonly index: number
}

/** A node of the trie. */
export interface TrieNode<V> {
  /** A text that begins with the prefix of this node; its first {@link end} characters are that prefix. */
  readonly text: string
  readonly end: number
  /** What was put in under this prefix. */
  readonly value: V | undefined
  /** The lowest place of all that is here or below. */
  readonly least: number
  readonly children: readonly (TrieNode<V> | undefined)[] | undefined
  /** The first character that {@link children} has a place for. */
  readonly low: number
  /** Children by characters that are not ASCII. */
  readonly wide: ReadonlyMap<number, TrieNode<V>> | undefined
}

/** The values of every prefix of `text`, the shortest first. */
export function valuesAlong<V>(root: TrieNode<V> | undefined, text: string): V[] {
  const values: V[] = []
  let node = root !== undefined && hasLabel(root, text, 0) ? root : undefined
  for (; node !== undefined; node = childOf(node, text)) {
    if (node.value !== undefined) values.push(node.value)
  }
  return values
}

/** The child whose whole label `text` has after the node's own prefix; undefined without such a child. */
export function childOf<V>(node: TrieNode<V>, text: string): TrieNode<V> | undefined {
  const code = text.charCodeAt(node.end)
  const child = code < ascii ? node.children?.[code - node.low] : node.wide?.get(code)
  return child !== undefined && hasLabel(child, text, node.end + 1) ? child : undefined
}

/** Whether `text` has the characters of the node's prefix from `from` on. */
export function hasLabel<V>(node: TrieNode<V>, text: string, from: number): boolean {
  const { end, text: own } = node
  if (text.length < end) return false
  for (let i = from; i < end; i++) if (own.charCodeAt(i) !== text.charCodeAt(i)) return false
  return true
}

const ascii = 128

class Growing<T, V> implements TrieNode<V> {
  text: string
  end: number
  value: V | undefined = undefined
  least: number
  children: (Growing<T, V> | undefined)[] | undefined = undefined
  low = 0
  wide: Map<number, Growing<T, V>> | undefined = undefined
  items: T[] | undefined = undefined

  constructor(text: string, end: number, least: number) {
    this.text = text
    this.end = end
    this.least = least
  }
}

/** Adds an entry below `root`; gives the new root. */
function insert<T extends Placed, V>(
  root: Growing<T, V> | undefined,
  prefix: string,
  item: T,
): Growing<T, V> {
  const leaf = (): Growing<T, V> => {
    const node = new Growing<T, V>(prefix, prefix.length, item.index)
    node.items = [item]
    return node
  }
  if (root === undefined) return leaf()
  let above: Growing<T, V> | undefined
  let node = root
  for (;;) {
    const common = commonEnd(node, prefix, above?.end ?? 0)
    if (common < node.end) {
      const fork = new Growing<T, V>(node.text, common, node.least)
      addChild(fork, node)
      if (common === prefix.length) fork.items = [item]
      else addChild(fork, leaf())
      if (above === undefined) return fork
      addChild(above, fork)
      return root
    }
    if (common === prefix.length) {
      node.items ??= []
      node.items.push(item)
      return root
    }
    const child = childAt(node, prefix.charCodeAt(common))
    if (child === undefined) {
      addChild(node, leaf())
      return root
    }
    above = node
    node = child
  }
}

function commonEnd<T, V>(node: Growing<T, V>, text: string, from: number): number {
  const end = Math.min(node.end, text.length)
  let at = from
  while (at < end && node.text.charCodeAt(at) === text.charCodeAt(at)) at++
  return at
}

function childAt<T, V>(node: Growing<T, V>, code: number): Growing<T, V> | undefined {
  return code < ascii ? node.children?.[code - node.low] : node.wide?.get(code)
}

/** Adds a child, or replaces the one of the same first character. */
function addChild<T, V>(node: Growing<T, V>, child: Growing<T, V>): void {
  const code = child.text.charCodeAt(node.end)
  if (code >= ascii) {
    node.wide ??= new Map()
    node.wide.set(code, child)
    return
  }
  if (node.children === undefined) {
    node.children = [child]
    node.low = code
    return
  }
  for (; code < node.low; node.low--) node.children.unshift(undefined)
  while (node.children.length <= code - node.low) node.children.push(undefined)
  node.children[code - node.low] = child
}

function sealAll<T, V>(root: Growing<T, V>, seal: (items: T[]) => V): void {
  const waiting = [root]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.items !== undefined) node.value = seal(node.items)
    node.items = undefined
    for (const child of node.children ?? []) if (child !== undefined) waiting.push(child)
    for (const child of node.wide?.values() ?? []) waiting.push(child)
  }
}
