import { checkCost } from './check-cost.ts'
import { checkCount, checkSpan } from './check-option.ts'
import type { LimitRule, LimitState } from './limit-rule.ts'
import { orLongAgo, passedSince, Ticks } from './ticks.ts'

/** How a token bucket fills. */
export interface TokenBucketOptions {
  /** What it holds, and begins with. 0: it refuses everything. Up to 2³² − 1. Envoy: `token_bucket.max_tokens`. */
  readonly maxTokens: number
  /** Default: 1. Envoy: `token_bucket.tokens_per_fill`. */
  readonly tokensPerFill?: number
  /** From a microsecond to a hundred years. Envoy: `token_bucket.fill_interval`. */
  readonly fillIntervalMs: number
}

/** As Envoy: no bucket fills slower than by one token a year. */
const slowestMs = 365 * 86_400_000

/**
 * A token bucket with Envoy's fill rule: it fills evenly, by `tokensPerFill` over each `fillIntervalMs`, and not in steps.
 *
 * Exact: the level is an integer of units so small that every microsecond fills by a whole number of them, and never drifts. A
 * cost may be a fraction, as where Envoy shares a limit among the hosts of a cluster. Two numbers of state; every call is O(1).
 *
 * @throws {RateLimitError} `ERR_RATE_LIMIT_OPTION`
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/type/v3/token_bucket.proto
 *
 * @example
 * ```ts
 * const bucket = createLimiter(tokenBucket({ maxTokens: 2, fillIntervalMs: 1000 }), 0)
 * const answers = [0, 0, 500, 1000].map((now) => bucket.take(now))
 * answers // => [true, true, false, true]
 * ```
 */
export function tokenBucket(options: TokenBucketOptions): LimitRule {
  return new TokenBucket(options)
}

class TokenBucket implements LimitRule {
  readonly kind = 'token-bucket'
  readonly limit: number
  /** The level in units, and the step that it is of. */
  readonly stateSize = 2
  readonly #ticks: Ticks
  readonly #unitsPerToken: number
  readonly #unitsPerTick: number
  readonly #full: number

  constructor({ maxTokens, tokensPerFill = 1, fillIntervalMs }: TokenBucketOptions) {
    this.limit = checkCount('maxTokens', maxTokens, 0)
    this.#unitsPerTick = checkCount('tokensPerFill', tokensPerFill)
    const interval = Math.min(
      checkSpan('fillIntervalMs', fillIntervalMs),
      slowestMs * tokensPerFill,
    )
    this.#ticks = new Ticks(interval, Math.max(1, maxTokens, tokensPerFill))
    this.#unitsPerToken = this.#ticks.perSpan
    this.#full = maxTokens * this.#unitsPerToken
  }

  begin(state: LimitState, at: number, now: number): void {
    state[at] = this.#full
    state[at + 1] = orLongAgo(this.#ticks.at(now))
  }

  take(state: LimitState, at: number, now: number, cost: number): boolean {
    if (!(cost >= 0)) checkCost(cost)
    const tick = Math.floor(now * this.#ticks.perMs)
    const last = state[at + 1] as number
    let level = state[at] as number
    if (tick > last && tick < Infinity) {
      level = Math.min(this.#full, level + (tick - last) * this.#unitsPerTick)
      state[at + 1] = tick
    }
    const units = cost === 1 ? this.#unitsPerToken : Math.round(cost * this.#unitsPerToken)
    const isThere = units <= level
    state[at] = isThere ? level - units : level
    return isThere
  }

  remaining(state: LimitState, at: number, now: number): number {
    return Math.floor(this.#levelAt(state, at, now) / this.#unitsPerToken)
  }

  waitMs(state: LimitState, at: number, now: number, cost: number): number {
    checkCost(cost)
    if (cost > this.limit) return Infinity
    const lacking = Math.round(cost * this.#unitsPerToken) - this.#levelAt(state, at, now)
    if (lacking <= 0) return 0
    const last = state[at + 1] as number
    const from = last + passedSince(last, this.#ticks.at(now))
    return this.#ticks.msUntil(from + Math.ceil(lacking / this.#unitsPerTick), now, from)
  }

  #levelAt(state: LimitState, at: number, now: number): number {
    const passed = passedSince(state[at + 1] as number, this.#ticks.at(now))
    return Math.min(this.#full, (state[at] as number) + passed * this.#unitsPerTick)
  }
}
