/** Every code this package throws with. */
export type ResilienceErrorCode =
  | 'ERR_RESILIENCE_OPTION'
  | 'ERR_RESILIENCE_CANCELLED'
  | 'ERR_RESILIENCE_TIMEOUT'
  | 'ERR_RESILIENCE_PER_TRY_TIMEOUT'
  | 'ERR_RESILIENCE_BULKHEAD_FULL'
  | 'ERR_RESILIENCE_FAULT_ABORT'
  | 'ERR_RESILIENCE_CALL_GRAPH'

/** An option that makes no sense, or a call that a policy ended; the code says which. */
export class ResilienceError extends Error {
  override readonly name: string = 'ResilienceError'
  readonly code: ResilienceErrorCode

  constructor(code: ResilienceErrorCode, message: string, options?: ErrorOptions) {
    super(`${message} [${code}]`, options)
    this.code = code
  }
}

/** Whether a value is an error of this package, of whichever copy of it. */
export function isResilienceError(value: unknown): value is ResilienceError {
  return (
    value instanceof Error &&
    value.name === 'ResilienceError' &&
    'code' in value &&
    typeof value.code === 'string'
  )
}
