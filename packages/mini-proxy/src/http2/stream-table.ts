/** Slots of a connection that has few streams; a power of two. */
const fewSlots = 8
/** More are given back once no stream is open. */
const keptSlots = 512

/**
 * The open streams of a connection by their ids: an open hash table whose slots are emptied as soon as a stream is gone.
 *
 * No `Map`: one from which entries are deleted all the time moves to new memory every so often, and what it leaves behind
 * points both to entries that were deleted and to the new memory. Once one of these has grown old, V8's collector of young
 * garbage takes all that come after it for living, and every stream with them; pauses of a tenth of a second and more,
 * until a full collection, were seen to follow.
 *
 * Ids follow each other, so that a search mostly ends where it begins; it takes no more steps than there are streams.
 */
export class StreamTable<Stream extends { readonly id: number }> {
  #slots: (Stream | undefined)[] = new Array(fewSlots).fill(undefined)
  #mask = fewSlots - 1
  #size = 0

  get size(): number {
    return this.#size
  }

  get(id: number): Stream | undefined {
    return this.#slots[this.#find(id)]
  }

  /** Adds a stream; there is none with its id. */
  add(stream: Stream): void {
    if (this.#size * 2 > this.#mask) this.#resize((this.#mask + 1) * 2)
    this.#slots[this.#find(stream.id)] = stream
    this.#size += 1
  }

  delete(id: number): void {
    let hole = this.#find(id)
    if (this.#slots[hole] === undefined) return
    this.#size -= 1
    // What was put further than where it belongs moves up, so that no search ends at the hole before it.
    for (let at = (hole + 1) & this.#mask; ; at = (at + 1) & this.#mask) {
      const stream = this.#slots[at]
      if (stream === undefined) break
      const way = (at - this.#home(stream.id)) & this.#mask
      if (way < ((at - hole) & this.#mask)) continue
      this.#slots[hole] = stream
      hole = at
    }
    this.#slots[hole] = undefined
    if (this.#size === 0 && this.#mask >= keptSlots) this.#resize(fewSlots)
  }

  /** All streams as they are now, in the order of their ids. */
  values(): Stream[] {
    return this.#slots.filter((it) => it !== undefined).sort((a, b) => a.id - b.id)
  }

  /** Where the stream stands, or else where it would. */
  #find(id: number): number {
    let at = this.#home(id)
    for (;;) {
      const stream = this.#slots[at]
      if (stream === undefined || stream.id === id) return at
      at = (at + 1) & this.#mask
    }
  }

  #home(id: number): number {
    return (id >>> 1) & this.#mask
  }

  #resize(count: number): void {
    const before = this.values()
    this.#slots = new Array(count).fill(undefined)
    this.#mask = count - 1
    for (const stream of before) this.#slots[this.#find(stream.id)] = stream
  }
}
