/** Where a rule keeps what it knows of one key: a few numbers from `at` on. */
export type LimitState = Float64Array

/** The algorithms of this package. */
export type LimitKind = 'token-bucket' | 'gcra' | 'sliding-log' | 'sliding-counter' | 'fixed-window'

/**
 * A rate limit as a value: how to decide, apart from what has been taken so far. The state is a few numbers in an array of the
 * caller's, so that one rule serves any number of keys, and deciding allocates nothing.
 *
 * `now` is in milliseconds of any clock that does not go back. If it does, or is no number, time stands still: nothing is given
 * back until the clock is where it was.
 */
export interface LimitRule {
  readonly kind: LimitKind
  /** The most that can be taken at one instant. */
  readonly limit: number
  /** How many numbers of state one key needs. */
  readonly stateSize: number
  /** Writes the state of a key that has taken nothing yet. */
  begin(state: LimitState, at: number, now: number): void
  /**
   * Takes `cost` if all of it is there, else nothing.
   *
   * @throws {RateLimitError} `ERR_RATE_LIMIT_COST` if the cost is negative or no number
   */
  take(state: LimitState, at: number, now: number, cost: number): boolean
  /** What a `take` of now could have; whole, rounded down. */
  remaining(state: LimitState, at: number, now: number): number
  /** Whole milliseconds until a `take` of `cost` succeeds if nobody else takes; 0 if at once, Infinity if never. */
  waitMs(state: LimitState, at: number, now: number, cost: number): number
}
