import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { PoolBreaker } from '../http/pool.ts'
import type { Counter, Gauge, StatsScope } from '../stats/stats.ts'

/** The most of each kind at one time, of all hosts of a cluster together. */
export interface CircuitLimits {
  readonly connections: number
  readonly pending: number
  readonly requests: number
}

export interface BreakerLimits extends CircuitLimits {
  /** Retries in flight, as a function of the requests in flight. */
  readonly retries: (activeRequests: number) => number
}

/** Limits of default priority; Envoy's defaults where none are given. */
export function breakerLimits(json: ClusterJson['circuitBreakers']): BreakerLimits {
  const own = (json?.thresholds ?? []).find((it) => (it.priority ?? 'DEFAULT') === 'DEFAULT')
  const budget = own?.retryBudget
  const share = (budget?.budgetPercent?.value ?? defaultBudgetPercent) / 100
  const least = budget?.minRetryConcurrency ?? defaultRetries
  const most = own?.maxRetries ?? defaultRetries
  return {
    connections: own?.maxConnections ?? defaultLimit,
    pending: own?.maxPendingRequests ?? defaultLimit,
    requests: own?.maxRequests ?? defaultLimit,
    retries: budget === undefined ? () => most : (active) => Math.max(least, active * share),
  }
}

/** Counts what is in flight against its limit. */
export class CircuitBreaker implements PoolBreaker {
  readonly #limits: BreakerLimits
  readonly #connections: Tally
  readonly #pending: Tally
  readonly #requests: Tally
  readonly #retries: Tally

  constructor(limits: BreakerLimits, stats: StatsScope) {
    const open = stats.scope('circuit_breakers.default')
    this.#limits = limits
    this.#connections = new Tally(open.gauge('cx_open'), stats.counter('upstream_cx_overflow'))
    this.#pending = new Tally(
      open.gauge('rq_pending_open'),
      stats.counter('upstream_rq_pending_overflow'),
    )
    // Envoy counts a refused request where it counts one that cannot wait.
    this.#requests = new Tally(open.gauge('rq_open'), stats.counter('upstream_rq_pending_overflow'))
    this.#retries = new Tally(
      open.gauge('rq_retry_open'),
      stats.counter('upstream_rq_retry_overflow'),
    )
  }

  admitConnection(): boolean {
    return this.#connections.admit(this.#limits.connections)
  }

  releaseConnection(): void {
    this.#connections.release()
  }

  admitPending(): boolean {
    return this.#pending.admit(this.#limits.pending)
  }

  releasePending(): void {
    this.#pending.release()
  }

  admitRequest(): boolean {
    return this.#requests.admit(this.#limits.requests)
  }

  releaseRequest(): void {
    this.#requests.release()
  }

  admitRetry(): boolean {
    return this.#retries.admit(this.#limits.retries(this.#requests.active))
  }

  releaseRetry(): void {
    this.#retries.release()
  }
}

const defaultLimit = 1024
const defaultRetries = 3
const defaultBudgetPercent = 20

class Tally {
  active = 0
  readonly #open: Gauge
  readonly #overflow: Counter

  constructor(open: Gauge, overflow: Counter) {
    this.#open = open
    this.#overflow = overflow
  }

  admit(limit: number): boolean {
    if (this.active >= limit) {
      this.#open.set(1)
      this.#overflow.inc()
      return false
    }
    this.active++
    return true
  }

  release(): void {
    this.active--
    this.#open.set(0)
  }
}
