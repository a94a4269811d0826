import type { Counter, Gauge, Histogram, StatsScope } from '../stats/stats.ts'
import { ResponseCounters } from './response-counters.ts'

/** What the router counts of one cluster, by Envoy's names under `cluster.<name>`. */
export interface ClusterCounters {
  readonly requests: Counter
  readonly active: Gauge
  readonly responses: ResponseCounters
  /** The same, of requests from within the mesh and from without. */
  readonly internal: ByOrigin
  readonly external: ByOrigin
  /** Of responses that were followed by a retry. */
  readonly retried: ResponseCounters
  readonly time: Histogram
  readonly timeouts: Counter
  readonly perTryTimeouts: Counter
  readonly perTryIdleTimeouts: Counter
  readonly retries: Counter
  readonly retrySuccesses: Counter
  readonly retryLimitExceeded: Counter
  readonly exponentialBackOffs: Counter
  readonly rateLimitedBackOffs: Counter
  readonly abandoned: Counter
  readonly remoteResets: Counter
  readonly pendingFailures: Counter
  readonly noneHealthy: Counter
  readonly maxDurationReached: Counter
}

/** The counters of requests from one side. */
export interface ByOrigin {
  readonly responses: ResponseCounters
  readonly time: Histogram
}

/** The instruments under `scope`. */
export function clusterCounters(scope: StatsScope): ClusterCounters {
  const counter = (name: string): Counter => scope.counter(name)
  return {
    requests: counter('upstream_rq_total'),
    active: scope.gauge('upstream_rq_active'),
    responses: new ResponseCounters(scope),
    internal: byOrigin(scope.scope('internal')),
    external: byOrigin(scope.scope('external')),
    retried: new ResponseCounters(scope.scope('retry')),
    time: scope.histogram('upstream_rq_time'),
    timeouts: counter('upstream_rq_timeout'),
    perTryTimeouts: counter('upstream_rq_per_try_timeout'),
    perTryIdleTimeouts: counter('upstream_rq_per_try_idle_timeout'),
    retries: counter('upstream_rq_retry'),
    retrySuccesses: counter('upstream_rq_retry_success'),
    retryLimitExceeded: counter('upstream_rq_retry_limit_exceeded'),
    exponentialBackOffs: counter('upstream_rq_retry_backoff_exponential'),
    rateLimitedBackOffs: counter('upstream_rq_retry_backoff_ratelimited'),
    abandoned: counter('retry_or_shadow_abandoned'),
    remoteResets: counter('upstream_rq_rx_reset'),
    pendingFailures: counter('upstream_rq_pending_failure_eject'),
    noneHealthy: counter('upstream_cx_none_healthy'),
    maxDurationReached: counter('upstream_rq_max_duration_reached'),
  }
}

function byOrigin(scope: StatsScope): ByOrigin {
  return { responses: new ResponseCounters(scope), time: scope.histogram('upstream_rq_time') }
}
