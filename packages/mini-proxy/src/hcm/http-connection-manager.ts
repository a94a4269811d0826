import { hashOfKeys } from '@meshwright/lb-algorithms'
import { compileRoutes } from '@meshwright/route-matcher'
import type { HttpConnectionManagerJson } from '@meshwright/xds-types/envoy/extensions/filters/network/http_connection_manager/v3'
import { checkAccessLogs } from '../access-log/access-logger.ts'
import { StreamInfo } from '../access-log/stream-info.ts'
import { Bag } from '../bag.ts'
import type { ChannelSource } from '../channel/open-channel.ts'
import type { FilterRegistry } from '../filters/filter-registry.ts'
import { HeaderList } from '../http/header-list.ts'
import { reasonPhrases } from '../http/reason-phrases.ts'
import type { ConnectionFacts } from '../http/stream.ts'
import { type Http1Fault, overloaded } from '../http1/http1-fault.ts'
import { Http1ServerConnection, type ServerConnectionOptions } from '../http1/server-connection.ts'
import type { Http2Fault } from '../http2/http2-fault.ts'
import { Http2ServerConnection } from '../http2/server-connection.ts'
import {
  type ServerConnection,
  UndecidedConnection,
  type UndecidedOptions,
} from '../http2/undecided-connection.ts'
import type { Connection } from '../network/connection.ts'
import type { HeavyStream, IdleConnections, NetworkFilter } from '../network/network-filter.ts'
import { reducedMs } from '../overload/timeout-floors.ts'
import { checkConnectConfigs } from '../router/check-connect-configs.ts'
import { checkHeaderFormats } from '../router/check-header-formats.ts'
import { checkFilters, inertFilters } from './filter-chain.ts'
import { drainGradually } from './gradual-drain.ts'
import type { HcmContext } from './hcm-context.ts'
import type { HcmOptions } from './hcm-options.ts'
import { HcmRuntime } from './hcm-runtime.ts'
import { HttpStream } from './http-stream.ts'
import { ignoredRouteParts } from './ignored-route-parts.ts'
import { compileLocalReplyMapper } from './local-reply-mapper.ts'
import { leavesForOverload } from './overload-reply.ts'
import { checkRouteFilters } from './route-filter-config.ts'
import { ignoredFields, unsupportedFields } from './supported-fields.ts'
import { checkUpgrades } from './upgrades.ts'

/**
 * Why this proxy must refuse `config`: unknown filters, typed configs or options that it would not honour. Empty if it
 * can be served.
 */
export function checkHttpConnectionManager(
  config: HttpConnectionManagerJson,
  registry: FilterRegistry,
): string[] {
  const reasons = unsupportedFields(config)
  reasons.push(...checkFilters(config.httpFilters ?? [], registry))
  reasons.push(...checkUpgrades(config.upgradeConfigs ?? [], registry))
  reasons.push(...checkAccessLogs(config.accessLog ?? []))
  if (config.localReplyConfig !== undefined) {
    reasons.push(...faultsOf(() => compileLocalReplyMapper(config.localReplyConfig ?? {}, () => 0)))
  }
  if (config.routeConfig !== undefined) {
    reasons.push(...checkRouteConfiguration(config.routeConfig, registry))
  } else if (config.rds?.routeConfigName === undefined) reasons.push('there are no routes')
  return reasons
}

/** Why this proxy must refuse a route configuration. Empty if it can be served. */
export function checkRouteConfiguration(
  config: NonNullable<HttpConnectionManagerJson['routeConfig']>,
  registry: FilterRegistry,
): string[] {
  return [
    ...checkRouteFilters(config, registry),
    ...checkHeaderFormats(config),
    ...checkConnectConfigs(config),
    ...faultsOf(() => compileRoutes(config, { hashOfKeys })),
  ]
}

/** Names what of a route configuration makes no difference. */
export function warnOfRoutes(
  config: NonNullable<HttpConnectionManagerJson['routeConfig']>,
  warnOnce: HcmContext['warnOnce'],
): void {
  for (const part of ignoredRouteParts(config)) {
    warnOnce(`route.${part}`, `route configuration ${config.name}: ${part} is not honoured`)
  }
}

function faultsOf(compile: () => unknown): string[] {
  try {
    compile()
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

/** Serves HTTP on the connections of one filter chain, as `config` says. */
export function createHttpConnectionManager(
  config: HttpConnectionManagerJson,
  context: HcmContext,
): NetworkFilter {
  for (const field of ignoredFields(config)) {
    context.warnOnce(`hcm.${field}`, `http_connection_manager: ${field} is not honoured`)
  }
  for (const name of inertFilters(config.httpFilters ?? [], context.filters)) {
    context.warnOnce(`http_filter.${name}`, `http filter ${name} is accepted but does nothing`)
  }
  if (config.routeConfig !== undefined) warnOfRoutes(config.routeConfig, context.warnOnce)
  return new HttpConnectionManager(new HcmRuntime(config, context))
}

/** Envoy's names for faults of the codec. */
const faultDetails: Readonly<Record<string, string>> = {
  'HTTP/1.0': 'low_version',
  'content-length beside transfer-encoding': 'http1.content_length_and_chunked_not_allowed',
  'head too large': 'http1.headers_too_large',
  'https target on plain text': 'http1.https_url_on_plaintext_connection',
  overload: 'overload',
  'missing host': 'missing_host_header',
  'request header timeout': 'request_header_timeout',
  'too many headers': 'http1.too_many_headers',
  'unknown transfer-encoding': 'http1.invalid_transfer_encoding',
}

class HttpConnectionManager implements NetworkFilter {
  readonly #runtime: HcmRuntime
  readonly #connections = new Bag<ServerConnection>()
  // The same for all connections: of many that are idle each should cost little.
  readonly #plainHttp1: ServerConnectionOptions
  readonly #secureHttp1: ServerConnectionOptions
  readonly #undecided: UndecidedOptions
  readonly #leastIdleMs: number
  #draining: IdleConnections | undefined
  #stopDrain = (): void => undefined

  constructor(runtime: HcmRuntime) {
    this.#runtime = runtime
    const { idleTimeoutMs } = runtime.options
    this.#leastIdleMs = reducedMs(idleTimeoutMs, runtime.context.overload.floors.connectionIdle, 1)
    this.#plainHttp1 = this.#http1Options('http')
    this.#secureHttp1 = this.#http1Options('https')
    const { options, deadlines } = runtime
    this.#undecided = {
      deadlines,
      idleTimeoutMs: options.idleTimeoutMs,
      leastIdleMs: this.#leastIdleMs,
      requestHeadersTimeoutMs: options.requestHeadersTimeoutMs,
      sheds: () => this.#shedsCodec(),
      open: (version, source, facts) => this.#open(version, source, facts),
      onClose: (connection) => this.#onClosed(connection),
    }
  }

  get activeConnections(): number {
    return this.#connections.size
  }

  onConnection(socket: Connection, facts: ConnectionFacts): void {
    if (socket.destroyed) return
    const { stats, options } = this.#runtime
    stats.connections.inc()
    stats.activeConnections.add(1)
    const version = versionOf(options.codec, facts)
    // A codec that may not be made is not made before there is something to read.
    const isLate =
      version === undefined || this.#runtime.context.overload.loadShed.createCodec !== undefined
    const connection = isLate
      ? new UndecidedConnection(socket, facts, this.#undecided, version)
      : this.#open(version, socket, facts, () => this.#onClosed(connection))
    this.#connections.add(connection)
    if (this.#draining !== undefined) connection.drain(this.#draining)
  }

  drain(idle: IdleConnections, overMs = 0): void {
    this.#draining = idle
    this.#stopDrain()
    if (idle === 'wait' && overMs > 0) {
      this.#stopDrain = drainGradually(this.#connections, overMs, this.#runtime.context)
    } else for (const connection of this.#connections) connection.drain(idle)
  }

  *heavyStreams(leastBytes: number): Generator<HeavyStream> {
    for (const connection of this.#connections) {
      yield* connection.heavyStreams?.(leastBytes) ?? []
    }
  }

  close(): void {
    this.#stopDrain()
    for (const connection of this.#connections) connection.destroy()
  }

  #onClosed(connection: ServerConnection): void {
    const { stats } = this.#runtime
    this.#connections.delete(connection)
    stats.activeConnections.add(-1)
    stats.connectionsDestroyed.inc()
  }

  #open(
    version: 1 | 2,
    source: Connection | ChannelSource,
    facts: ConnectionFacts,
    onClosed?: () => void,
  ): ServerConnection {
    if (version === 2) return this.#openHttp2(source, facts, onClosed)
    this.#runtime.stats.http1Connections.inc()
    const options = facts.tls === undefined ? this.#plainHttp1 : this.#secureHttp1
    return new Http1ServerConnection(source, facts, options, onClosed)
  }

  #http1Options(scheme: 'http' | 'https'): ServerConnectionOptions {
    const { options, deadlines, context } = this.#runtime
    const { http1Dispatch } = context.overload.loadShed
    return {
      ...options,
      deadlines,
      scheme,
      leastIdleMs: this.#leastIdleMs,
      sheds: http1Dispatch && (() => http1Dispatch.sheds()),
      maxRequests: options.maxRequestsPerConnection,
      serverName: options.serverHeader === 'PASS_THROUGH' ? undefined : options.serverName,
      onStream: (sender, connectionFacts) => new HttpStream(this.#runtime, sender, connectionFacts),
      onFault: (why, begun, facts) => this.#onFault(why, begun ? undefined : facts),
    }
  }

  #openHttp2(
    socket: Connection | ChannelSource,
    facts: ConnectionFacts,
    onClosed: () => void = () => undefined,
  ): ServerConnection {
    const { options, deadlines, stats, context } = this.#runtime
    const { http2Dispatch } = context.overload.loadShed
    stats.http2Connections.inc()
    return new Http2ServerConnection(socket, facts, {
      ...options,
      deadlines,
      leastIdleMs: this.#leastIdleMs,
      stats: stats.http2,
      tooManyResets: stats.tooManyResets,
      sheds: http2Dispatch && (() => http2Dispatch.sheds()),
      isToLeave: () => leavesForOverload(this.#runtime),
      maxRequests: options.maxRequestsPerConnection,
      onStream: (sender, connectionFacts) => new HttpStream(this.#runtime, sender, connectionFacts),
      onFault: (why) => this.#onHttp2Fault(why),
      onClose: onClosed,
    })
  }

  /** Whether a connection is closed that would need a codec now. */
  #shedsCodec(): boolean {
    const { stats, context } = this.#runtime
    if (!context.overload.loadShed.createCodec?.sheds()) return false
    stats.overloadCloses.inc()
    return true
  }

  #onHttp2Fault(why: Http2Fault): void {
    const { stats, context } = this.#runtime
    if (why.status === 408) stats.headerTimeouts.inc()
    else stats.protocolErrors.inc()
    context.log({ level: 'debug', scope: 'http', message: `HTTP/2 refused: ${why.detail}` })
  }

  /** @param facts of the connection, if there is no stream that tells of it */
  #onFault(why: Http1Fault, facts: ConnectionFacts | undefined): void {
    const { stats, context } = this.#runtime
    const late = why.status === 408
    if (late) stats.headerTimeouts.inc()
    else if (why === overloaded) stats.overloadCloses.inc()
    else stats.protocolErrors.inc()
    context.log({ level: 'debug', scope: 'http', message: `request refused: ${why.detail}` })
    if (facts === undefined) return
    const info = new StreamInfo(facts, context.wallClock(), () => context.clock.now())
    info.response = { status: why.status, headers: new HeaderList() }
    if (!late) info.addFlag(why === overloaded ? 'OM' : 'DPE')
    info.responseCodeDetails = faultDetails[why.detail] ?? 'http1.codec_error'
    info.bytesSent = reasonPhrases[why.status]?.length ?? 0
    info.markEnd()
    this.#runtime.log(info)
  }
}

/** What a connection speaks, if that is known before its first byte. */
function versionOf(codec: HcmOptions['codec'], { tls }: ConnectionFacts): 1 | 2 | undefined {
  if (codec !== 'AUTO') return codec === 'HTTP2' ? 2 : 1
  if (tls?.alpn === 'h2') return 2
  return tls?.alpn?.startsWith('http/1') ? 1 : undefined
}
