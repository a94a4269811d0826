import type { Match } from '@meshwright/route-matcher'
import type { FormatContext, TlsContext } from '@meshwright/substitution-format'
import type { HeaderList } from '../http/header-list.ts'
import { HeaderNames } from '../http/header-names.ts'
import type { ConnectionFacts, HttpVersion, RequestHead, ResponseHead } from '../http/stream.ts'
import { hostPort } from '../network/ip-address.ts'
import { flagNames } from './response-flags.ts'

/** Of nearly every request. */
const noFlags: readonly string[] = []

/** What is known of one request so far; the access log and header templates read it. Times are monotonic milliseconds. */
export class StreamInfo implements FormatContext {
  readonly connection: ConnectionFacts
  /** Milliseconds since 1970. */
  readonly startTime: number
  readonly #startedAt: number
  #flags: readonly string[] = noFlags
  readonly #now: () => number
  request: RequestHead | undefined
  response: ResponseHead | undefined
  responseTrailers: HeaderList | undefined
  /** The client's address after x-forwarded-for, without port. */
  remoteAddress: string
  responseCodeDetails: string | undefined
  localReplyBody: string | undefined
  bytesReceived = 0
  bytesSent = 0
  routeName: string | undefined
  virtualHostName: string | undefined
  virtualClusterName: string | undefined
  routeData: Readonly<Record<string, unknown>> | undefined
  upstreamCluster: string | undefined
  upstreamHost: string | undefined
  /** The host that a filter asks for. */
  overrideHost: { readonly address: string; readonly strictly: boolean } | undefined
  /** Undefined without a connection. */
  upstreamRemoteAddress: string | undefined
  upstreamLocalAddress: string | undefined
  /** Undefined: 1.1. */
  upstreamVersion: HttpVersion | undefined
  upstreamTransportFailureReason: string | undefined
  upstreamRequestAttemptCount: number | undefined
  #requestReceivedAt: number | undefined
  #requestSentAt: number | undefined
  #responseBeganAt: number | undefined
  #endedAt: number | undefined

  constructor(connection: ConnectionFacts, wallNow: number, now: () => number) {
    this.connection = connection
    this.startTime = wallNow
    this.#now = now
    this.#startedAt = now()
    this.remoteAddress = connection.remoteAddress
  }

  /** Tells of the route that was found; none: there is none. */
  setRoute(match: Match | undefined, virtualCluster: string | undefined): void {
    this.routeName = match?.route.name || undefined
    this.virtualHostName = match?.virtualHost.name
    this.virtualClusterName = virtualCluster
    this.routeData = match?.route.metadata
    if (match?.action.kind === 'cluster') this.upstreamCluster = match.cluster
  }

  /** Marks what went wrong, by Envoy's short flag. */
  addFlag(flag: string): void {
    if (!this.#flags.includes(flag)) this.#flags = [...this.#flags, flag]
  }

  /** The last byte of the request has arrived. */
  markRequestReceived(): void {
    this.#requestReceivedAt ??= this.#now()
  }

  /** The last byte of the request went upstream. */
  markRequestSent(): void {
    this.#requestSentAt = this.#now()
  }

  /** The first byte of the upstream's response has arrived. */
  markResponseBegan(): void {
    this.#responseBeganAt ??= this.#now()
  }

  /** All is said; to be called before the access log is written. */
  markEnd(): void {
    this.#endedAt ??= this.#now()
  }

  /** The last byte of the request has arrived. */
  get isRequestReceived(): boolean {
    return this.#requestReceivedAt !== undefined
  }

  /** Milliseconds since the last byte of the request arrived; 0 before. */
  sinceRequestMs(): number {
    return this.#requestReceivedAt === undefined ? 0 : this.#now() - this.#requestReceivedAt
  }

  /** Milliseconds since the request's head arrived. */
  elapsedMs(): number {
    return this.#now() - this.#startedAt
  }

  get responseFlags(): string {
    return this.#flags === noFlags ? '' : this.#flags.join(',')
  }

  get responseFlagsLong(): string {
    return this.#flags.map((flag) => flagNames[flag] ?? flag).join(',')
  }

  get responseCode(): number {
    return this.response?.status ?? 0
  }

  get protocol(): string {
    return protocolName(this.request?.version)
  }

  get upstreamProtocol(): string | undefined {
    if (this.upstreamLocalAddress === undefined) return undefined
    return protocolName(this.upstreamVersion)
  }

  get durationMs(): number | undefined {
    return this.#since(this.#endedAt)
  }

  get requestDurationMs(): number | undefined {
    return this.#since(this.#requestReceivedAt)
  }

  get requestTxDurationMs(): number | undefined {
    return this.#since(this.#requestSentAt)
  }

  get responseDurationMs(): number | undefined {
    return this.#since(this.#responseBeganAt)
  }

  get responseTxDurationMs(): number | undefined {
    if (this.#responseBeganAt === undefined || this.#endedAt === undefined) return undefined
    return this.#endedAt - this.#responseBeganAt
  }

  get upstreamClusterRaw(): string | undefined {
    return this.upstreamCluster
  }

  get downstreamRemoteAddress(): string {
    // Envoy puts port 0 beside an address that came from x-forwarded-for.
    const { remoteAddress, remotePort } = this.connection
    return hostPort(this.remoteAddress, this.remoteAddress === remoteAddress ? remotePort : 0)
  }

  get downstreamDirectRemoteAddress(): string {
    const { remoteAddress: address, remotePort: port } = this.connection
    const peer = this.connection.directPeer ?? { address, port }
    return hostPort(peer.address, peer.port)
  }

  get downstreamLocalAddress(): string {
    return hostPort(this.connection.localAddress, this.connection.localPort)
  }

  get downstreamTls(): TlsContext | undefined {
    return this.connection.tls
  }

  get requestedServerName(): string | undefined {
    return this.connection.tls?.serverName
  }

  get connectionId(): number {
    return this.connection.id
  }

  get streamId(): string | undefined {
    return this.requestHeader('x-request-id')
  }

  requestHeader(lowerName: string): string | undefined {
    const head = this.request
    if (head === undefined) return undefined
    switch (lowerName) {
      case ':authority':
      case 'host':
        return head.authority
      case ':path':
        return head.path
      case ':method':
        return head.method
      case ':scheme':
        return head.scheme
      default:
        return printed(head.headers, lowerName)
    }
  }

  responseHeader(lowerName: string): string | undefined {
    if (lowerName === ':status') return this.response && `${this.response.status}`
    return printed(this.response?.headers, lowerName)
  }

  responseTrailer(lowerName: string): string | undefined {
    return printed(this.responseTrailers, lowerName)
  }

  routeMetadata(namespace: string, path: readonly string[]): unknown {
    let found: unknown = this.routeData?.[namespace]
    for (const key of path) {
      if (typeof found !== 'object' || found === null) return undefined
      found = (found as Record<string, unknown>)[key]
    }
    return found
  }

  #since(at: number | undefined): number | undefined {
    return at === undefined ? undefined : Math.max(0, at - this.#startedAt)
  }
}

function protocolName(version: HttpVersion = '1.1'): string {
  if (version === '1.1') return 'HTTP/1.1'
  return version === '2' ? 'HTTP/2' : 'HTTP/1.0'
}

/** Of a header that was sent more than once Envoy prints the first, but for those that it joins when they arrive. */
function printed(headers: HeaderList | undefined, lowerName: string): string | undefined {
  const first = headers?.first(lowerName)
  return first !== undefined && joinedOnArrival.has(lowerName) ? headers?.get(lowerName) : first
}

const joinedOnArrival: HeaderNames = new HeaderNames([
  'accept',
  'accept-encoding',
  'cache-control',
  'connection',
  'cookie',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
])
