/** A node of a radix trie while it grows. */
export interface Growing<T> {
  /** A text that begins with the prefix of this node; its first {@link end} characters are that prefix. */
  readonly text: string
  readonly end: number
  /** What was put in under this prefix. */
  items: T[] | undefined
  /** By the first character after the prefix; undefined: none, as for most nodes. */
  children: Map<number, Growing<T>> | undefined
}

/** Grows a trie of prefixes; undefined if there are none. Its root has what all of them begin with. */
export function growTrie<T>(
  entries: Iterable<readonly [prefix: string, item: T]>,
): Growing<T> | undefined {
  let root: Growing<T> | undefined
  for (const [prefix, item] of entries) {
    root = root === undefined ? leafOf(prefix, item) : insert(root, prefix, item)
  }
  return root
}

/** Adds an item below `root`; gives the new root. */
function insert<T>(root: Growing<T>, prefix: string, item: T): Growing<T> {
  let above: Growing<T> | undefined
  let node = root
  for (;;) {
    const common = commonEnd(node, prefix, above?.end ?? 0)
    if (common < node.end) {
      const fork = forkAt(node, common)
      if (common === prefix.length) fork.items = [item]
      else addChild(fork, leafOf(prefix, item))
      if (above === undefined) return fork
      addChild(above, fork)
      return root
    }
    if (common === prefix.length) {
      node.items ??= []
      node.items.push(item)
      return root
    }
    const child = node.children?.get(prefix.charCodeAt(common))
    if (child === undefined) {
      addChild(node, leafOf(prefix, item))
      return root
    }
    above = node
    node = child
  }
}

function leafOf<T>(prefix: string, item: T): Growing<T> {
  return { text: prefix, end: prefix.length, items: [item], children: undefined }
}

/** A node for the first characters of another, which becomes its child. */
function forkAt<T>(node: Growing<T>, end: number): Growing<T> {
  const fork: Growing<T> = { text: node.text, end, items: undefined, children: undefined }
  addChild(fork, node)
  return fork
}

/** Adds a child, or replaces the one of the same first character. */
function addChild<T>(node: Growing<T>, child: Growing<T>): void {
  node.children ??= new Map()
  node.children.set(child.text.charCodeAt(node.end), child)
}

function commonEnd<T>(node: Growing<T>, text: string, from: number): number {
  const end = Math.min(node.end, text.length)
  let at = from
  while (at < end && node.text.charCodeAt(at) === text.charCodeAt(at)) at++
  return at
}
