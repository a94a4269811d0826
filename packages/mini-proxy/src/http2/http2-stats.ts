import type { Counter, Gauge, StatsScope } from '../stats/stats.ts'

/** What the codec counts, by Envoy's names under `http2.`; without a prefix downstream, under `cluster.<name>` upstream. */
export interface Http2Stats {
  readonly goawaySent: Counter
  readonly headerOverflow: Counter
  readonly emptyFramesFlood: Counter
  readonly priorityFlood: Counter
  readonly windowUpdateFlood: Counter
  readonly outboundFlood: Counter
  readonly outboundControlFlood: Counter
  readonly keepaliveTimeout: Counter
  readonly messagingErrors: Counter
  readonly resetsReceived: Counter
  readonly resetsSent: Counter
  readonly refusedStreams: Counter
  readonly trailers: Counter
  readonly flushTimeouts: Counter
  readonly activeStreams: Gauge
  readonly pendingSendBytes: Gauge
}

/** The instruments under `scope`. */
export function http2Stats(scope: StatsScope): Http2Stats {
  const counter = (name: string): Counter => scope.counter(`http2.${name}`)
  return {
    goawaySent: counter('goaway_sent'),
    headerOverflow: counter('header_overflow'),
    emptyFramesFlood: counter('inbound_empty_frames_flood'),
    priorityFlood: counter('inbound_priority_frames_flood'),
    windowUpdateFlood: counter('inbound_window_update_frames_flood'),
    outboundFlood: counter('outbound_flood'),
    outboundControlFlood: counter('outbound_control_flood'),
    keepaliveTimeout: counter('keepalive_timeout'),
    messagingErrors: counter('rx_messaging_error'),
    resetsReceived: counter('rx_reset'),
    resetsSent: counter('tx_reset'),
    refusedStreams: counter('stream_refused_errors'),
    trailers: counter('trailers'),
    flushTimeouts: counter('tx_flush_timeout'),
    activeStreams: scope.gauge('http2.streams_active'),
    pendingSendBytes: scope.gauge('http2.pending_send_bytes'),
  }
}
