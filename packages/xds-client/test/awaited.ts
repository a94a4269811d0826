/** A list that grows, and that a test can wait on. */
export class Awaited<Item> {
  readonly items: Item[] = []
  readonly #waiting = new Set<() => void>()

  add(item: Item): void {
    this.items.push(item)
    for (const look of this.#waiting) look()
  }

  /** The first item, from `from` on, that `is` holds for: one that is there, or one that comes. */
  next(is: (item: Item) => boolean, from = 0): Promise<Item> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.items.slice(from).find(is)
        if (found === undefined) return
        this.#waiting.delete(look)
        resolve(found)
      }
      this.#waiting.add(look)
      look()
    })
  }
}
