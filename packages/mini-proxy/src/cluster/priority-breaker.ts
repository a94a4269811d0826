import type { CircuitThresholds, Thresholds } from '@meshwright/circuit-breaker'
import type { PoolBreaker } from '../http/pool.ts'
import type { Counter, Gauge, StatsScope } from '../stats/stats.ts'

/** What a route says of the requests it forwards; each has limits, tallies and connections of its own. */
export type RoutingPriority = 'default' | 'high'

/** The breakers of one cluster. */
export type ClusterBreakers = Readonly<Record<RoutingPriority, PriorityBreaker>>

/** The breakers for `thresholds`, counting below `stats`, the scope of the cluster. */
export function createBreakers(thresholds: CircuitThresholds, stats: StatsScope): ClusterBreakers {
  return {
    default: new PriorityBreaker('default', thresholds.default, stats),
    high: new PriorityBreaker('high', thresholds.high, stats),
  }
}

/** The limits of one priority on what is in flight, with Envoy's gauges and counters. One release per admission. */
export class PriorityBreaker implements PoolBreaker {
  readonly thresholds: Thresholds
  readonly #connections: CountedLimit
  readonly #pending: CountedLimit
  readonly #requests: CountedLimit
  readonly #retries: CountedLimit
  readonly #pendingTotal: Counter
  readonly #pendingActive: Gauge

  constructor(priority: RoutingPriority, thresholds: Thresholds, stats: StatsScope) {
    const { connections, pendingRequests, requests, retries, trackRemaining } = thresholds
    const gauges = stats.scope(`circuit_breakers.${priority}`)
    const counted = (limit: Limit, suffix: string, overflow: string): CountedLimit =>
      new CountedLimit(limit, {
        open: gauges.gauge(openGauges[suffix] ?? suffix),
        remaining: trackRemaining ? gauges.gauge(`remaining_${suffix}`) : undefined,
        overflow: stats.counter(overflow),
      })
    this.thresholds = thresholds
    this.#connections = counted(connections, 'cx', 'upstream_cx_overflow')
    this.#pending = counted(pendingRequests, 'pending', 'upstream_rq_pending_overflow')
    this.#requests = counted(requests, 'rq', 'upstream_rq_active_overflow')
    this.#retries = counted(retryView(retries), 'retries', 'upstream_rq_retry_overflow')
    this.#pendingTotal = stats.counter('upstream_rq_pending_total')
    this.#pendingActive = stats.gauge('upstream_rq_pending_active')
  }

  admitConnection(): boolean {
    return this.#connections.admit()
  }

  /** Counts a connection that was refused for another reason. */
  refuseConnection(): void {
    this.#connections.refuse()
  }

  takeConnection(): void {
    this.thresholds.connections.take()
    this.#connections.show()
  }

  releaseConnection(): void {
    this.#connections.settle()
  }

  admitPending(): boolean {
    if (!this.#pending.admit()) return false
    this.#pendingTotal.inc()
    this.#pendingActive.add(1)
    return true
  }

  releasePending(): void {
    this.#pending.settle()
    this.#pendingActive.add(-1)
  }

  admitRequest(): boolean {
    return this.#requests.admit()
  }

  releaseRequest(): void {
    this.#requests.settle()
  }

  admitRetry(): boolean {
    return this.#retries.admit()
  }

  releaseRetry(): void {
    this.#retries.settle()
  }
}

const openGauges: Readonly<Record<string, string>> = {
  cx: 'cx_open',
  pending: 'rq_pending_open',
  rq: 'rq_open',
  retries: 'rq_retry_open',
}

interface Limit {
  readonly isOpen: boolean
  readonly remaining: number
  admit(): boolean
  settle(): void
}

/** What Envoy shows of retries: with a budget, the gauges still go by `max_retries` and nothing remains. */
function retryView(retries: Thresholds['retries']): Limit {
  return {
    get isOpen() {
      return retries.isAtMaxRetries
    },
    get remaining() {
      return retries.hasBudget ? 0 : retries.remaining
    },
    admit: () => retries.admit(),
    settle: () => retries.settle(),
  }
}

interface LimitStats {
  readonly open: Gauge
  readonly remaining: Gauge | undefined
  readonly overflow: Counter
}

/** A limit whose changes are seen. */
class CountedLimit {
  readonly #limit: Limit
  readonly #stats: LimitStats

  constructor(limit: Limit, stats: LimitStats) {
    this.#limit = limit
    this.#stats = stats
    stats.remaining?.set(limit.remaining)
  }

  admit(): boolean {
    if (!this.#limit.admit()) {
      this.refuse()
      return false
    }
    this.show()
    return true
  }

  refuse(): void {
    this.#stats.overflow.inc()
  }

  settle(): void {
    this.#limit.settle()
    this.show()
  }

  show(): void {
    const { open, remaining } = this.#stats
    open.set(this.#limit.isOpen ? 1 : 0)
    remaining?.set(this.#limit.remaining)
  }
}
