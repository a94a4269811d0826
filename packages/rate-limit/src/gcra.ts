import { checkCost } from './check-cost.ts'
import { checkCount, checkSpan } from './check-option.ts'
import type { LimitRule, LimitState } from './limit-rule.ts'
import { orLongAgo, passedSince, Ticks } from './ticks.ts'

/** How often, and how much ahead of time. */
export interface GcraOptions {
  /** So many each period, evenly. */
  readonly limit: number
  readonly periodMs: number
  /** How many may come at once. Default: `limit`. */
  readonly burst?: number
}

/**
 * The generic cell rate algorithm: one takes come due each `periodMs / limit`, and may come early by `burst - 1` of them.
 *
 * It keeps how far ahead of time the next take is, as the theoretical arrival time of the literature less the present; a leaky
 * bucket read as a meter is the same. Exact, as the token bucket that it mirrors. Two numbers of state; every call is O(1).
 *
 * @throws {RateLimitError} `ERR_RATE_LIMIT_OPTION`
 * @see ITU-T I.371, virtual scheduling
 */
export function gcra(options: GcraOptions): LimitRule {
  return new Gcra(options)
}

class Gcra implements LimitRule {
  readonly kind = 'gcra'
  readonly limit: number
  /** How much is owed to the schedule, and the step that it is of. */
  readonly stateSize = 2
  readonly #ticks: Ticks
  readonly #paidPerTick: number
  readonly #most: number

  constructor({ limit, periodMs, burst = limit }: GcraOptions) {
    this.#paidPerTick = checkCount('limit', limit)
    this.limit = checkCount('burst', burst)
    this.#ticks = new Ticks(checkSpan('periodMs', periodMs), Math.max(limit, burst))
    this.#most = burst * this.#ticks.perSpan
  }

  begin(state: LimitState, at: number, now: number): void {
    state[at] = 0
    state[at + 1] = orLongAgo(this.#ticks.at(now))
  }

  take(state: LimitState, at: number, now: number, cost: number): boolean {
    if (!(cost >= 0)) checkCost(cost)
    const tick = Math.floor(now * this.#ticks.perMs)
    const last = state[at + 1] as number
    let owed = state[at] as number
    if (tick > last && tick < Infinity) {
      owed = Math.max(0, owed - (tick - last) * this.#paidPerTick)
      state[at + 1] = tick
    }
    const then = owed + Math.round(cost * this.#ticks.perSpan)
    const conforms = then <= this.#most
    state[at] = conforms ? then : owed
    return conforms
  }

  remaining(state: LimitState, at: number, now: number): number {
    return Math.floor((this.#most - this.#owedAt(state, at, now)) / this.#ticks.perSpan)
  }

  waitMs(state: LimitState, at: number, now: number, cost: number): number {
    checkCost(cost)
    if (cost > this.limit) return Infinity
    const over = this.#owedAt(state, at, now) + Math.round(cost * this.#ticks.perSpan) - this.#most
    if (over <= 0) return 0
    const last = state[at + 1] as number
    const from = last + passedSince(last, this.#ticks.at(now))
    return this.#ticks.msUntil(from + Math.ceil(over / this.#paidPerTick), now, from)
  }

  #owedAt(state: LimitState, at: number, now: number): number {
    const passed = passedSince(state[at + 1] as number, this.#ticks.at(now))
    return Math.max(0, (state[at] as number) - passed * this.#paidPerTick)
  }
}
