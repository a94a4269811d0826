import type { LimitRule } from './limit-rule.ts'

/** One limit with what has been taken of it. */
export interface Limiter {
  readonly rule: LimitRule
  /**
   * Takes `cost` if all of it is there, else nothing. Allocates nothing. Default cost: 1.
   *
   * @throws {RateLimitError} `ERR_RATE_LIMIT_COST` if the cost is negative or no number
   */
  take(now: number, cost?: number): boolean
  /** What a `take` of now could have; whole, rounded down. */
  remaining(now: number): number
  /** Whole milliseconds until a `take` succeeds if nobody else takes; 0 if at once, Infinity if never. */
  waitMs(now: number, cost?: number): number
  /** What has been taken, for a limiter elsewhere to go on with: as many numbers as `rule.stateSize`. */
  state(): readonly number[]
}

/**
 * A limiter of one thing that nobody has taken of yet.
 *
 * @param now milliseconds of the clock whose readings the calls will bring
 */
export function createLimiter(rule: LimitRule, now: number): Limiter {
  return new OneLimiter(rule, now)
}

class OneLimiter implements Limiter {
  readonly rule: LimitRule
  readonly #state: Float64Array

  constructor(rule: LimitRule, now: number) {
    this.rule = rule
    this.#state = new Float64Array(rule.stateSize)
    rule.begin(this.#state, 0, now)
  }

  take(now: number, cost = 1): boolean {
    return this.rule.take(this.#state, 0, now, cost)
  }

  remaining(now: number): number {
    return this.rule.remaining(this.#state, 0, now)
  }

  waitMs(now: number, cost = 1): number {
    return this.rule.waitMs(this.#state, 0, now, cost)
  }

  state(): readonly number[] {
    return [...this.#state]
  }
}
