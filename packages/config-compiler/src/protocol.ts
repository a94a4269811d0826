import type { Protocol } from '@meshwright/mesh-config'

/** How a listener treats the traffic of a port. */
export type Traffic = 'http' | 'tls' | 'tcp' | 'auto'

const http2 = new Set(['HTTP2', 'GRPC', 'GRPC_WEB'])
const http = new Set([...http2, 'HTTP', 'HTTP_PROXY'])
const tls = new Set(['HTTPS', 'TLS'])

/** What a declared protocol comes down to; nothing for one that is not carried (UDP, HBONE). */
export function trafficOf(protocol: Protocol | string): Traffic | undefined {
  const upper = canonical(protocol)
  if (http.has(upper)) return 'http'
  if (tls.has(upper)) return 'tls'
  if (upper === 'AUTO' || upper === '') return 'auto'
  return upper === 'UDP' || upper.endsWith('HBONE') ? undefined : 'tcp'
}

/** Whether HTTP/2 is spoken from the first byte. */
export function isHttp2(protocol: Protocol | string): boolean {
  return http2.has(canonical(protocol))
}

/** Gateways and Sidecars write protocols as they like, services have them read: `grpc-web`, `GRPC_WEB`. */
function canonical(protocol: string): string {
  return protocol.toUpperCase().replaceAll('-', '_')
}
