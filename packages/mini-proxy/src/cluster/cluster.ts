import type { Socket } from 'node:net'
import type { OutlierResult } from '@meshwright/circuit-breaker'
import type { HostTest, PriorityLoad } from '@meshwright/lb-algorithms'
import type { PreviousPriorities } from '@meshwright/resilience'
import type { HeaderList } from '../http/header-list.ts'
import type { HttpPool } from '../http/pool.ts'
import type { ConnectionFacts, HttpVersion, RequestHead, ResponseHead } from '../http/stream.ts'
import type { OutgoingConnection } from '../network/connection.ts'
import type { StatsScope } from '../stats/stats.ts'
import type { ClusterCounters } from './cluster-counters.ts'
import type { RoutingPriority } from './priority-breaker.ts'

/** What a balancer may look at for one request. */
export interface PickContext {
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** High and low half of the hash-policy key, if the route has one. */
  readonly hash?: readonly [high: number, low: number]
  /** Hosts to be avoided, as they were tried or for what they are: drawn again up to `hostSelectionAttempts` times, then taken all the same. */
  readonly tried?: HostTest<UpstreamHost>
  readonly hostSelectionAttempts?: number
  /** ORIGINAL_DST clusters: where the connection was going, or what `use_http_header` said. */
  readonly originalDestination?: string
  /** Subset selection. */
  readonly metadataMatch?: Readonly<Record<string, unknown>>
  /** Every host that was tried, in order, whether or not it is to be avoided. */
  readonly attempted?: readonly UpstreamHost[]
  /** Splits a retry over priorities by where the request was already. */
  readonly retryPriorities?: PreviousPriorities
  /** Addresses that the request asks for, best first: of a session. */
  readonly overrideHosts?: readonly string[]
  /** None of them: none at all. Default: another host will do. */
  readonly overrideStrictly?: boolean
  /** Those of the request, for policies that read where to go. */
  readonly headers?: HeaderList
  /** The split over priorities of this request alone. */
  readonly priorityLoad?: PriorityLoad
}

/** A connection that the circuit breaker has admitted. */
export interface AdmittedConnection {
  readonly connection: OutgoingConnection
  /** There is no `connectEvent` to wait for. */
  readonly connected: boolean
}

/** Which of the connections of a host whoever comes would get: one for bytes that are relayed, or as a request asks. */
export type PoolChoice = 'relayed' | RequestChoice

interface RequestChoice {
  readonly priority: RoutingPriority
  /** What the client speaks, for clusters that speak the same. */
  readonly version: HttpVersion | undefined
}

/** One address of a cluster, with its pools and gauges. */
export interface UpstreamHost {
  /** `ip:port`. */
  readonly address: string
  readonly hostname: string | undefined
  /** Of `envoy.lb`, as the endpoint has it now. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** Requests and connections in flight, for least request. */
  activeRequests: number
  /**
   * The connections of a priority, for what came on `client`. A stream that it hands out holds an admitted request: see
   * `releaseRequest`.
   */
  httpPool(priority: RoutingPriority, client?: ConnectionFacts): HttpPool
  /** Opens a connection in one of its pools, where `HttpPool.preconnect` would, and the host is one to connect to ahead. */
  preconnect(ratio: number, choice: PoolChoice): boolean
  /** Opens a raw (or TLS) connection on behalf of `client`. The caller waits for `connectEvent`, within the cluster's connect timeout. */
  connect(client?: ConnectionFacts): Socket
  /**
   * The same for tcp_proxy, which only opens a channel on it: a socket is left out where there can be one without, and it may be a
   * connection that was made ahead. Undefined: the circuit breaker refuses; if not, one release.
   */
  openAdmitted(client: ConnectionFacts): AdmittedConnection | undefined
  /** The circuit breaker's word on one more connection, for whoever calls `connect`; one release per true. The pool asks by itself. */
  admitConnection(): boolean
  releaseConnection(): void
  /** Outlier detection hears of an answer, before anything follows from it. */
  reportAnswer(answer: ResponseHead, request: RequestHead): void
  /** And of what came of an attempt without an answer; `status` says what that counts as. */
  reportResult(result: OutlierResult, status?: number): void
  /** The end of a request that a pool of this host handed out; once for each. */
  releaseRequest(priority: RoutingPriority): void
  readonly connectEvent: 'connect' | 'secureConnect'
}

export interface Cluster {
  readonly name: string
  /**
   * Of an ORIGINAL_DST cluster that goes by a request header (`use_http_header`): its lower-case name. The router then
   * takes `originalDestination` from that header alone. Undefined: no header has a say.
   */
  readonly originalDestinationHeader: string | undefined
  /** Milliseconds. */
  readonly connectTimeoutMs: number
  /** Undefined: no healthy host (the router answers 503, flag UH). */
  pick(context: PickContext): UpstreamHost | undefined
  /** The part of all requests, 0 to 1, that the control plane wants answered 503 (flag DO) rather than sent. */
  readonly dropRatio: number
  /** The circuit breaker's word on one more retry in flight; false: overflow (flag UO). One release per true. */
  admitRetry(priority: RoutingPriority): boolean
  releaseRetry(priority: RoutingPriority): void
  /** `cluster.<name>`. */
  readonly stats: StatsScope
  /** What the router counts there. */
  readonly counters: ClusterCounters
}

/** The clusters of one config; a request keeps the set it started with. */
export interface ClusterSet {
  get(name: string): Cluster | undefined
}
