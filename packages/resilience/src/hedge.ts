import type { Call, CallContext, Policy } from './call.ts'
import { checkCount, checkMs } from './check-option.ts'
import { ResilienceError } from './errors.ts'
import { beginTry, type LimitedTry } from './limited-try.ts'
import { type Outcome, outcomeOf, settled } from './outcome.ts'
import { startTimer } from './start-timer.ts'

/** When a call is raced by another try of itself. */
export interface HedgeOptions<Res> {
  /** How long a try may take before it is raced by one more, and goes on. Envoy: `hedge_on_per_try_timeout` with `per_try_timeout`. */
  readonly afterMs: number
  /** Tries besides the first. Default: 1. */
  readonly maxHedges?: number
  /** Tries that begin at once. From 1. Default: 1. Envoy: `initial_requests`, which Envoy itself does not honor. */
  readonly initialRequests?: number
  /** Whether an answer ends the race; one that does not brings the next try forward. Default: every answer does, no error does. */
  isFinal?(outcome: Outcome<Res>): boolean
}

/**
 * Races a call that is slow with further tries of it; the first answer wins and the others are called off. If all fail, the
 * outcome that came last stands. Only for requests that may be made twice.
 *
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 */
export function hedge<Req, Res>(options: HedgeOptions<Res>): Policy<Req, Res> {
  checkMs('afterMs', options.afterMs)
  checkCount('maxHedges', options.maxHedges ?? 1)
  checkCount('initialRequests', options.initialRequests ?? 1, 1)
  return (next) => (request, context) => new Race(options, { next, request, context }).run()
}

interface Task<Req, Res> {
  readonly next: Call<Req, Res>
  readonly request: Req
  readonly context: CallContext
}

class Race<Req, Res> {
  readonly #options: HedgeOptions<Res>
  readonly #task: Task<Req, Res>
  readonly #result = Promise.withResolvers<Outcome<Res>>()
  readonly #running = new Set<LimitedTry<Res>>()
  #left: number
  #attempt: number
  #stopTimer: () => void = () => {}
  #over = false

  constructor(options: HedgeOptions<Res>, task: Task<Req, Res>) {
    const { maxHedges = 1, initialRequests = 1 } = options
    this.#options = options
    this.#task = task
    this.#left = Math.max(maxHedges + 1, initialRequests)
    this.#attempt = task.context.attempt
  }

  async run(): Promise<Res> {
    const { initialRequests = 1 } = this.#options
    for (let i = 0; i < initialRequests; i++) this.#begin()
    const outcome = await this.#result.promise
    return settled(outcome)
  }

  #begin(): void {
    if (this.#over || this.#left === 0) return
    const { next, request, context } = this.#task
    this.#left -= 1
    const one = beginTry(next, request, { ...context, attempt: this.#attempt++ })
    this.#running.add(one)
    this.#arm()
    void this.#watch(one)
  }

  /** The next try comes so long after the last began. */
  #arm(): void {
    this.#stopTimer()
    if (this.#left === 0) return
    const { surroundings } = this.#task.context
    this.#stopTimer = startTimer(surroundings, () => this.#begin(), this.#options.afterMs)
  }

  async #watch(one: LimitedTry<Res>): Promise<void> {
    const outcome = await outcomeOf(() => one.answer)
    if (this.#over) return
    this.#running.delete(one)
    const { isFinal = (it: Outcome<Res>) => 'answer' in it } = this.#options
    const isLast = this.#running.size === 0 && this.#left === 0
    if (isLast || this.#task.context.signal.aborted || isFinal(outcome)) this.#finish(outcome)
    else this.#begin()
  }

  #finish(outcome: Outcome<Res>): void {
    this.#over = true
    this.#stopTimer()
    for (const one of this.#running) one.end(lost())
    this.#result.resolve(outcome)
  }
}

function lost(): ResilienceError {
  return new ResilienceError('ERR_RESILIENCE_CANCELLED', 'another try was quicker')
}
