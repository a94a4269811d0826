/** A queue that hands out the cheapest first; of equals, the one that came last. */
export class Heap<T> {
  readonly #items: { readonly cost: number; readonly turn: number; readonly item: T }[] = []
  #turn = 0

  get size(): number {
    return this.#items.length
  }

  push(cost: number, item: T): void {
    const entry = { cost, turn: this.#turn++, item }
    let at = this.#items.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = this.#items[parent]
      if (above === undefined || !before(entry, above)) break
      this.#items[at] = above
      at = parent
    }
    this.#items[at] = entry
  }

  pop(): T | undefined {
    const [first] = this.#items
    const last = this.#items.pop()
    if (first === undefined || last === undefined || first === last) return first?.item
    let at = 0
    for (;;) {
      const child = this.#smallerChild(at)
      const below = this.#items[child]
      if (below === undefined || !before(below, last)) break
      this.#items[at] = below
      at = child
    }
    this.#items[at] = last
    return first.item
  }

  #smallerChild(at: number): number {
    const left = 2 * at + 1
    const [a, b] = [this.#items[left], this.#items[left + 1]]
    return a !== undefined && b !== undefined && before(b, a) ? left + 1 : left
  }
}

function before(
  a: { readonly cost: number; readonly turn: number },
  b: { readonly cost: number; readonly turn: number },
): boolean {
  return a.cost < b.cost || (a.cost === b.cost && a.turn > b.turn)
}
