import {
  createThresholds,
  type ThresholdOptions,
  type Thresholds,
} from '@meshwright/circuit-breaker'

/** What became of a request, by its number. */
export type Fate =
  | { readonly kind: 'sent'; readonly id: number }
  | { readonly kind: 'waits'; readonly id: number }
  | { readonly kind: 'refused'; readonly id: number }

/**
 * An HTTP/1 connection pool of one host, as far as limits go: a request takes an idle connection; if there is none it waits for one, and
 * has one made if it may. A connection serves who has waited longest.
 */
export class PoolModel {
  readonly limits: Thresholds
  #idle = 0
  readonly #waiting: number[] = []

  constructor(options: ThresholdOptions) {
    this.limits = createThresholds({ ...options, trackRemaining: true })
  }

  start(id: number): Fate {
    if (this.#idle > 0) return this.#send(id)
    if (!this.limits.pendingRequests.admit()) return { kind: 'refused', id }
    if (!this.limits.connections.admit()) {
      this.#waiting.push(id)
      return { kind: 'waits', id }
    }
    this.#idle++
    this.limits.pendingRequests.settle()
    return this.#send(id)
  }

  /** A request that was sent is over; what becomes of those that waited. */
  finish(): readonly Fate[] {
    this.limits.requests.settle()
    this.#idle++
    const fates: Fate[] = []
    while (this.#idle > 0) {
      const id = this.#waiting.shift()
      if (id === undefined) break
      this.limits.pendingRequests.settle()
      fates.push(this.#send(id))
    }
    return fates
  }

  #send(id: number): Fate {
    if (!this.limits.requests.admit()) return { kind: 'refused', id }
    this.#idle--
    return { kind: 'sent', id }
  }
}
