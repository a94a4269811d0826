import { checkCountedCost } from './check-cost.ts'
import { checkCount, checkSpan } from './check-option.ts'
import type { LimitRule, LimitState } from './limit-rule.ts'
import { orLongAgo, Ticks } from './ticks.ts'
import type { WindowOptions } from './window-options.ts'

/**
 * So many in each window, one after the other from the origin of the clock, as the units of Envoy's rate limit service.
 *
 * Across the border of two windows twice as many can pass in no time. Costs are whole. Two numbers of state; every call is O(1).
 *
 * @throws {RateLimitError} `ERR_RATE_LIMIT_OPTION`
 */
export function fixedWindow(options: WindowOptions): LimitRule {
  return new FixedWindow(options)
}

class FixedWindow implements LimitRule {
  readonly kind = 'fixed-window'
  readonly limit: number
  /** How many were taken, and in which window. */
  readonly stateSize = 2
  readonly #ticks: Ticks

  constructor({ limit, windowMs }: WindowOptions) {
    this.limit = checkCount('limit', limit)
    this.#ticks = new Ticks(checkSpan('windowMs', windowMs), 1)
  }

  begin(state: LimitState, at: number, now: number): void {
    state[at] = 0
    state[at + 1] = orLongAgo(this.#windowAt(now))
  }

  take(state: LimitState, at: number, now: number, cost: number): boolean {
    checkCountedCost(cost)
    const used = this.#usedAt(state, at, now)
    const fits = used + cost <= this.limit
    state[at] = fits ? used + cost : used
    state[at + 1] = Math.max(state[at + 1] as number, orLongAgo(this.#windowAt(now)))
    return fits
  }

  remaining(state: LimitState, at: number, now: number): number {
    return this.limit - this.#usedAt(state, at, now)
  }

  waitMs(state: LimitState, at: number, now: number, cost: number): number {
    checkCountedCost(cost)
    if (cost > this.limit) return Infinity
    if (this.#usedAt(state, at, now) + cost <= this.limit) return 0
    const { perSpan } = this.#ticks
    const begun = (state[at + 1] as number) * perSpan
    return this.#ticks.msUntil(begun + perSpan, now, begun)
  }

  #windowAt(now: number): number {
    return Math.floor(this.#ticks.at(now) / this.#ticks.perSpan)
  }

  #usedAt(state: LimitState, at: number, now: number): number {
    const window = orLongAgo(this.#windowAt(now))
    return window > (state[at + 1] as number) ? 0 : (state[at] as number)
  }
}
