import type { CallContext, Policy } from './call.ts'
import { checkCount } from './check-option.ts'
import { ResilienceError } from './errors.ts'
import { cancelled } from './limited-try.ts'
import { startTimer } from './start-timer.ts'

/** How many calls go on at one time. */
export interface BulkheadOptions {
  /** From 0. */
  readonly maxConcurrent: number
  /** How many may wait for a place, in order. Default: 0. */
  readonly maxWaiting?: number
}

/** A bulkhead as a policy, and what is in it. */
export interface Bulkhead<Req, Res> {
  readonly policy: Policy<Req, Res>
  readonly active: number
  readonly waiting: number
}

/**
 * Bounds the calls that go on at one time; of more, some wait in order, and others are refused with
 * `ERR_RESILIENCE_BULKHEAD_FULL`. Whoever is called off or whose deadline passes while waiting leaves the line.
 *
 * One bulkhead may be the policy of several calls, which then share its places.
 *
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 */
export function bulkhead<Req, Res>(options: BulkheadOptions): Bulkhead<Req, Res> {
  const places = new Places(options)
  return {
    get active() {
      return places.active
    },
    get waiting() {
      return places.waiting
    },
    policy: (next) => async (request, context) => {
      await places.enter(context)
      try {
        return await next(request, context)
      } finally {
        places.leave()
      }
    },
  }
}

class Places {
  readonly #most: number
  readonly #mostWaiting: number
  /** In order of arrival. */
  readonly #line = new Set<() => void>()
  #active = 0

  constructor({ maxConcurrent, maxWaiting = 0 }: BulkheadOptions) {
    this.#most = checkCount('maxConcurrent', maxConcurrent)
    this.#mostWaiting = checkCount('maxWaiting', maxWaiting)
  }

  get active(): number {
    return this.#active
  }

  get waiting(): number {
    return this.#line.size
  }

  async enter(context: CallContext): Promise<void> {
    if (this.#active < this.#most) {
      this.#active += 1
      return
    }
    if (this.#most === 0 || this.#line.size >= this.#mostWaiting) {
      throw new ResilienceError(
        'ERR_RESILIENCE_BULKHEAD_FULL',
        `${this.#active} calls go on and ${this.#line.size} wait`,
      )
    }
    await this.#wait(context)
  }

  leave(): void {
    const [first] = this.#line
    if (first === undefined) this.#active -= 1
    else {
      // The place goes on to who waited longest, and is never free in between.
      this.#line.delete(first)
      first()
    }
  }

  async #wait(context: CallContext): Promise<void> {
    const { signal, deadline, surroundings } = context
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const giveUp = (reason: unknown): void => {
      if (this.#line.delete(resolve)) reject(reason)
    }
    const stop = (): void => giveUp(cancelled(context))
    const late = (): void =>
      giveUp(new ResilienceError('ERR_RESILIENCE_TIMEOUT', 'no place in time'))
    this.#line.add(resolve)
    signal.addEventListener('abort', stop)
    const stopTimer = startTimer(surroundings, late, deadline - surroundings.clock.now())
    if (signal.aborted) stop()
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', stop)
      stopTimer()
    }
  }
}
