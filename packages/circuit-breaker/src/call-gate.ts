/** How a call ended. What was `cancelled` counts neither for nor against. */
export type CallOutcome = 'success' | 'failure' | 'cancelled'

/**
 * Lets calls through or refuses them, and learns from how they end. Times are ms of a monotonic clock of the caller's.
 * {@link withBreaker} wraps a function in one; a proxy calls the pair itself.
 */
export interface CallGate {
  /** Whether every call needs the time, and not only a failed one. */
  readonly readsClock: boolean
  /** A ticket for the call, to be given back to {@link settle} exactly once; 0 when the call is refused. */
  admit(now: number): number
  /**
   * Says how an admitted call ended. `durationMs` is what it took.
   * @throws {BreakerSettleError} when more is settled than was admitted
   */
  settle(ticket: number, outcome: CallOutcome, now: number, durationMs?: number): void
  /** The error for a call that {@link admit} has just refused: why, and until when. */
  refusal(now: number): Error
}
