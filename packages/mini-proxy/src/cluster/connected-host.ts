import type { Socket } from 'node:net'
import type { HostMonitor, OutlierResult } from '@meshwright/circuit-breaker'
import type { Ambient } from '../ambient.ts'
import type { AgeLimit } from '../http/limit-age.ts'
import type { HttpPool, HttpPoolFactory, OfferedProtocol, PoolBreaker } from '../http/pool.ts'
import { addLoads, noLoad, type PoolLoad } from '../http/preconnect.ts'
import type { ConnectionFacts, RequestHead, ResponseHead } from '../http/stream.ts'
import type { OutgoingConnection } from '../network/connection.ts'
import { hostPort } from '../network/ip-address.ts'
import type { Counter, Gauge, Histogram, StatsScope } from '../stats/stats.ts'
import type { AdmittedConnection, PoolChoice, UpstreamHost } from './cluster.ts'
import type { CompiledCluster } from './compile-cluster.ts'
import { ConnectionsAhead } from './connections-ahead.ts'
import type { Connector } from './connector.ts'
import type { EndpointAddress, EndpointSpec } from './endpoint-spec.ts'
import { limitPerHost } from './host-breaker.ts'
import { outlierStatus } from './outlier-status.ts'
import type { OutlierWatch } from './outlier-watch.ts'
import type { ClusterBreakers, RoutingPriority } from './priority-breaker.ts'

/** What the hosts of a cluster share. */
export interface HostContext extends Pick<Ambient, 'clock' | 'timers'> {
  readonly cluster: CompiledCluster
  readonly breakers: ClusterBreakers
  /** Undefined: nobody looks for outliers. */
  readonly outliers: OutlierWatch<ConnectedHost> | undefined
  readonly stats: ConnectionStats
  readonly createPool: HttpPoolFactory
  /** Before a request: connections for those that follow. Undefined: none. */
  readonly preconnectNext: ((choice: PoolChoice) => void) | undefined
  /** What the balancer may learn of a host from the head of an answer. */
  readonly onAnswer: (host: ConnectedHost, answer: ResponseHead) => void
  /** `cluster.<name>`. */
  readonly scope: StatsScope
}

/** Connections of a cluster, under Envoy's names. */
export interface ConnectionStats {
  readonly total: Counter
  readonly active: Gauge
  readonly destroyed: Counter
  readonly failed: Counter
  readonly maxDurationReached: Counter
  readonly received: Counter
  readonly sent: Counter
  readonly connectMs: Histogram
}

export function connectionStats(scope: StatsScope): ConnectionStats {
  return {
    total: scope.counter('upstream_cx_total'),
    active: scope.gauge('upstream_cx_active'),
    destroyed: scope.counter('upstream_cx_destroy'),
    failed: scope.counter('upstream_cx_connect_fail'),
    maxDurationReached: scope.counter('upstream_cx_max_duration_reached'),
    received: scope.counter('upstream_cx_rx_bytes_total'),
    sent: scope.counter('upstream_cx_tx_bytes_total'),
    connectMs: scope.histogram('upstream_cx_connect_ms'),
  }
}

/** A host with its pools. */
export class ConnectedHost implements UpstreamHost {
  readonly address: string
  readonly hostname: string | undefined
  readonly connectEvent: 'connect' | 'secureConnect'
  /** The cluster keeps it as its endpoint says. */
  metadata: Readonly<Record<string, unknown>> = {}
  /** And this, too. */
  health: EndpointSpec['health']
  activeRequests = 0
  /** When it came, healthy: slow start counts from then. As in Envoy, one that comes unhealthy begins at once. */
  readonly healthySince: number
  /** For `/clusters`. */
  readonly counts = { cxTotal: 0, cxActive: 0, cxConnectFail: 0, rqTotal: 0 }
  readonly #to: EndpointAddress
  readonly #connector: Connector
  readonly #context: HostContext
  #pool: HttpPool
  readonly #monitor: HostMonitor<ConnectedHost> | undefined
  /** Few routes are of high priority: made when first asked for. */
  #highPool: HttpPool | undefined
  /** Of connections that carry no HTTP; made when first asked for. */
  #ahead: ConnectionsAhead | undefined
  /** No more connections are made ahead: whoever still holds the host is one of the last. */
  #isLeft = false

  constructor(
    to: EndpointAddress,
    { hostname, health }: Pick<EndpointSpec, 'hostname' | 'health'>,
    connector: Connector,
    context: HostContext,
  ) {
    this.address = addressText(to)
    this.healthySince = health === 'healthy' ? context.clock.now() : Number.NEGATIVE_INFINITY
    this.hostname = hostname
    this.health = health
    this.connectEvent = connector.connectEvent
    this.#to = to
    this.#connector = connector
    this.#context = context
    this.#pool = this.#countingPool('default')
    this.#monitor = context.outliers?.add(this)
  }

  httpPool(priority: RoutingPriority, client?: ConnectionFacts): HttpPool {
    // Nobody else's request may go where the host was told of this client.
    if (this.#connector.tellsClient && client !== undefined) {
      return this.#countingPool(priority, client)
    }
    if (priority === 'default') return this.#pool
    this.#highPool ??= this.#countingPool('high')
    return this.#highPool
  }

  preconnect(ratio: number, choice: PoolChoice): boolean {
    if (this.#isLeft || this.#connector.tellsClient || !this.#isSound) return false
    if (choice === 'relayed') return this.#connectionsAhead().preconnect(ratio)
    return this.httpPool(choice.priority).preconnect(ratio, choice.version)
  }

  /** Of all its pools. */
  get load(): PoolLoad {
    const others = [this.#highPool?.load ?? noLoad, this.#ahead?.load ?? noLoad]
    return others.reduce(addLoads, this.#pool.load)
  }

  /** Closes idle connections now, the others after their request. */
  drain(): void {
    this.#isLeft = true
    this.#pool.drain()
    this.#highPool?.drain()
    this.#ahead?.close()
  }

  /** New connections for what comes from now on; idle ones close, the others after their request. */
  renewConnections(): void {
    this.drain()
    this.#isLeft = false
    this.#pool = this.#countingPool('default')
    this.#highPool = undefined
    this.#ahead = undefined
  }

  /** Closes pooled connections now. */
  close(): void {
    this.#isLeft = true
    this.#pool.close()
    this.#highPool?.close()
    this.#ahead?.close()
  }

  connect(client?: ConnectionFacts): Socket {
    return this.#connect(undefined, client)
  }

  openAdmitted(client: ConnectionFacts): AdmittedConnection | undefined {
    this.#context.preconnectNext?.('relayed')
    if (this.#preconnects) this.#connectionsAhead()
    const ready = this.#ahead?.take()
    if (ready === undefined && !this.admitConnection()) return undefined
    const connection = ready?.connection ?? this.#open(undefined, client)
    this.#ahead?.use(connection, ready === undefined ? 1 : 0)
    return { connection, connected: ready?.connected === true }
  }

  admitConnection(): boolean {
    return this.#breaker('default').admitConnection()
  }

  /** Left out for a while, by outlier detection. */
  get ejected(): boolean {
    return this.#monitor?.isEjected === true
  }

  reportAnswer(answer: ResponseHead, request: RequestHead): void {
    this.#context.onAnswer(this, answer)
    if (this.#monitor === undefined) return
    const status = outlierStatus(answer, request)
    this.#monitor.httpStatus(status, this.#context.clock.now())
    if (status >= 500) this.#context.outliers?.settle()
  }

  reportResult(result: OutlierResult, status?: number): void {
    if (this.#monitor === undefined) return
    this.#monitor.record(result, this.#context.clock.now(), status)
    if (!result.startsWith('connected')) this.#context.outliers?.settle()
  }

  releaseConnection(): void {
    this.#context.breakers.default.releaseConnection()
  }

  releaseRequest(priority: RoutingPriority): void {
    this.#context.breakers[priority].releaseRequest()
  }

  #open(
    offer: OfferedProtocol | undefined,
    client: ConnectionFacts | undefined,
  ): OutgoingConnection {
    const startedAt = this.#context.clock.now()
    const bare = this.#connector.connectBare?.(this.#to)
    return bare === undefined ? this.#connect(offer, client) : this.#counted(bare, startedAt)
  }

  #connect(offer: OfferedProtocol | undefined, client: ConnectionFacts | undefined): Socket {
    const startedAt = this.#context.clock.now()
    return this.#counted(this.#connector.connect(this.#to, offer, client), startedAt)
  }

  #counted<Outgoing extends OutgoingConnection>(socket: Outgoing, startedAt: number): Outgoing {
    const { stats, clock } = this.#context
    let connected = false
    stats.total.inc()
    stats.active.add(1)
    this.counts.cxTotal++
    this.counts.cxActive++
    socket.once(this.connectEvent, () => {
      connected = true
      stats.connectMs.record(clock.now() - startedAt)
    })
    socket.on('close', () => {
      stats.active.add(-1)
      stats.destroyed.inc()
      stats.received.inc(socket.bytesRead)
      stats.sent.inc(socket.bytesWritten)
      this.counts.cxActive--
      if (connected) return
      stats.failed.inc()
      this.counts.cxConnectFail++
    })
    return socket
  }

  #breaker(priority: RoutingPriority): PoolBreaker {
    const { breakers, cluster } = this.#context
    const most = cluster.breakers.perHost[priority]
    return most === undefined
      ? breakers[priority]
      : limitPerHost(breakers[priority], () => this.counts.cxActive < most)
  }

  /** As in Envoy, no connections are made ahead to a host that requests may soon avoid. */
  get #isSound(): boolean {
    return this.health === 'healthy' && !this.ejected
  }

  /** One that is told of its client has no connections for others. */
  get #preconnects(): boolean {
    const { perHost, predictive } = this.#context.cluster.balancing.preconnect
    return (perHost > 1 || predictive > 1) && !(this.#isLeft || this.#connector.tellsClient)
  }

  get #ratio(): number {
    return this.#isSound ? this.#context.cluster.balancing.preconnect.perHost : 1
  }

  #connectionsAhead(): ConnectionsAhead {
    const { cluster, timers } = this.#context
    this.#ahead ??= new ConnectionsAhead({
      connect: () => this.#connect(undefined, undefined),
      connectEvent: this.connectEvent,
      connectTimeoutMs: cluster.connectTimeoutMs,
      ratio: () => this.#ratio,
      breaker: this.#breaker('default'),
      timers,
    })
    return this.#ahead
  }

  get #ageLimit(): AgeLimit | undefined {
    const { cluster, stats } = this.#context
    const { maxConnectionMs: ms } = cluster.http
    return ms === Number.POSITIVE_INFINITY
      ? undefined
      : { ms, onReached: () => stats.maxDurationReached.inc() }
  }

  /** One for a single client is for a single request, too: its connections are of no use to others. */
  #countingPool(priority: RoutingPriority, client?: ConnectionFacts): HttpPool {
    const { cluster, timers, createPool, preconnectNext } = this.#context
    const pool = createPool({
      connect: (offer) => this.#open(offer, client),
      connectUndecided: () => this.#connect('alpn', client),
      connectEvent: this.connectEvent,
      connectTimeoutMs: cluster.connectTimeoutMs,
      ...cluster.http,
      ...(client && { maxRequestsPerConnection: 1 }),
      ageLimit: this.#ageLimit,
      preconnectRatio: this.#preconnects ? () => this.#ratio : undefined,
      stats: this.#context.scope,
      timers,
      breaker: this.#breaker(priority),
    })
    return {
      newStream: (receiver, callbacks) => {
        this.counts.rqTotal++
        preconnectNext?.({ priority, version: callbacks.version })
        return pool.newStream(receiver, callbacks)
      },
      preconnect: (ratio, version) => pool.preconnect(ratio, version),
      get load() {
        return pool.load
      },
      drain: () => pool.drain(),
      close: () => pool.close(),
    }
  }
}

/** How an address is shown: `ip:port`, or the path of a Unix socket. */
export function addressText(to: EndpointAddress): string {
  return to.kind === 'pipe' ? to.path : hostPort(to.host, to.port)
}
