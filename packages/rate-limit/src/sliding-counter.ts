import { checkCountedCost } from './check-cost.ts'
import { checkCount, checkSpan } from './check-option.ts'
import type { LimitRule, LimitState } from './limit-rule.ts'
import { orLongAgo, Ticks } from './ticks.ts'
import type { WindowOptions } from './window-options.ts'

/**
 * About so many in any window, from two counts: that of the present window, and of the one before as much as the sliding window
 * still covers, as if its takes had come evenly.
 *
 * What is let through in any window stays below twice the limit, and at the limit if takes do come evenly. Costs are whole.
 * Three numbers of state; every call is O(1).
 *
 * @throws {RateLimitError} `ERR_RATE_LIMIT_OPTION`
 */
export function slidingCounter(options: WindowOptions): LimitRule {
  return new SlidingCounter(options)
}

class SlidingCounter implements LimitRule {
  readonly kind = 'sliding-counter'
  readonly limit: number
  /** The takes of the present window and of the one before, and the last step seen. */
  readonly stateSize = 3
  readonly #ticks: Ticks

  constructor({ limit, windowMs }: WindowOptions) {
    this.limit = checkCount('limit', limit)
    // Counts, of at most twice the limit, are multiplied by steps.
    this.#ticks = new Ticks(checkSpan('windowMs', windowMs), 2 * limit)
  }

  begin(state: LimitState, at: number, now: number): void {
    state[at] = 0
    state[at + 1] = 0
    state[at + 2] = orLongAgo(this.#ticks.at(now))
  }

  take(state: LimitState, at: number, now: number, cost: number): boolean {
    checkCountedCost(cost)
    this.#roll(state, at, now)
    if (!this.#fits(state, at, cost)) return false
    state[at] = (state[at] as number) + cost
    return true
  }

  remaining(state: LimitState, at: number, now: number): number {
    this.#roll(state, at, now)
    const { perSpan } = this.#ticks
    const tick = state[at + 2] as number
    const left = perSpan - (tick - Math.floor(tick / perSpan) * perSpan)
    const faded = (state[at + 1] as number) * left
    const room = this.limit - (state[at] as number)
    return Math.max(0, Math.floor((room * perSpan - faded) / perSpan))
  }

  waitMs(state: LimitState, at: number, now: number, cost: number): number {
    checkCountedCost(cost)
    if (cost > this.limit) return Infinity
    this.#roll(state, at, now)
    if (this.#fits(state, at, cost)) return 0
    const [current = 0, previous = 0, tick = 0] = state.subarray(at, at + 3)
    const { perSpan } = this.#ticks
    const begun = Math.floor(tick / perSpan) * perSpan
    const room = this.limit - cost - current
    const from = room >= 0 ? begun + this.#fadeTo(room, previous) : begun + perSpan
    // In the next window this one's takes are those that fade.
    const then = room >= 0 ? from : from + this.#fadeTo(this.limit - cost, current)
    return this.#ticks.msUntil(then, now, tick)
  }

  /** After how many steps of a window no more than `room` is left of the takes before it. */
  #fadeTo(room: number, taken: number): number {
    if (taken <= room) return 0
    const { perSpan } = this.#ticks
    return perSpan - Math.floor((room * perSpan) / taken)
  }

  /** Answers yes or no, since a number would have to be allocated. */
  #fits(state: LimitState, at: number, cost: number): boolean {
    const { perSpan } = this.#ticks
    const tick = state[at + 2] as number
    const left = perSpan - (tick - Math.floor(tick / perSpan) * perSpan)
    const taken = (state[at] as number) + cost - this.limit
    return (state[at + 1] as number) * left + taken * perSpan <= 0
  }

  #roll(state: LimitState, at: number, now: number): void {
    const { perSpan } = this.#ticks
    const last = state[at + 2] as number
    const read = Math.floor(now * this.#ticks.perMs)
    const tick = read > last && read < Infinity ? read : last
    const windows = Math.floor(tick / perSpan) - Math.floor(last / perSpan)
    if (windows > 0) {
      state[at + 1] = windows === 1 ? (state[at] as number) : 0
      state[at] = 0
    }
    state[at + 2] = tick
  }
}
