/**
 * Finds every prefix of a text that was put in: a radix trie, its edges labelled with more than one character.
 * The cost of a look-up grows with the text, not with the number of prefixes.
 */
export class PrefixTrie<V> {
  readonly #root: Node<V> = { label: '', values: [], children: new Map() }

  /** Adds a value under a prefix; more than one may stand there. */
  add(prefix: string, value: V): void {
    let node = this.#root
    let rest = prefix
    for (;;) {
      if (rest === '') break
      const child = node.children.get(rest.charCodeAt(0))
      if (child === undefined) {
        const leaf: Node<V> = { label: rest, values: [], children: new Map() }
        node.children.set(rest.charCodeAt(0), leaf)
        node = leaf
        break
      }
      const common = commonLength(child.label, rest)
      if (common < child.label.length) split(child, common)
      node = child
      rest = rest.slice(common)
    }
    node.values.push(value)
  }

  /** Calls `visit` with the values of each prefix of `text`, the shortest first. */
  visit(text: string, visit: (values: V[]) => void): void {
    let node: Node<V> | undefined = this.#root
    let at = 0
    while (node !== undefined) {
      if (node.values.length > 0) visit(node.values)
      node = node.children.get(text.charCodeAt(at))
      if (node === undefined || !text.startsWith(node.label, at)) return
      at += node.label.length
    }
  }

  /** Calls `visit` with all values put in, by prefix. */
  visitAll(visit: (values: V[]) => void): void {
    const waiting = [this.#root]
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (node.values.length > 0) visit(node.values)
      waiting.push(...node.children.values())
    }
  }
}

interface Node<V> {
  label: string
  values: V[]
  children: Map<number, Node<V>>
}

function commonLength(a: string, b: string): number {
  const end = Math.min(a.length, b.length)
  let length = 0
  while (length < end && a.charCodeAt(length) === b.charCodeAt(length)) length++
  return length
}

/** Cuts a node in two: its label up to `length`, and the rest below with all that it had. */
function split<V>(node: Node<V>, length: number): void {
  const below: Node<V> = {
    label: node.label.slice(length),
    values: node.values,
    children: node.children,
  }
  node.label = node.label.slice(0, length)
  node.values = []
  node.children = new Map([[below.label.charCodeAt(0), below]])
}
