/** Why a call was refused before it was made. */
export type RefusalCode =
  | 'ERR_CIRCUIT_BREAKER_OPEN'
  | 'ERR_CIRCUIT_BREAKER_PROBING'
  | 'ERR_CIRCUIT_BREAKER_FORCED_OPEN'
  | 'ERR_CIRCUIT_BREAKER_CONCURRENCY'
  | 'ERR_CIRCUIT_BREAKER_ADMISSION'

/** Thrown where an option makes no sense; the message says what was expected and what was got. */
export class BreakerOptionError extends Error {
  override readonly name: string = 'BreakerOptionError'
  readonly code = 'ERR_CIRCUIT_BREAKER_OPTION'

  constructor(what: string, expected: string, got: unknown) {
    super(`${what}: expected ${expected}, got ${String(got)} [ERR_CIRCUIT_BREAKER_OPTION]`)
  }
}

/** Thrown where more is settled than was admitted: the fault is the caller's, and nothing was counted. */
export class BreakerSettleError extends Error {
  override readonly name: string = 'BreakerSettleError'
  readonly code = 'ERR_CIRCUIT_BREAKER_SETTLE'

  constructor(what: string) {
    super(`${what}: settled what was not admitted [ERR_CIRCUIT_BREAKER_SETTLE]`)
  }
}

/** Thrown where an exported state cannot be taken over; the breaker is as it was. */
export class BreakerStateError extends Error {
  override readonly name: string = 'BreakerStateError'
  readonly code = 'ERR_CIRCUIT_BREAKER_STATE'

  constructor(what: string, expected: string, got: unknown) {
    super(
      `state to import, ${what}: expected ${expected}, got ${String(got)} [ERR_CIRCUIT_BREAKER_STATE]`,
    )
  }
}

/** A call that was refused before it was made. */
export class BreakerRefusalError extends Error {
  override readonly name: string = 'BreakerRefusalError'
  readonly code: RefusalCode
  /** What made the breaker refuse, for example `failure-ratio`. */
  readonly reason: string
  /** When a call may be let through again, on the clock the breaker was given; `Infinity` if nothing but a person ends it. */
  readonly retryAt: number
  /** The same as a wait from the time of the refusal, in ms. */
  readonly retryInMs: number

  constructor(code: RefusalCode, reason: string, retryAt: number, now: number) {
    const retryInMs = Math.max(0, retryAt - now)
    super(`refused because of ${reason}, until ${retryAt} (in ${retryInMs} ms) [${code}]`)
    this.code = code
    this.reason = reason
    this.retryAt = retryAt
    this.retryInMs = retryInMs
  }
}
