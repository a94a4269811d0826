import type { Protocol } from '@meshwright/mesh-config'

/** How a listener treats the traffic of a port. */
export type Traffic = 'http' | 'tls' | 'tcp' | 'auto'

const http = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB', 'HTTP_PROXY'])
const tls = new Set(['HTTPS', 'TLS'])

/** What a declared protocol comes down to; nothing for one that is not carried (UDP, HBONE). */
export function trafficOf(protocol: Protocol | string): Traffic | undefined {
  const upper = protocol.toUpperCase()
  if (http.has(upper)) return 'http'
  if (tls.has(upper)) return 'tls'
  if (upper === 'AUTO' || upper === '') return 'auto'
  return upper === 'UDP' || upper.endsWith('HBONE') ? undefined : 'tcp'
}

/** Whether HTTP/2 is spoken from the first byte. */
export function isHttp2(protocol: Protocol | string): boolean {
  const upper = protocol.toUpperCase()
  return upper === 'HTTP2' || upper === 'GRPC' || upper === 'GRPC-WEB'
}
