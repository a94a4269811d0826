/** A tree of texts over symbols. Node 0 is the root; a node is numbered after its parent. */
export class LiteralTrie {
  readonly #firstChild: number[] = [-1]
  readonly #nextSibling: number[] = [-1]
  readonly #symbol: number[] = [-1]

  get size(): number {
    return this.#symbol.length
  }

  /** The symbol that leads into a node. */
  symbolOf(node: number): number {
    return this.#symbol[node] ?? -1
  }

  /** A node's first child, or -1. */
  firstChild(node: number): number {
    return this.#firstChild[node] ?? -1
  }

  /** The next child of the same parent, or -1. */
  nextSibling(node: number): number {
    return this.#nextSibling[node] ?? -1
  }

  /** The child that a symbol leads to, or -1; from -1 it leads to -1. */
  step(node: number, symbol: number): number {
    let child = this.firstChild(node)
    while (child !== -1 && this.#symbol[child] !== symbol) child = this.nextSibling(child)
    return child
  }

  /** The node of a text, made if it is not there. */
  insert(symbols: readonly number[]): number {
    let node = 0
    for (const symbol of symbols) {
      const child = this.step(node, symbol)
      node = child === -1 ? this.#grow(node, symbol) : child
    }
    return node
  }

  #grow(parent: number, symbol: number): number {
    const node = this.#symbol.push(symbol) - 1
    this.#nextSibling.push(this.#firstChild[parent] ?? -1)
    this.#firstChild.push(-1)
    this.#firstChild[parent] = node
    return node
  }
}
