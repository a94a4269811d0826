import type { OutlierResult } from '@meshwright/circuit-breaker'
import type { AccessLogJson } from '@meshwright/xds-types/envoy/config/accesslog/v3'
import {
  type AccessLogger,
  checkAccessLogs,
  createAccessLogger,
  type WriteAccessLog,
} from '../access-log/access-logger.ts'
import { StreamInfo } from '../access-log/stream-info.ts'
import type { Ambient } from '../ambient.ts'
import type {
  AdmittedConnection,
  Cluster,
  ClusterSet,
  PickContext,
  UpstreamHost,
} from '../cluster/cluster.ts'
import { refuse, refuseFields } from '../errors.ts'
import { deadlinesOn, type Expiring } from '../http/deadlines.ts'
import type { ConnectionFacts } from '../http/stream.ts'
import type { Connection, OutgoingConnection } from '../network/connection.ts'
import { timeoutMs } from '../network/duration.ts'
import { hostPort } from '../network/ip-address.ts'
import type { NetworkFilter } from '../network/network-filter.ts'
import type { Counter, Gauge, StatsScope } from '../stats/stats.ts'
import { OpenConnections } from './open-connections.ts'
import { relay } from './relay.ts'
import { type TcpTarget, type TcpTargetsJson, targetChooser } from './tcp-target.ts'

/** `envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy` in proto3 JSON, as far as it is honored. */
export interface TcpProxyJson extends TcpTargetsJson {
  readonly statPrefix?: string
  readonly idleTimeout?: string
  readonly maxDownstreamConnectionDuration?: string
  readonly maxConnectAttempts?: number
  readonly accessLog?: readonly AccessLogJson[]
}

/** What the filter takes from the proxy around it. */
export interface TcpProxyContext extends Ambient {
  /** The clusters in force now; asked once per connection. */
  readonly clusters: () => ClusterSet
  /** Root scope; the filter adds `tcp.<stat_prefix>`. */
  readonly stats: StatsScope
  /** Takes finished lines of access logs, and the path that the config names. */
  readonly accessLog: WriteAccessLog
}

/** @throws {ProxyError} on what cannot be honored */
export function checkTcpProxy(config: TcpProxyJson): void {
  refuseFields('tcp_proxy', config, unsupported)
  const weighted = config.weightedClusters?.clusters ?? []
  const reasons = checkAccessLogs(config.accessLog ?? [])
  if (reasons.length > 0) refuse(`tcp_proxy: ${reasons.join('; ')}`)
  if (config.cluster === undefined && weighted.length === 0) refuse('tcp_proxy names no cluster')
}

/** Relays connections to a host of the cluster it names. A connection that finds none is closed. */
export function createTcpProxy(config: TcpProxyJson, context: TcpProxyContext): NetworkFilter {
  return new TcpProxy(config, context)
}

const unsupported = [
  'tunnelingConfig',
  'onDemand',
  'upstreamConnectMode',
  'accessLogOptions',
  'accessLogFlushInterval',
  'proxyProtocolTlvs',
]
/** Envoy's. */
const defaultIdleMs = 3_600_000

class TcpProxy implements NetworkFilter {
  readonly #context: TcpProxyContext
  readonly #chooseTarget: () => TcpTarget
  readonly #maxAttempts: number
  readonly #idleTimeoutMs: number
  readonly #maxDurationMs: number
  readonly #open = new OpenConnections()
  readonly #stats: TcpStats
  readonly #loggers: readonly AccessLogger[]

  constructor(config: TcpProxyJson, context: TcpProxyContext) {
    checkTcpProxy(config)
    this.#context = context
    this.#chooseTarget = targetChooser(config, context.random)
    this.#maxAttempts = config.maxConnectAttempts ?? 1
    this.#idleTimeoutMs = timeoutMs(config.idleTimeout, defaultIdleMs)
    this.#maxDurationMs = timeoutMs(config.maxDownstreamConnectionDuration, Infinity)
    this.#loggers = (config.accessLog ?? []).map((it) =>
      createAccessLogger(it, context.accessLog, context.random),
    )
    this.#stats = tcpStats(context.stats.scope(`tcp.${config.statPrefix ?? ''}`))
  }

  get activeConnections(): number {
    return this.#open.size
  }

  onConnection(socket: Connection, facts: ConnectionFacts): void {
    this.#stats.total.inc()
    this.#stats.active.add(1)
    const info = this.#loggedInfo(facts)
    const stopTimer = this.#endInTime(socket, info)
    this.#open.add(socket, () => {
      stopTimer?.()
      this.#stats.active.add(-1)
      if (info !== undefined) this.#log(info)
    })
    const { name, metadataMatch } = this.#chooseTarget()
    if (info !== undefined) info.upstreamCluster = name
    const cluster = this.#context.clusters().get(name)
    if (cluster === undefined) {
      this.#stats.noRoute.inc()
      info?.addFlag('NC')
      socket.destroy()
      return
    }
    this.#connect({ socket, facts, info, cluster, metadataMatch, attempt: 0 })
  }

  /** Connections have no point at which they could be asked to leave: they run on until they end or are closed. */
  drain(): void {}

  close(): void {
    this.#open.destroyAll()
  }

  /** Undefined: nobody logs it, and what would only be logged is not asked for. */
  #loggedInfo(facts: ConnectionFacts): StreamInfo | undefined {
    if (this.#loggers.length === 0) return undefined
    const { clock, wallClock } = this.#context
    return new StreamInfo(facts, wallClock(), () => clock.now())
  }

  #log(info: StreamInfo): void {
    info.markEnd()
    for (const logger of this.#loggers) logger.log(info)
  }

  #endInTime(socket: Connection, info: StreamInfo | undefined): (() => void) | undefined {
    if (this.#maxDurationMs === Infinity) return undefined
    const deadlines = deadlinesOn(this.#context.timers)
    const end: Expiring = {
      deadline: deadlines.after(this.#maxDurationMs),
      onDeadline: () => {
        deadlines.remove(end)
        this.#stats.maxDuration.inc()
        info?.addFlag('DT')
        socket.destroy()
      },
    }
    deadlines.add(end)
    return () => deadlines.remove(end)
  }

  #connect(work: Connecting): void {
    const host = work.cluster.pick(this.#pickContext(work))
    if (host === undefined) {
      work.cluster.stats.counter('upstream_cx_none_healthy').inc()
      work.info?.addFlag('UH')
      work.socket.destroy()
      return
    }
    if (work.info !== undefined) work.info.upstreamHost = host.address
    const admitted = host.openAdmitted(work.facts)
    if (admitted === undefined) {
      work.info?.addFlag('UO')
      work.socket.destroy()
      return
    }
    host.activeRequests++
    admitted.connection.on('close', () => {
      host.activeRequests--
      host.releaseConnection()
    })
    this.#awaitConnected(work, host, admitted)
  }

  #awaitConnected(work: Connecting, host: UpstreamHost, admitted: AdmittedConnection): void {
    const { timers } = this.#context
    const { connection: upstream } = admitted
    const { socket, cluster, info } = work
    let connected = false
    let failure: OutlierResult | undefined = 'connect-failed'
    const timer = timers.setTimeout(() => {
      cluster.stats.counter('upstream_cx_connect_timeout').inc()
      failure = 'local-timeout'
      upstream.destroy()
    }, cluster.connectTimeoutMs)
    const giveUp = (): void => {
      failure = undefined
      upstream.destroy()
    }
    socket.on('close', giveUp)
    upstream.on('error', (error) => this.#logFailure(cluster, host, error))
    const onConnected = (): void => {
      connected = true
      // From here on the one that closes takes the other along.
      socket.off('close', giveUp)
      host.reportResult('connected-final')
      timers.clearTimeout(timer)
      if (info !== undefined) info.upstreamLocalAddress = localAddressOf(upstream)
      this.#relay(work, upstream)
    }
    if (admitted.connected) onConnected()
    else upstream.once(host.connectEvent, onConnected)
    upstream.on('close', () => {
      timers.clearTimeout(timer)
      socket.off('close', giveUp)
      if (connected) return
      if (failure !== undefined) host.reportResult(failure)
      this.#afterFailure(work)
    })
  }

  #afterFailure(work: Connecting): void {
    if (work.socket.destroyed) return
    const attempt = work.attempt + 1
    if (attempt < this.#maxAttempts) {
      this.#connect({ ...work, attempt })
      return
    }
    work.cluster.stats.counter('upstream_cx_connect_attempts_exceeded').inc()
    work.info?.addFlag('UF')
    work.socket.destroy()
  }

  #relay({ socket, info }: Connecting, upstream: OutgoingConnection): void {
    const { received, sent } = this.#stats
    relay(socket, upstream, {
      idleTimeoutMs: this.#idleTimeoutMs,
      timers: this.#context.timers,
      onForward: (bytes) => {
        received.inc(bytes)
        if (info !== undefined) info.bytesReceived += bytes
      },
      onBackward: (bytes) => {
        sent.inc(bytes)
        if (info !== undefined) info.bytesSent += bytes
      },
    })
  }

  #pickContext({ facts, metadataMatch }: Connecting): PickContext {
    const { originalDestination } = facts
    return {
      random: this.#context.random,
      ...(originalDestination !== undefined && { originalDestination }),
      ...(metadataMatch !== undefined && { metadataMatch }),
    }
  }

  #logFailure(cluster: Cluster, host: UpstreamHost, error: Error): void {
    this.#context.log({
      level: 'debug',
      scope: 'upstream',
      message: `connection to ${host.address} of ${cluster.name} failed: ${error.message}`,
    })
  }
}

interface Connecting {
  readonly socket: Connection
  readonly facts: ConnectionFacts
  readonly info: StreamInfo | undefined
  readonly cluster: Cluster
  readonly metadataMatch: TcpTarget['metadataMatch']
  readonly attempt: number
}

function localAddressOf({ localAddress = '', localPort = 0 }: OutgoingConnection): string {
  return hostPort(localAddress, localPort)
}

interface TcpStats {
  readonly total: Counter
  readonly active: Gauge
  readonly received: Counter
  readonly sent: Counter
  readonly noRoute: Counter
  readonly maxDuration: Counter
}

function tcpStats(scope: StatsScope): TcpStats {
  return {
    total: scope.counter('downstream_cx_total'),
    active: scope.gauge('downstream_cx_active'),
    received: scope.counter('downstream_cx_rx_bytes_total'),
    sent: scope.counter('downstream_cx_tx_bytes_total'),
    noRoute: scope.counter('downstream_cx_no_route'),
    maxDuration: scope.counter('max_downstream_connection_duration'),
  }
}
