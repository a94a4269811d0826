import { turnsAfter } from './edf.ts'
import type { HostList } from './host-list.ts'
import type { Host } from './host-set.ts'
import type { HostPicker } from './pickers.ts'

/**
 * Turns by weights that do not change, in the very order of {@link EdfSchedule}. Hosts that weigh alike follow each other in
 * one order for ever, so only the first of each weight has to be compared: O(log of the number of weights) per pick.
 */
export class ClassTurns<H extends Host> implements HostPicker<H> {
  readonly #list: HostList<H>
  /** Indexes into the list, weight after weight. */
  readonly #members: Int32Array
  /** When each member was put back, by its place among the members. */
  readonly #orders: Float64Array
  readonly #classes: readonly WeightClass[]
  /** When the first of each class is due. */
  readonly #deadlines: Float64Array
  /** Binary heap of classes. */
  readonly #heap: Int32Array
  #nextOrder: number

  constructor(list: HostList<H>, seed: number) {
    const byWeight = Map.groupBy(
      Array.from({ length: list.length }, (_, i) => i),
      (i) => list.at(i).weight ?? 1,
    )
    this.#list = list
    this.#members = Int32Array.from([...byWeight.values()].flat())
    const turns = turnsAfter(
      seed,
      Array.from(list, ({ weight = 1 }) => weight),
    )
    this.#orders = Float64Array.from(this.#members, (index) => turns.orders[index] ?? 0)
    let end = 0
    this.#classes = Array.from(byWeight, ([weight, { length }]) => {
      const start = end
      end += length
      return { period: 1 / weight, start, end, head: start }
    })
    this.#deadlines = Float64Array.from(
      byWeight.keys(),
      (weight) => (turns.of(weight) + 1) / weight,
    )
    this.#heap = Int32Array.from(this.#classes.keys())
    this.#nextOrder = list.length
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(i)
    for (let left = turns.left; left > 0; left--) this.#advance()
  }

  pick(): H {
    return this.#list.hostAt(this.#advance())
  }

  #advance(): number {
    const first = this.#heap[0] ?? 0
    const due = this.#classAt(first)
    const place = due.head
    this.#orders[place] = this.#nextOrder++
    due.head++
    if (due.head === due.end) {
      due.head = due.start
      this.#deadlines[first] = (this.#deadlines[first] ?? 0) + due.period
    }
    this.#sink(0)
    return this.#members[place] ?? 0
  }

  #sink(start: number): void {
    const heap = this.#heap
    let at = start
    const index = heap[at] ?? 0
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1] ?? 0, heap[child] ?? 0)) child++
      const below = heap[child] ?? 0
      if (!this.#isBefore(below, index)) break
      heap[at] = below
      at = child
    }
    heap[at] = index
  }

  #isBefore(a: number, b: number): boolean {
    const left = this.#deadlines[a] ?? 0
    const right = this.#deadlines[b] ?? 0
    if (left !== right) return left < right
    return (this.#orders[this.#classAt(a).head] ?? 0) < (this.#orders[this.#classAt(b).head] ?? 0)
  }

  #classAt(index: number): WeightClass {
    const found = this.#classes[index]
    if (found === undefined) throw new RangeError('no hosts to take turns')
    return found
  }
}

/** Hosts that weigh alike. */
interface WeightClass {
  /** 1 / weight. */
  readonly period: number
  /** Its members, of all of them. */
  readonly start: number
  readonly end: number
  /** The one that is due first. */
  head: number
}
