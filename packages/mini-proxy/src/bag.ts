/** What can be in one bag at a time. */
export interface Bagged {
  /** The bag's own: where the item is. Not present, or negative: nowhere. */
  placeInBag?: number
}

/**
 * Things that come and go all the time, in no order; each knows its place, so that both cost the same however many there are.
 *
 * Why no `Set`: a set whose members change is rebuilt every now and then, and each table that it leaves behind goes on
 * pointing to those that were in it, and to the table after it. Once one such table is old, V8 keeps all that ever was in
 * the later ones until its next full collection: the collections of young memory then copy what is long gone.
 */
export class Bag<Item extends Bagged> {
  readonly #items: Item[] = []

  get size(): number {
    return this.#items.length
  }

  /** Those that are in it now: what comes or goes meanwhile makes no difference. */
  [Symbol.iterator](): Iterator<Item> {
    return [...this.#items].values()
  }

  add(item: Item): void {
    if (this.#has(item)) return
    item.placeInBag = this.#items.length
    this.#items.push(item)
  }

  /** False: it was not there. */
  delete(item: Item): boolean {
    if (!this.#has(item)) return false
    const place = item.placeInBag ?? 0
    const last = this.#items.pop()
    if (last !== undefined && last !== item) {
      last.placeInBag = place
      this.#items[place] = last
    }
    item.placeInBag = -1
    return true
  }

  #has(item: Item): boolean {
    return this.#items[item.placeInBag ?? -1] === item
  }
}
