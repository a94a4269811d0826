import type { Call, CallContext, Policy } from '../call.ts'
import { ResilienceError } from '../errors.ts'
import { beginTry, pause } from '../limited-try.ts'
import { type Outcome, outcomeOf, settled } from '../outcome.ts'
import { startTimer } from '../start-timer.ts'
import type { ResetReason } from './reset-reason.ts'
import { type HeaderLookup, type RetryOptions, resolveRetry } from './retry-options.ts'
import {
  createRetryState,
  type ResponseView,
  type RetryAdmission,
  type RetryDecision,
  type RetryState,
} from './retry-state.ts'
import type { RetryThrottle } from './retry-throttle.ts'

/** A retry policy, and how to read requests, answers and errors of your own. */
export interface RetryPolicyOptions<Req, Res> extends RetryOptions {
  /** Default: none. */
  requestHeader?(request: Req, lowerName: string): string | undefined
  /** An answer as a response; undefined: it is fine. Default: an object with `status` and `headers.get`, as that of `fetch`. */
  responseOf?(answer: Res): ResponseView | undefined
  /** What an error means; undefined: it is passed on at once. Default: `'remote-reset'`. */
  resetOf?(error: unknown): ResetReason | undefined
  /** A budget that calls share; it is told when a try begins and ends and when a retry is over. Default: none. */
  readonly budget?: RetryPlaces
  /** A throttle that calls share; it is told of successes and failures. Default: none. */
  readonly throttle?: RetryThrottle
}

/** Places for retries in flight. */
export interface RetryPlaces extends RetryAdmission {
  /** Gives the place of a retry back. */
  releaseRetry(): void
  /** Tells of a try that begins. */
  begin?(): void
  /** Tells of a try that has ended. */
  end?(): void
}

/**
 * Tries again as Envoy does: while the conditions ask for it, retries are left, and the budget has a place.
 *
 * A retry that could not begin before the deadline is not waited for: the last outcome stands. A try that takes longer than
 * `perTryTimeoutMs` is ended and counts as a reset.
 *
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 */
export function retry<Req, Res>(options: RetryPolicyOptions<Req, Res>): Policy<Req, Res> {
  const { perTryTimeoutMs } = resolveRetry(options)
  return (next) => (request, context) =>
    new Tries(options, { next, request, context }).run(perTryTimeoutMs)
}

interface Task<Req, Res> {
  readonly next: Call<Req, Res>
  readonly request: Req
  readonly context: CallContext
}

class Tries<Req, Res> {
  readonly #options: RetryPolicyOptions<Req, Res>
  readonly #task: Task<Req, Res>
  readonly #state: RetryState

  constructor(options: RetryPolicyOptions<Req, Res>, task: Task<Req, Res>) {
    this.#options = options
    this.#task = task
    const { surroundings } = task.context
    const header: HeaderLookup = (name) => options.requestHeader?.(task.request, name)
    this.#state = createRetryState(options, header, {
      random: () => surroundings.random(),
      ...(surroundings.wallNow && { wallNow: () => surroundings.wallNow?.() ?? 0 }),
      admission: { admitRetry: () => this.#admitRetry() },
    })
  }

  #admitRetry(): boolean {
    const { throttle, budget } = this.#options
    return throttle?.admitRetry() !== false && budget?.admitRetry() !== false
  }

  async run(perTryTimeoutMs: number): Promise<Res> {
    const { context } = this.#task
    const { budget } = this.#options
    for (let attempt = context.attempt; ; attempt++) {
      const outcome = await this.#try(attempt, perTryTimeoutMs)
      if (attempt > context.attempt) budget?.releaseRetry()
      const decision = this.#decide(outcome)
      if (!decision.retry) return settled(outcome)
      if (context.surroundings.clock.now() + decision.delayMs >= context.deadline) {
        budget?.releaseRetry()
        return settled(outcome)
      }
      await this.#wait(decision.delayMs)
    }
  }

  async #wait(delayMs: number): Promise<void> {
    try {
      await pause(delayMs, this.#task.context)
    } catch (error) {
      this.#options.budget?.releaseRetry()
      throw error
    }
  }

  async #try(attempt: number, perTryTimeoutMs: number): Promise<Outcome<Res>> {
    const { next, request, context } = this.#task
    const { surroundings } = context
    const most = perTryTimeoutMs > 0 ? perTryTimeoutMs : Infinity
    const deadline = Math.min(context.deadline, surroundings.clock.now() + most)
    this.#options.budget?.begin?.()
    const { answer, end } = beginTry(next, request, { ...context, attempt, deadline })
    const stop = startTimer(surroundings, () => end(tooLong(most)), most)
    const outcome = await outcomeOf(() => answer)
    stop()
    this.#options.budget?.end?.()
    return outcome
  }

  #decide(outcome: Outcome<Res>): RetryDecision {
    const notWanted: RetryDecision = { retry: false, why: 'not-wanted' }
    if (this.#task.context.signal.aborted) return notWanted
    const { throttle, responseOf = fetchResponse } = this.#options
    const response = 'answer' in outcome ? responseOf(outcome.answer) : undefined
    const reason = 'error' in outcome ? this.#resetOf(outcome.error) : undefined
    const failed =
      (response !== undefined && this.#state.wantsRetryOf(response)) ||
      (reason !== undefined && this.#state.wantsRetryAfter(reason))
    if (failed) throttle?.failed()
    else if ('answer' in outcome) throttle?.succeeded()
    if (response !== undefined) return this.#state.afterResponse(response)
    return reason === undefined ? notWanted : this.#state.afterReset(reason)
  }

  #resetOf(error: unknown): ResetReason | undefined {
    if (error instanceof ResilienceError) {
      if (error.code === 'ERR_RESILIENCE_PER_TRY_TIMEOUT') return 'per-try-timeout'
      if (error.code === 'ERR_RESILIENCE_BULKHEAD_FULL') return 'overflow'
    }
    const { resetOf = () => 'remote-reset' } = this.#options
    return resetOf(error)
  }
}

function tooLong(ms: number): ResilienceError {
  return new ResilienceError('ERR_RESILIENCE_PER_TRY_TIMEOUT', `no answer within ${ms} ms`)
}

/** A response of `fetch`, or whatever looks like one. */
function fetchResponse(answer: unknown): ResponseView | undefined {
  if (typeof answer !== 'object' || answer === null || !('status' in answer)) return undefined
  const { status, headers } = answer as {
    readonly status: unknown
    readonly headers?: { get?(name: string): string | null }
  }
  if (typeof status !== 'number') return undefined
  return { status, header: (name) => headers?.get?.(name) ?? undefined }
}
