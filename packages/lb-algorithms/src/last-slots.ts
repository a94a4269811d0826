/**
 * The free slots of a Maglev table that is nearly full. Which of them comes first in the order of a host is worked out from its
 * skip: slot s is the ((s - start) / skip)th from the start, modulo the size, which is prime. O(free slots) per take.
 */
export class LastSlots {
  readonly #size: number
  readonly #free: number[] = []
  /** By skip. */
  readonly #inverses = new Map<number, number>()

  /** @param taken a bit for each slot */
  constructor(taken: Int32Array, size: number) {
    this.#size = size
    for (let word = 0; word < taken.length; word++) {
      for (let bits = ~(taken[word] ?? 0); bits !== 0; bits &= bits - 1) {
        const slot = 32 * word + lowestBit(bits)
        if (slot < size) this.#free.push(slot)
      }
    }
  }

  /** Takes the first free slot of start, start + skip, start + 2 × skip, … modulo the size. */
  take(start: number, skip: number): number {
    const size = this.#size
    const inverse = this.#inverseOf(skip)
    const reciprocal = 1 / size
    let best = 0
    let fewest = Number.POSITIVE_INFINITY
    for (let i = 0; i < this.#free.length; i++) {
      // Below 2^46, so exact; the quotient may be off by one, the other way round only by a negative remainder.
      const product = ((this.#free[i] ?? 0) - start + size) * inverse
      let steps = product - Math.floor(product * reciprocal) * size
      if (steps < 0) steps += size
      else if (steps >= size) steps -= size
      if (steps >= fewest) continue
      fewest = steps
      best = i
    }
    const slot = this.#free[best] ?? 0
    this.#free[best] = this.#free.at(-1) ?? 0
    this.#free.pop()
    return slot
  }

  #inverseOf(skip: number): number {
    const known = this.#inverses.get(skip)
    if (known !== undefined) return known
    const inverse = inverseModulo(skip, this.#size)
    this.#inverses.set(skip, inverse)
    return inverse
  }
}

/** The index of the lowest bit that is set. */
function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

/** By Euclid's extended algorithm. */
function inverseModulo(value: number, modulus: number): number {
  let rest = modulus
  let nextRest = value
  let factor = 0
  let nextFactor = 1
  while (nextRest !== 0) {
    const quotient = (rest / nextRest) | 0
    const lower = rest - quotient * nextRest
    rest = nextRest
    nextRest = lower
    const further = factor - quotient * nextFactor
    factor = nextFactor
    nextFactor = further
  }
  return factor < 0 ? factor + modulus : factor
}
