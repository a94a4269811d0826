/** What waits for its turn. */
export interface TakesTurns {
  /** Kept by the queue: where it stands; -1: it does not wait. */
  turn: number
}

/** Fewer are not worth closing ranks. */
const minRanks = 32

/**
 * Who came first goes first; each waits once at most. All takes constant time, and memory for four times as many as wait.
 *
 * No `Set`, for the reason that a `StreamTable` is no `Map`.
 */
export class TurnQueue<Item extends TakesTurns> {
  #items: (Item | undefined)[] = []
  #first = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  add(item: Item): void {
    if (item.turn >= 0) return
    item.turn = this.#items.length
    this.#items.push(item)
    this.#size += 1
  }

  remove(item: Item): void {
    if (item.turn < 0) return
    this.#items[item.turn] = undefined
    item.turn = -1
    this.#size -= 1
    if (this.#size === 0) this.#items.length = 0
    else if (this.#items.length < minRanks || this.#items.length < this.#size * 4) return
    else this.#closeRanks()
    this.#first = 0
  }

  /** Removes the first. */
  next(): Item | undefined {
    for (; this.#first < this.#items.length; this.#first += 1) {
      const item = this.#items[this.#first]
      if (item === undefined) continue
      this.remove(item)
      return item
    }
    return undefined
  }

  #closeRanks(): void {
    this.#items = this.#items.filter((it) => it !== undefined)
    for (const [at, item] of this.#items.entries()) if (item !== undefined) item.turn = at
  }
}
