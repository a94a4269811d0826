import type { Counter, Gauge, Histogram, StatsScope } from '../stats/stats.ts'

/** What the router counts of one cluster, by Envoy's names under `cluster.<name>`. */
export interface ClusterCounters {
  readonly requests: Counter
  readonly active: Gauge
  readonly completed: Counter
  readonly byClass: readonly Counter[]
  readonly time: Histogram
  readonly timeouts: Counter
  readonly perTryTimeouts: Counter
  readonly retries: Counter
  readonly retrySuccesses: Counter
  readonly retryLimitExceeded: Counter
  readonly remoteResets: Counter
  readonly noneHealthy: Counter
  readonly maxDurationReached: Counter
}

const known = new WeakMap<StatsScope, ClusterCounters>()

/** The instruments under `scope`, made once. */
export function clusterCounters(scope: StatsScope): ClusterCounters {
  const before = known.get(scope)
  if (before !== undefined) return before
  const counter = (name: string): Counter => scope.counter(name)
  const made: ClusterCounters = {
    requests: counter('upstream_rq_total'),
    active: scope.gauge('upstream_rq_active'),
    completed: counter('upstream_rq_completed'),
    byClass: [1, 2, 3, 4, 5].map((it) => counter(`upstream_rq_${it}xx`)),
    time: scope.histogram('upstream_rq_time'),
    timeouts: counter('upstream_rq_timeout'),
    perTryTimeouts: counter('upstream_rq_per_try_timeout'),
    retries: counter('upstream_rq_retry'),
    retrySuccesses: counter('upstream_rq_retry_success'),
    retryLimitExceeded: counter('upstream_rq_retry_limit_exceeded'),
    remoteResets: counter('upstream_rq_rx_reset'),
    noneHealthy: counter('upstream_cx_none_healthy'),
    maxDurationReached: counter('upstream_rq_max_duration_reached'),
  }
  known.set(scope, made)
  return made
}
