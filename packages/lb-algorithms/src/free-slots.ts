import { LastSlots } from './last-slots.ts'

/** The slots of a Maglev table that nobody has filled yet. Finding them is most of the work of building one. */
export class FreeSlots {
  /** How many there are. */
  left: number
  readonly #size: number
  /** A bit for each slot, so that they stay in the innermost cache. */
  readonly #taken: Int32Array
  #last: LastSlots | undefined

  /** @param size of the table, a prime */
  constructor(size: number) {
    this.left = size
    this.#size = size
    this.#taken = new Int32Array((size >>> 5) + 1)
  }

  /** Takes the first free slot of start, start + skip, start + 2 × skip, … modulo the size. */
  take(start: number, skip: number): number {
    if (this.left <= lastSlots) return this.#takeLast(start, skip)
    const taken = this.#taken
    const size = this.#size
    let slot = start
    while ((((taken[slot >>> 5] ?? 0) >>> slot) & 1) === 1) {
      // Modulo the size without a branch, which no processor could foresee.
      slot += skip - size
      slot += size & (slot >> 31)
    }
    taken[slot >>> 5] = (taken[slot >>> 5] ?? 0) | (1 << slot)
    this.left--
    return slot
  }

  #takeLast(start: number, skip: number): number {
    this.#last ??= new LastSlots(this.#taken, this.#size)
    this.left--
    return this.#last.take(start, skip)
  }
}

/** When so few are left, going from one slot to the next takes longer than to look at those that are free. */
const lastSlots = 128
