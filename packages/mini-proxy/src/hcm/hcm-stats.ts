import { type Http2Stats, http2Stats } from '../http2/http2-stats.ts'
import type { Counter, Gauge, Histogram, StatsScope } from '../stats/stats.ts'

/** The counters of a connection manager, by Envoy's names under `http.<stat_prefix>`. */
export interface HcmStats {
  readonly connections: Counter
  readonly activeConnections: Gauge
  readonly http1Connections: Counter
  readonly http2Connections: Counter
  readonly connectionsDestroyed: Counter
  readonly protocolErrors: Counter
  readonly requests: Counter
  readonly http1Requests: Counter
  readonly http2Requests: Counter
  readonly activeRequests: Gauge
  readonly upgrades: Counter
  readonly activeUpgrades: Gauge
  readonly completed: Counter
  /** By hundreds; the first is 1xx. */
  readonly byClass: readonly Counter[]
  readonly requestTime: Histogram
  readonly rejectedByPath: Counter
  readonly idleTimeouts: Counter
  readonly requestTimeouts: Counter
  readonly headerTimeouts: Counter
  readonly maxDurationReached: Counter
  readonly resetByClient: Counter
  readonly tooManyResets: Counter
  readonly tooLarge: Counter
  readonly overloadCloses: Counter
  readonly overloadKeepalives: Counter
  readonly noRoute: Counter
  readonly noCluster: Counter
  readonly redirects: Counter
  readonly directResponses: Counter
  readonly forwarded: Counter
  /** Of the codec, which all connection managers share. */
  readonly http2: Http2Stats
}

/** The instruments under `scope`, and those of the codec under `root`. */
export function hcmStats(scope: StatsScope, root: StatsScope): HcmStats {
  const counter = (name: string): Counter => scope.counter(name)
  return {
    connections: counter('downstream_cx_total'),
    activeConnections: scope.gauge('downstream_cx_active'),
    http1Connections: counter('downstream_cx_http1_total'),
    http2Connections: counter('downstream_cx_http2_total'),
    connectionsDestroyed: counter('downstream_cx_destroy'),
    protocolErrors: counter('downstream_cx_protocol_error'),
    requests: counter('downstream_rq_total'),
    http1Requests: counter('downstream_rq_http1_total'),
    http2Requests: counter('downstream_rq_http2_total'),
    activeRequests: scope.gauge('downstream_rq_active'),
    upgrades: counter('downstream_cx_upgrades_total'),
    activeUpgrades: scope.gauge('downstream_cx_upgrades_active'),
    completed: counter('downstream_rq_completed'),
    byClass: [1, 2, 3, 4, 5].map((it) => counter(`downstream_rq_${it}xx`)),
    requestTime: scope.histogram('downstream_rq_time'),
    rejectedByPath: counter('downstream_rq_failed_path_normalization'),
    idleTimeouts: counter('downstream_rq_idle_timeout'),
    requestTimeouts: counter('downstream_rq_timeout'),
    headerTimeouts: counter('downstream_rq_header_timeout'),
    maxDurationReached: counter('downstream_rq_max_duration_reached'),
    resetByClient: counter('downstream_rq_rx_reset'),
    tooManyResets: counter('downstream_rq_too_many_premature_resets'),
    overloadCloses: counter('downstream_rq_overload_close'),
    overloadKeepalives: counter('downstream_cx_overload_disable_keepalive'),
    tooLarge: counter('downstream_rq_too_large'),
    noRoute: counter('no_route'),
    noCluster: counter('no_cluster'),
    redirects: counter('rq_redirect'),
    directResponses: counter('rq_direct_response'),
    forwarded: counter('rq_total'),
    http2: http2Stats(root),
  }
}
