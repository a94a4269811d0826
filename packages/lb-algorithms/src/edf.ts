/**
 * Earliest deadline first: whoever is due next is picked, and is due again one period later; the period is 1 / weight.
 * So over time each comes up in proportion to its weight, spread evenly. O(log n) per pick; ties go by who came first.
 * https://en.wikipedia.org/wiki/Earliest_deadline_first_scheduling
 */
export class EdfSchedule {
  readonly #deadlines: Float64Array
  readonly #orders: Float64Array
  /** Binary heap of indexes. */
  readonly #heap: Int32Array
  #nextOrder: number

  /**
   * Weights must be above 0.
   *
   * @param picks how many have been made already, so that many schedules do not begin alike; O(n) however many
   */
  constructor(weights: ArrayLike<number>, picks = 0) {
    const { length } = weights
    const turns = turnsAfter(picks, weights)
    this.#deadlines = Float64Array.from(weights, (weight) => (turns.of(weight) + 1) / weight)
    this.#orders = turns.orders
    this.#heap = Int32Array.from({ length }, (_, i) => i)
    this.#nextOrder = length
    for (let i = (length >> 1) - 1; i >= 0; i--) this.#sink(i)
    for (let left = turns.left; left > 0; left--) this.putBack(weights[this.next] ?? 1)
  }

  /** The index that is due; -1 if there is none. It must be put back by {@link putBack}. */
  get next(): number {
    return this.#heap[0] ?? -1
  }

  /** Schedules {@link next} again, with the weight it has now. */
  putBack(weight: number): void {
    const index = this.next
    if (index === -1) return
    this.#deadlines[index] = (this.#deadlines[index] ?? 0) + 1 / weight
    this.#orders[index] = this.#nextOrder++
    this.#sink(0)
  }

  #sink(start: number): void {
    const heap = this.#heap
    let at = start
    const index = heap[at] ?? 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#before(heap[child + 1] ?? 0, heap[child] ?? 0)) child++
      const below = heap[child] ?? 0
      if (!this.#before(below, index)) break
      heap[at] = below
      at = child
    }
    heap[at] = index
  }

  #before(a: number, b: number): boolean {
    const left = this.#deadlines[a] ?? 0
    const right = this.#deadlines[b] ?? 0
    if (left !== right) return left < right
    return (this.#orders[a] ?? 0) < (this.#orders[b] ?? 0)
  }
}

/** Where a schedule stands after some picks. */
export interface TurnsAfter {
  /** Picks to be made yet, at most as many as there are weights. */
  readonly left: number
  /** Who came first, by index. */
  readonly orders: Float64Array
  /** Turns that one of a weight has had. */
  of(weight: number): number
}

/** After so many picks each has had at least the whole part of its share in turns; who had its last turn earlier comes first. */
export function turnsAfter(picks: number, weights: ArrayLike<number>): TurnsAfter {
  let total = 0
  for (let i = 0; i < weights.length; i++) total += weights[i] ?? 0
  const of = (weight: number): number => Math.floor((picks * weight) / total)
  const orders = Float64Array.from(weights, (_, i) => i)
  if (picks === 0) return { of, left: 0, orders }
  let left = picks
  for (let i = 0; i < weights.length; i++) left -= of(weights[i] ?? 0)
  const lastTurns = Float64Array.from(weights, (weight) => of(weight) / weight)
  const byLastTurn = orders.toSorted((a, b) => (lastTurns[a] ?? 0) - (lastTurns[b] ?? 0) || a - b)
  for (const [order, index] of byLastTurn.entries()) orders[index] = order
  // Rounding of large numbers must not turn into a long way to go.
  return { of, left: Math.min(left, weights.length), orders }
}
