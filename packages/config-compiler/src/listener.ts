import type {
  FilterChainJson,
  FilterJson,
  ListenerFilterJson,
  ListenerJson,
} from '@meshwright/xds-types/envoy/config/listener/v3'
import { typeUrl } from './names.ts'

/** Every address; where captured traffic is handed to, and where gateways listen. */
export const anyAddress = '0.0.0.0'

// As Istio: a TLS handshake may take this long; one connection is accepted at a time, so that
// the workers share them evenly.
const handshakeTimeout = '15s'

/** The name, address and direction of a listener. */
export function listenerOn(
  address: string,
  port: number,
  trafficDirection: 'INBOUND' | 'OUTBOUND',
): ListenerJson {
  return {
    name: `${address}_${port}`,
    address: { socketAddress: { address, portValue: port } },
    trafficDirection,
  }
}

/** What a listener that binds its own address adds. */
export const bound: ListenerJson = { maxConnectionsToAcceptPerSocketEvent: 1 }

/** A chain that ends in one filter. */
export function chain(filter: FilterJson): FilterChainJson {
  return { filters: [filter], transportSocketConnectTimeout: handshakeTimeout }
}

/** Tells HTTP from other protocols by the first bytes. */
export const httpInspector: ListenerFilterJson = {
  name: 'envoy.filters.listener.http_inspector',
  typedConfig: {
    '@type': typeUrl('envoy.extensions.filters.listener.http_inspector.v3.HttpInspector'),
  },
}

/** Tells TLS, and the server name in it. */
export const tlsInspector: ListenerFilterJson = {
  name: 'envoy.filters.listener.tls_inspector',
  typedConfig: {
    '@type': typeUrl('envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector'),
    initialReadBufferSize: 512,
  },
}

/** Finds where a captured connection was going. */
export const originalDestination: ListenerFilterJson = {
  name: 'envoy.filters.listener.original_dst',
  typedConfig: {
    '@type': typeUrl('envoy.extensions.filters.listener.original_dst.v3.OriginalDst'),
  },
}

/** Plain HTTP, as the HTTP inspector tells it. */
export const plainHttp = {
  transportProtocol: 'raw_buffer',
  applicationProtocols: ['http/1.1', 'h2c'],
} as const

/** Reads the address of the client from the header that a load balancer puts first. */
export const proxyProtocolFilter: ListenerFilterJson = {
  name: 'envoy.filters.listener.proxy_protocol',
  typedConfig: {
    '@type': typeUrl('envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol'),
  },
}
