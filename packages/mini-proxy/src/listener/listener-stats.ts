import type { Counter, Gauge, StatsScope } from '../stats/stats.ts'

/** What a listener counts, under Envoy's names. */
export interface ListenerStats {
  readonly total: Counter
  readonly active: Gauge
  readonly destroyed: Counter
  readonly noMatch: Counter
  readonly timedOut: Counter
  readonly remoteClosed: Counter
  readonly overflow: Counter
  readonly globalOverflow: Counter
  readonly overloadRejects: Counter
}

/** `scope` is that of the listener. */
export function listenerStats(scope: StatsScope): ListenerStats {
  return {
    total: scope.counter('downstream_cx_total'),
    active: scope.gauge('downstream_cx_active'),
    destroyed: scope.counter('downstream_cx_destroy'),
    noMatch: scope.counter('no_filter_chain_match'),
    timedOut: scope.counter('downstream_pre_cx_timeout'),
    remoteClosed: scope.counter('downstream_listener_filter_remote_close'),
    overflow: scope.counter('downstream_cx_overflow'),
    globalOverflow: scope.counter('downstream_global_cx_overflow'),
    overloadRejects: scope.counter('downstream_cx_overload_reject'),
  }
}
