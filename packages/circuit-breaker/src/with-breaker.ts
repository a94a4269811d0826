import type { CallGate, CallOutcome } from './call-gate.ts'

/** What is needed of a signal to give a call up; an `AbortSignal` is one. */
export interface CancelSignal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** How {@link withBreaker} reads the clock and judges calls. */
export interface WithBreakerOptions<Args extends readonly unknown[], Result> {
  /** Monotonic ms, for example `() => performance.now()`. Not asked where the breaker does not need it. */
  readonly now: () => number
  /** What a result counts as. Default: success. */
  readonly outcomeOf?: (result: Result) => CallOutcome
  /** What an error counts as. Default: failure. */
  readonly outcomeOfError?: (error: unknown) => CallOutcome
  /**
   * Finds the signal in the arguments of a call. When it is aborted the call rejects at once with its reason and counts as cancelled;
   * when it is aborted already nothing is called. Default: none.
   */
  readonly signalOf?: (...args: Args) => CancelSignal | undefined
}

/**
 * Wraps an async function in a breaker, or in any other gate. A refused call rejects with the gate's error, for a breaker a
 * `BreakerRefusalError` that says why and until when; every other one ends as the function ended it.
 */
export function withBreaker<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => PromiseLike<Result>,
  gate: CallGate,
  options: WithBreakerOptions<Args, Result>,
): (...args: Args) => Promise<Result> {
  const { now, outcomeOf, outcomeOfError, signalOf } = options

  function settle(ticket: number, outcome: CallOutcome, startedAt: number): void {
    if (outcome === 'success' && !gate.readsClock) {
      gate.settle(ticket, outcome, Number.NaN)
      return
    }
    const endedAt = now()
    // Without a start nothing of the gate looks at how long calls take.
    const durationMs = Number.isNaN(startedAt) ? 0 : Math.max(0, endedAt - startedAt)
    gate.settle(ticket, outcome, endedAt, durationMs)
  }

  function outcomeOfThrown(error: unknown, signal: CancelSignal | undefined): CallOutcome {
    if (signal?.aborted) return 'cancelled'
    return outcomeOfError === undefined ? 'failure' : outcomeOfError(error)
  }

  return async (...args) => {
    const signal = signalOf?.(...args)
    if (signal?.aborted) throw signal.reason
    const startedAt = gate.readsClock ? now() : Number.NaN
    const ticket = gate.admit(startedAt)
    if (ticket === 0) throw gate.refusal(startedAt)
    let outcome: CallOutcome = 'failure'
    try {
      const result = await (signal === undefined ? fn(...args) : untilAborted(fn(...args), signal))
      outcome = outcomeOf === undefined ? 'success' : outcomeOf(result)
      return result
    } catch (error) {
      outcome = outcomeOfThrown(error, signal)
      throw error
    } finally {
      settle(ticket, outcome, startedAt)
    }
  }
}

/** Ends as the call does, or with the signal's reason as soon as it is aborted. */
function untilAborted<Result>(call: PromiseLike<Result>, signal: CancelSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      signal.removeEventListener('abort', abort)
      reject(signal.reason)
    }
    signal.addEventListener('abort', abort)
    call.then(
      (result) => {
        signal.removeEventListener('abort', abort)
        resolve(result)
      },
      (error: unknown) => {
        signal.removeEventListener('abort', abort)
        reject(error)
      },
    )
    // The call itself may have aborted it, before anyone listened.
    if (signal.aborted) abort()
  })
}
