/** So many in any, or in each, window of time. */
export interface WindowOptions {
  /** At least 1. */
  readonly limit: number
  /** From a microsecond to a hundred years. */
  readonly windowMs: number
}
