import type { Socket } from 'node:net'
import type { OverloadManagerJson } from '@meshwright/xds-types/envoy/config/overload/v3'
import type { Clock, Log, Random, Timers } from './ambient.ts'
import type { DnsResolver } from './cluster/dns-resolver.ts'
import type { HttpFilterType } from './filters/http-filter.ts'
import type { PortSource } from './listener/port-source.ts'

/** Everything has a default; tests and embedders replace what they want to see or steer. */
export interface ProxyOptions {
  /** Shown by `/server_info`. */
  readonly node?: ProxyNode
  /** The cluster that the proxy itself is part of, for zone-aware routing. Default: none. Envoy: `cluster_manager.local_cluster_name`. */
  readonly localCluster?: string
  /** Default: `Math.random`. */
  readonly random?: Random
  /** Default: `performance`. */
  readonly clock?: Clock
  /** Default: the global timers. */
  readonly timers?: Timers
  /** Milliseconds since 1970, for dates in headers and logs. Default: `Date.now`. */
  readonly wallClock?: () => number
  /** Default: nothing is logged. */
  readonly log?: Log
  /** Takes finished access-log lines, with their newline, and the path that the config names. Default: `/dev/stdout` and `/dev/stderr` are written, files appended. */
  readonly accessLog?: (line: string, path: string) => void
  /**
   * Where a captured connection was going, `ip:port`; undefined when it was not captured. Default: always undefined, as
   * Node cannot ask the kernel.
   */
  readonly originalDestination?: (socket: Socket) => string | undefined
  /** Resolves names of STRICT_DNS and LOGICAL_DNS clusters. Default: node:dns. */
  readonly resolver?: DnsResolver
  /** HTTP filters of your own; they win over built-in ones of the same type URL. Default: none. */
  readonly httpFilters?: readonly HttpFilterType[]
  /** Connections of a listener that was changed or removed are ended after so many milliseconds. Default: 600 000. Envoy: `--drain-time-s`. */
  readonly drainMs?: number
  /** How those connections are told to leave before. Default: `immediate`. Envoy: `--drain-strategy`. */
  readonly drainStrategy?: DrainStrategy
  /** Where the ports of listeners come from, when they are to outlive this process. Default: they are bound here. */
  readonly ports?: PortSource
  /** Downstream connections at one time; more are closed as they come. Default: what `overload` says, or 50 000. */
  readonly maxConnections?: number
  /** The same for listeners of these names. Default: no limit. Envoy: `envoy.resource_limits.listener.<name>.connection_limit`. */
  readonly connectionLimits?: Readonly<Record<string, number | undefined>>
  /** What to do as memory fills up. Default: nothing. Envoy: `overload_manager`. */
  readonly overload?: OverloadManagerJson
  /** Bytes in use, for `overload`. Default: the heap and buffers of this process. */
  readonly heapBytes?: () => number
}

/** `immediate`: every answer says that it is the last. `gradual`: one connection after the other is told, over the drain time. */
export type DrainStrategy = 'gradual' | 'immediate'

/** Who the proxy is, as in `envoy.config.core.v3.Node`. */
export interface ProxyNode {
  readonly id?: string
  readonly cluster?: string
  /** Where it runs: hosts nearby may come first. */
  readonly locality?: {
    readonly region?: string
    readonly zone?: string
    readonly subZone?: string
  }
  readonly metadata?: Readonly<Record<string, unknown>>
}
