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
    const slot = firstFree(this.#taken, this.#size, start, skip)
    this.#taken[slot >>> 5] = (this.#taken[slot >>> 5] ?? 0) | (1 << slot)
    this.left--
    return slot
  }

  /**
   * Lets owners {@link take} one slot after the other in turns, from where each was last, until few are left: much the same,
   * but in one loop without a call.
   *
   * @param slots gets the owner of each slot
   * @param places where each owner begins, and then was last
   * @returns whose turn it is
   */
  deal(slots: Int32Array, places: Int32Array, skips: Int32Array): number {
    const taken = this.#taken
    const size = this.#size
    let { left } = this
    let owner = 0
    while (left > lastSlots && places.length > 0) {
      const slot = firstFree(taken, size, places[owner] ?? 0, skips[owner] ?? 1)
      taken[slot >>> 5] = (taken[slot >>> 5] ?? 0) | (1 << slot)
      slots[slot] = owner
      places[owner] = slot
      left--
      owner = owner + 1 === places.length ? 0 : owner + 1
    }
    this.left = left
    return owner
  }

  #takeLast(start: number, skip: number): number {
    this.#last ??= new LastSlots(this.#taken, this.#size)
    this.left--
    return this.#last.take(start, skip)
  }
}

/** When so few are left, going from one slot to the next takes longer than to look at those that are free. */
const lastSlots = 128

/**
 * Every other slot is reached by steps of its own, so that a processor can do both at one time. Modulo the size without a
 * branch, which none could foresee.
 */
function firstFree(taken: Int32Array, size: number, start: number, skip: number): number {
  let step = skip + skip - size
  step -= size & ~(step >> 31)
  let even = start
  let odd = start + skip - size
  odd += size & (odd >> 31)
  for (;;) {
    if ((((taken[even >>> 5] ?? 0) >>> even) & 1) === 0) return even
    even += step
    even += size & (even >> 31)
    if ((((taken[odd >>> 5] ?? 0) >>> odd) & 1) === 0) return odd
    odd += step
    odd += size & (odd >> 31)
  }
}
