import { checkCountedCost } from './check-cost.ts'
import { checkCount, checkSpan } from './check-option.ts'
import type { LimitRule, LimitState } from './limit-rule.ts'
import { orLongAgo, Ticks } from './ticks.ts'
import type { WindowOptions } from './window-options.ts'

/** Each unit of the limit may need an entry of two numbers. */
const maxLimit = 100_000
/** The sum, where the oldest entry is, how many there are, and the last step seen. */
const heads = 4

/**
 * So many in any window, exactly: every take is remembered until the window has passed it.
 *
 * Costs are whole. `4 + 2 × limit` numbers of state, so that the limit is 100 000 at most; a take is O(1) over all takes.
 *
 * @throws {RateLimitError} `ERR_RATE_LIMIT_OPTION`
 */
export function slidingLog(options: WindowOptions): LimitRule {
  return new SlidingLog(options)
}

class SlidingLog implements LimitRule {
  readonly kind = 'sliding-log'
  readonly limit: number
  readonly stateSize: number
  readonly #ticks: Ticks

  constructor({ limit, windowMs }: WindowOptions) {
    this.limit = checkCount('limit', limit, 1, maxLimit)
    this.stateSize = heads + 2 * limit
    this.#ticks = new Ticks(checkSpan('windowMs', windowMs), 1)
  }

  begin(state: LimitState, at: number, now: number): void {
    state.fill(0, at, at + heads)
    state[at + 3] = orLongAgo(this.#ticks.at(now))
  }

  take(state: LimitState, at: number, now: number, cost: number): boolean {
    checkCountedCost(cost)
    this.#expire(state, at, now)
    const used = state[at] as number
    if (used + cost > this.limit) return false
    if (cost > 0) {
      const count = state[at + 2] as number
      const entry = this.#entry(state, at, count)
      state[entry] = state[at + 3] as number
      state[entry + 1] = cost
      state[at] = used + cost
      state[at + 2] = count + 1
    }
    return true
  }

  remaining(state: LimitState, at: number, now: number): number {
    this.#expire(state, at, now)
    return this.limit - (state[at] as number)
  }

  /** O(entries). */
  waitMs(state: LimitState, at: number, now: number, cost: number): number {
    checkCountedCost(cost)
    if (cost > this.limit) return Infinity
    this.#expire(state, at, now)
    let over = (state[at] as number) + cost - this.limit
    let free = longestPast
    for (let i = 0; over > 0; i++) {
      const entry = this.#entry(state, at, i)
      free = (state[entry] as number) + this.#ticks.perSpan
      over -= state[entry + 1] as number
    }
    return free === longestPast ? 0 : this.#ticks.msUntil(free, now, state[at + 3] as number)
  }

  /** A clock that goes back, or breaks, stands still. */
  #expire(state: LimitState, at: number, now: number): void {
    const last = state[at + 3] as number
    const read = Math.floor(now * this.#ticks.perMs)
    const tick = read > last && read < Infinity ? read : last
    const past = tick - this.#ticks.perSpan
    state[at + 3] = tick
    while ((state[at + 2] as number) > 0) {
      const oldest = this.#entry(state, at, 0)
      if ((state[oldest] as number) > past) return
      state[at] = (state[at] as number) - (state[oldest + 1] as number)
      state[at + 1] = ((state[at + 1] as number) + 1) % this.limit
      state[at + 2] = (state[at + 2] as number) - 1
    }
  }

  /** Where the entry `i` from the oldest is. */
  #entry(state: LimitState, at: number, i: number): number {
    return at + heads + 2 * (((state[at + 1] as number) + i) % this.limit)
  }
}

const longestPast = Number.NEGATIVE_INFINITY
