import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { AddressJson } from '@meshwright/xds-types/envoy/config/core/v3'
import { clusterMetadata } from './clusters.ts'
import { connectionPool, httpProtocol } from './connection-pool.ts'
import { type InboundPort, inboundPorts } from './inbound-ports.ts'
import { inboundCluster } from './names.ts'
import { present } from './present.ts'
import type { Scope } from './scope.ts'

/**
 * The address that connections to the own application come from, so that capturing leaves them
 * alone: Istio's rules know it.
 */
export const inboundSource: NonNullable<ClusterJson['upstreamBindConfig']> = {
  sourceAddress: { address: '127.0.0.6', portValue: 0 },
}

// The longest duration of Go, about 292 years: as far as Envoy is concerned, never.
const never = '9223372035s'

/** The clusters that reach the workload itself, one for each port. */
export function inboundClusters(scope: Scope): readonly ClusterJson[] {
  const clusters = new Map<string, ClusterJson>()
  for (const port of inboundPorts(scope)) {
    const cluster = clusterOf(scope, port)
    if (!clusters.has(cluster.name ?? '')) clusters.set(cluster.name ?? '', cluster)
  }
  return [...clusters.values()]
}

function clusterOf(scope: Scope, inbound: InboundPort): ClusterJson {
  const name = inboundCluster(inbound.port)
  const pool = inbound.connectionPool
  return {
    name,
    ...connectionPool(present({ connectionPool: pool }), scope.mesh),
    ...destination(scope, inbound, name),
    ...httpProtocol(pool, inbound.http2, scope.mesh),
    ...(inbound.service && { metadata: clusterMetadata(scope, { service: inbound.service }) }),
  }
}

function destination(scope: Scope, inbound: InboundPort, clusterName: string): ClusterJson {
  const endpoint = inbound.endpoint ?? localhostEndpoint(scope, inbound)
  if (endpoint === undefined) {
    return {
      type: 'ORIGINAL_DST',
      lbPolicy: 'CLUSTER_PROVIDED',
      cleanupInterval: never,
      commonLbConfig: {},
      upstreamBindConfig: inboundSource,
    }
  }
  const address = addressOf(endpoint, scope)
  return {
    type: 'STATIC',
    loadAssignment: { clusterName, endpoints: [{ lbEndpoints: [{ endpoint: { address } }] }] },
  }
}

/** Where the application is if no Sidecar says it: unset, as long as captured traffic knows it. */
function localhostEndpoint(scope: Scope, { port, bind }: InboundPort): string | undefined {
  const isLocalhost = scope.mesh.inboundTrafficPolicy?.mode === 'LOCALHOST'
  return bind !== undefined || isLocalhost ? `127.0.0.1:${port}` : undefined
}

function addressOf(endpoint: string, { proxy }: Scope): AddressJson {
  const unix = 'unix://'
  if (endpoint.startsWith(unix)) return { pipe: { path: endpoint.slice(unix.length) } }
  const colon = endpoint.lastIndexOf(':')
  const host = endpoint.slice(0, colon).replace(/^\[|\]$/g, '')
  const isWildcard = host === '0.0.0.0' || host === '::'
  const address = isWildcard ? (proxy.ipAddresses[0] ?? host) : host
  return { socketAddress: { address, portValue: Number(endpoint.slice(colon + 1)) } }
}
