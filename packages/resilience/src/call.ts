import type { AttemptedHosts } from './attempted-hosts.ts'
import type { CancelSignal, CancelSource } from './cancel-signal.ts'

/** Anything that can be asked and answers later. */
export type Call<Req, Res> = (request: Req, context: CallContext) => PromiseLike<Res>

/** Makes one call of another: the one type of retries, time-outs, bulkheads and all others here. */
export type Policy<Req, Res> = (next: Call<Req, Res>) => Call<Req, Res>

/** What a policy tells those within it about one try. */
export interface CallContext {
  /** Nobody waits for the answer any more. */
  readonly signal: CancelSignal
  /** When the answer is of no use any more, on the clock of {@link surroundings}. Infinity: never. */
  readonly deadline: number
  /** From 1; more are retries and hedges. */
  readonly attempt: number
  /** The hosts that earlier tries of this request went to: add yours, and avoid those. One list for all tries. */
  readonly attempted: AttemptedHosts
  readonly surroundings: Surroundings
}

/** What policies need of the world. */
export interface Surroundings {
  /** Milliseconds that do not go back; `performance` is one. */
  readonly clock: { now(): number }
  /** The global timer functions are one. */
  readonly timers: {
    setTimeout(run: () => void, ms: number): unknown
    clearTimeout(timer: unknown): void
  }
  /** Uniform in `[0, 1)`. */
  random(): number
  /** For signals that the platform's own functions take: `() => new AbortController()`. Default: signals of this package. */
  newController?(): CancelSource
  /** Milliseconds since 1970, for response headers that name a date. Default: such headers are not understood. */
  wallNow?(): number
}
