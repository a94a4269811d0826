import type { PoolBreaker, StreamCallbacks } from './pool.ts'
import type { MessageReceiver, ResetReason, ResponseHead } from './stream.ts'

/** A request that waits for a connection. */
export interface WaitingRequest {
  readonly receiver: MessageReceiver<ResponseHead>
  readonly callbacks: StreamCallbacks
}

/** The requests of a pool that wait for a connection, in order; as many as the breaker lets wait. */
export class WaitingRequests implements Iterable<WaitingRequest> {
  readonly #breaker: PoolBreaker
  readonly #waiting = new Set<WaitingRequest>()

  constructor(breaker: PoolBreaker) {
    this.#breaker = breaker
  }

  get size(): number {
    return this.#waiting.size
  }

  /** False: too many wait, and the request was told so. */
  add(request: WaitingRequest): boolean {
    if (!this.#breaker.admitPending()) {
      request.callbacks.onFailure('overflow', 'too many pending requests')
      return false
    }
    this.#waiting.add(request)
    return true
  }

  /** Whether it still waited. */
  withdraw(request: WaitingRequest): boolean {
    const waited = this.#waiting.delete(request)
    if (waited) this.#breaker.releasePending()
    return waited
  }

  /** As Envoy: one failed attempt to connect fails everything that waits for this host. */
  failAll(reason: ResetReason, detail: string): void {
    for (const request of [...this.#waiting]) {
      if (this.withdraw(request)) request.callbacks.onFailure(reason, detail)
    }
  }

  [Symbol.iterator](): Iterator<WaitingRequest> {
    return this.#waiting.values()
  }
}

/** Whether a pool may open a connection: beyond the limit it may have its only one, but no further one after that. */
export type Admission = 'admitted' | 'only one' | 'refused'

/** Asks for a connection in a pool that has so many. */
export function admitConnection(breaker: PoolBreaker, connections: number): Admission {
  if (breaker.admitConnection()) return 'admitted'
  // As Envoy: with none at all, who waits would wait for ever.
  if (connections > 0) return 'refused'
  breaker.takeConnection()
  return 'only one'
}
