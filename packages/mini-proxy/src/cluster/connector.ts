import { connect, type IpcNetConnectOpts, isIP, Socket, type TcpNetConnectOpts } from 'node:net'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { avoidsSockets } from '../channel/open-channel.ts'
import { TcpConnection } from '../channel/tcp-connection.ts'
import type { OfferedProtocol } from '../http/pool.ts'
import type { ConnectionFacts } from '../http/stream.ts'
import { proxiedAddresses, writeProxyHeader } from '../network/proxy-header.ts'
import {
  type HeaderPlan,
  type TransportSocketJson,
  tlsContextOf,
  unwrapProxyProtocol,
} from '../network/transport-socket.ts'
import type { Secrets } from '../tls/supplied-tls.ts'
import {
  compileUpstreamTls,
  type UpstreamTls,
  type UpstreamTlsContextJson,
} from '../tls/upstream-tls.ts'
import type { EndpointAddress, EndpointSpec } from './endpoint-spec.ts'

/** Opens connections of one kind: plain, or TLS as one context says. */
export interface Connector {
  /** Distinguishes the kinds of one cluster. */
  readonly name: string
  readonly connectEvent: 'connect' | 'secureConnect'
  /** Hosts are told of the client: a connection is for what came on one other connection only. */
  readonly tellsClient: boolean
  /** `offer`: what HTTP is to be agreed on; undefined for what is none. `client`: whom the connection is for. */
  connect(to: EndpointAddress, offer: OfferedProtocol | undefined, client?: ConnectionFacts): Socket
  /** The same without a socket, where that will do; undefined: it will not. */
  connectBare?(to: EndpointAddress): TcpConnection | undefined
}

/** The connector for an endpoint, chosen by its metadata. */
export type ConnectorChooser = (endpoint: Pick<EndpointSpec, 'metadata'>) => Connector

/**
 * Compiles a cluster's transport sockets.
 *
 * @throws {ProxyError} on what cannot be honored
 */
export function compileConnectors(
  cluster: ClusterJson,
  secrets: Secrets,
): {
  readonly choose: ConnectorChooser
  /** Some TLS context does not say which certificates are good. */
  readonly unverified: boolean
} {
  const options = connectOptions(cluster)
  const all: Compiled[] = []
  const compile = (name: string, json: TransportSocketJson | undefined): Connector => {
    const compiled = compileConnector(name, json, { options, secrets })
    all.push(compiled)
    return compiled.connector
  }
  const fallback = compile('', cluster.transportSocket)
  const matches = (cluster.transportSocketMatches ?? []).map((it, i) => ({
    wanted: Object.entries(it.match ?? {}),
    connector: compile(`${i}:${it.name ?? ''}`, it.transportSocket),
  }))
  return {
    unverified: all.some((it) => it.tls?.verifies === false),
    choose: ({ metadata }) => {
      const labels = metadata['envoy.transport_socket_match'] ?? {}
      const match = matches.find(({ wanted }) =>
        wanted.every(([key, value]) => JSON.stringify(labels[key]) === JSON.stringify(value)),
      )
      return match?.connector ?? fallback
    },
  }
}

interface Compiled {
  readonly connector: Connector
  readonly tls: UpstreamTls | undefined
}

interface ConnectOptions extends Omit<TcpNetConnectOpts, 'port' | 'host'> {
  readonly highWaterMark: number
}

function compileConnector(
  name: string,
  json: TransportSocketJson | undefined,
  { options, secrets }: { readonly options: ConnectOptions; readonly secrets: Secrets },
): Compiled {
  const { header, inner } = unwrapProxyProtocol(json)
  const tellsClient = header !== undefined
  const headerFor = (client: ConnectionFacts | undefined): Buffer | undefined =>
    header && writeHeader(header, client)
  const context = tlsContextOf(inner)
  if (context === undefined) {
    const plain: Connector = {
      name,
      tellsClient,
      connectEvent: 'connect',
      connect: (to, _offer, client) =>
        opened(() => beginning(connect(target(to, options)), headerFor(client))),
      ...(avoidsSockets && !tellsClient && { connectBare: (to) => connectBare(to, options) }),
    }
    return { connector: plain, tls: undefined }
  }
  // The shape was validated with its message type.
  const tls = compileUpstreamTls('upstream_tls_context', context as UpstreamTlsContextJson, secrets)
  const secure: Connector = {
    name,
    connectEvent: 'secureConnect',
    tellsClient,
    connect: (to, offer, client) =>
      opened(() => tls.connect(target(to, options), offer, headerFor(client))),
  }
  return { connector: secure, tls }
}

function writeHeader(plan: HeaderPlan, client: ConnectionFacts | undefined): Buffer {
  const addresses = client && proxiedAddresses(client)
  const tlvs = addresses?.tlvs?.filter(({ type }) => plan.passes(type)) ?? []
  return writeProxyHeader(plan.version, addresses && { ...addresses, tlvs }, plan.added)
}

/** Sends `header` as soon as there is a connection, before whatever is written then. */
function beginning(socket: Socket, header: Buffer | undefined): Socket {
  if (header !== undefined) socket.write(header)
  return socket
}

function connectBare(to: EndpointAddress, options: ConnectOptions): TcpConnection | undefined {
  const { localAddress, localPort, keepAlive } = options
  const needsSocket = localAddress ?? localPort ?? keepAlive
  if (needsSocket !== undefined || to.kind === 'pipe' || isIP(to.host) === 0) return undefined
  return TcpConnection.connect(to, options)
}

/** Node throws at once for addresses that can be none; that is a connection that failed, like any other. */
function opened(open: () => Socket): Socket {
  try {
    return open()
  } catch (error) {
    return new Socket().destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

function target(
  to: EndpointAddress,
  options: ConnectOptions,
): TcpNetConnectOpts | IpcNetConnectOpts {
  const { allowHalfOpen, highWaterMark } = options
  const pipe = { allowHalfOpen, highWaterMark }
  if (to.kind === 'pipe') return { ...pipe, path: to.path }
  // Node would throw, too, but leave the handle that it has made by then.
  if (to.host.includes('\0')) throw new TypeError('a host with a NUL in its name')
  return { ...options, host: to.host, port: to.port }
}

function connectOptions(cluster: ClusterJson): ConnectOptions {
  const source = cluster.upstreamBindConfig?.sourceAddress
  const keepalive = cluster.upstreamConnectionOptions?.tcpKeepalive
  return {
    allowHalfOpen: true,
    noDelay: true,
    highWaterMark: Math.min(
      cluster.perConnectionBufferLimitBytes || maxBufferBytes,
      maxBufferBytes,
    ),
    ...(source?.address && { localAddress: source.address }),
    ...(source?.portValue && { localPort: source.portValue }),
    ...(keepalive && {
      keepAlive: true,
      keepAliveInitialDelay: (keepalive.keepaliveTime ?? defaultKeepaliveSeconds) * 1000,
    }),
  }
}

/** Node's own, and as much as a read brings at once; Envoy's 1 MiB would only hold more back. */
const maxBufferBytes = 65_536
/** Linux's. */
const defaultKeepaliveSeconds = 7200
