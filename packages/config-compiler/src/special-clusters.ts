import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { connectionPool, httpOptions } from './connection-pool.ts'
import { inboundSource } from './inbound-clusters.ts'
import { blackHoleCluster, inboundPassthroughCluster, passthroughCluster } from './names.ts'
import type { Scope } from './scope.ts'

/** The clusters that stand for no service: nowhere, and wherever a connection was going. */
export function specialClusters(scope: Scope): readonly ClusterJson[] {
  const { connectTimeout, circuitBreakers } = connectionPool({}, scope.mesh)
  const blackHole: ClusterJson = {
    name: blackHoleCluster,
    type: 'STATIC',
    ...(connectTimeout && { connectTimeout }),
  }
  if (scope.proxy.kind === 'router') return [blackHole]
  const passthrough: ClusterJson = {
    name: passthroughCluster,
    type: 'ORIGINAL_DST',
    lbPolicy: 'CLUSTER_PROVIDED',
    ...(connectTimeout && { connectTimeout }),
    ...(circuitBreakers && { circuitBreakers }),
    ...httpOptions({
      commonHttpProtocolOptions: { idleTimeout: '300s' },
      useDownstreamProtocolConfig: { httpProtocolOptions: {}, http2ProtocolOptions: {} },
    }),
  }
  return [
    blackHole,
    passthrough,
    { ...passthrough, name: inboundPassthroughCluster, upstreamBindConfig: inboundSource },
  ]
}
