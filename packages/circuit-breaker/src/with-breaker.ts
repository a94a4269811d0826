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
 * `BreakerRefusalError` that says why and until when; every other one ends as the function ended it, one turn of the promise queue later.
 */
export function withBreaker<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => PromiseLike<Result>,
  gate: CallGate,
  options: WithBreakerOptions<Args, Result>,
): (...args: Args) => Promise<Result> {
  const { now, signalOf } = options
  const judge = new CallJudge<Result>(gate, options)

  return (...args) => {
    const signal = signalOf === undefined ? undefined : signalOf(...args)
    if (signal?.aborted) return Promise.reject(signal.reason)
    const startedAt = gate.readsClock ? now() : Number.NaN
    const ticket = gate.admit(startedAt)
    if (ticket === 0) return Promise.reject(gate.refusal(startedAt))
    const { well, badly } = judge.endsOf(ticket, startedAt, signal)
    try {
      // A single argument is handed on quicker by itself than spread.
      const call = args.length === 1 ? callWith(fn, args[0]) : fn(...args)
      return (signal === undefined ? Promise.resolve(call) : untilAborted(call, signal)).then(
        well,
        badly,
      )
    } catch (error) {
      return Promise.reject(error).then(well, badly)
    }
  }
}

function callWith<Args extends readonly unknown[], Result>(
  fn: (...args: Args) => PromiseLike<Result>,
  only: unknown,
): PromiseLike<Result> {
  // It was the one element of an `Args`.
  return (fn as unknown as (only: unknown) => PromiseLike<Result>)(only)
}

/** What is done when a call ends. */
interface Ends<Result> {
  readonly ticket: number
  readonly well: (result: Result) => Result
  readonly badly: (error: unknown) => never
}

/** Tells a gate how calls ended. */
class CallJudge<Result> {
  readonly #gate: CallGate
  readonly #options: WithBreakerOptions<never, Result>
  /** Calls of one ticket, without a start or a signal, all end alike: their functions are made once. */
  #kept: Ends<Result> | undefined

  constructor(gate: CallGate, options: WithBreakerOptions<never, Result>) {
    this.#gate = gate
    this.#options = options
  }

  endsOf(ticket: number, startedAt: number, signal: CancelSignal | undefined): Ends<Result> {
    if (signal !== undefined || !Number.isNaN(startedAt)) {
      return this.#makeEnds(ticket, startedAt, signal)
    }
    const kept = this.#kept
    if (kept !== undefined && kept.ticket === ticket) return kept
    const ends = this.#makeEnds(ticket, startedAt, undefined)
    this.#kept = ends
    return ends
  }

  #makeEnds(ticket: number, startedAt: number, signal: CancelSignal | undefined): Ends<Result> {
    const { outcomeOf, outcomeOfError } = this.#options
    return {
      ticket,
      well: (result) => {
        let outcome: CallOutcome = outcomeOf === undefined ? 'success' : 'failure'
        try {
          if (outcomeOf !== undefined) outcome = outcomeOf(result)
        } finally {
          this.#settle(ticket, outcome, startedAt)
        }
        return result
      },
      badly: (error) => {
        let outcome: CallOutcome = signal?.aborted ? 'cancelled' : 'failure'
        try {
          if (outcomeOfError !== undefined && !signal?.aborted) outcome = outcomeOfError(error)
        } finally {
          this.#settle(ticket, outcome, startedAt)
        }
        throw error
      },
    }
  }

  #settle(ticket: number, outcome: CallOutcome, startedAt: number): void {
    const gate = this.#gate
    if (outcome === 'success' && !gate.readsClock) {
      gate.settle(ticket, outcome, Number.NaN)
      return
    }
    const endedAt = this.#options.now()
    // Without a start nothing of the gate looks at how long calls take.
    const durationMs = Number.isNaN(startedAt) ? 0 : Math.max(0, endedAt - startedAt)
    gate.settle(ticket, outcome, endedAt, durationMs)
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
