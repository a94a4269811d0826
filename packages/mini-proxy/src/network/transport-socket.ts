import { refuse } from '../errors.ts'
import { type TypedConfigJson, typeNameOf, unwrapTypedStruct } from '../network/typed-struct.ts'
import type { ProxyHeaderVersion, ProxyProtocolConfigJson } from './proxy-header.ts'
import { compileAddedTlvs, compileTlvChoice, type ProxyTlv, type TlvChoice } from './proxy-tlvs.ts'

/** `envoy.config.core.v3.TransportSocket` in proto3 JSON. */
export interface TransportSocketJson {
  readonly name?: string
  readonly typedConfig?: TypedConfigJson
}

const tlsTypes = new Set([
  'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
  'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
])
const rawBuffer = 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer'

/** The PROXY header that hosts are sent. Extensions are of version 2 alone. */
export interface HeaderPlan {
  readonly version: ProxyHeaderVersion
  readonly added: readonly ProxyTlv[]
  /** Which of the client's extensions are passed on. */
  readonly passes: TlvChoice
}

const proxyProtocol =
  'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport'

/** Takes the wrapper off that sends a PROXY header first; `header` is undefined where there is none. */
export function unwrapProxyProtocol(socket: TransportSocketJson | undefined): {
  readonly header: HeaderPlan | undefined
  readonly inner: TransportSocketJson | undefined
} {
  const config = socket?.typedConfig && unwrapTypedStruct(socket.typedConfig)
  if (typeNameOf(config?.['@type']) !== proxyProtocol) return { header: undefined, inner: socket }
  // The shape was validated with its message type.
  const { config: how = {}, transportSocket } = config as {
    config?: ProxyProtocolConfigJson
    transportSocket?: TransportSocketJson
  }
  const added = compileAddedTlvs('upstream_proxy_protocol.config.added_tlvs', how.addedTlvs)
  const passes = compileTlvChoice(how.passThroughTlvs)
  const header = { version: how.version === 'V2' ? 2 : 1, added, passes } as const
  return { header, inner: transportSocket }
}

/**
 * The TLS context of a transport socket; undefined for plain text.
 *
 * @throws {ProxyError} naming a transport socket that is neither
 */
export function tlsContextOf(socket: TransportSocketJson | undefined): TypedConfigJson | undefined {
  if (socket === undefined) return undefined
  const config = socket.typedConfig && unwrapTypedStruct(socket.typedConfig)
  const type = typeNameOf(config?.['@type'] ?? '')
  if (tlsTypes.has(type)) return config
  if (type === rawBuffer) return undefined
  if (config === undefined && socket.name === 'envoy.transport_sockets.raw_buffer') return undefined
  return refuse(`transport socket ${JSON.stringify(socket.name ?? '')} ${type} is not supported`)
}
