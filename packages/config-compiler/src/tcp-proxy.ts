import type { RouteDestination } from '@meshwright/mesh-config'
import type { FilterJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { TcpProxyJson } from '@meshwright/xds-types/envoy/extensions/filters/network/tcp_proxy/v3'
import { accessLogs } from './access-log.ts'
import { resolveDestination } from './destination.ts'
import { typeUrl } from './names.ts'
import { present } from './present.ts'
import type { Scope } from './scope.ts'
import type { Policy } from './traffic-policy.ts'

/** The network filter that hands bytes to one cluster. */
export function tcpProxy(scope: Scope, cluster: string, policy: Policy = {}): FilterJson {
  return filter(scope, { statPrefix: cluster, cluster, ...settings(policy) })
}

/** One that discards: no log, since nothing is served. */
export function blackHole(cluster: string): FilterJson {
  return named({ statPrefix: cluster, cluster })
}

/** One that hands bytes to the destinations of a TCP or TLS route. */
export function routedTcpProxy(
  scope: Scope,
  route: readonly RouteDestination[],
  listenerPort: number,
): FilterJson {
  const weighing = route.filter(({ weight }) => (weight ?? 0) > 0)
  const destinations = (weighing.length > 0 ? weighing : route).map(({ destination, weight }) => ({
    ...resolveDestination(scope, destination, listenerPort),
    weight: weight || 1,
  }))
  const [first, ...others] = destinations
  if (first !== undefined && others.length === 0) {
    return tcpProxy(scope, first.cluster, first.policy)
  }
  return filter(scope, {
    statPrefix: destinations.map(({ cluster }) => cluster).join(','),
    weightedClusters: {
      clusters: destinations.map(({ cluster, weight }) => ({ name: cluster, weight })),
    },
    ...settings(first?.policy ?? {}),
  })
}

function settings({ connectionPool, loadBalancer, tunnel }: Policy): TcpProxyJson {
  const tcp = connectionPool?.tcp
  return present({
    idleTimeout: tcp?.idleTimeout,
    maxDownstreamConnectionDuration: tcp?.maxConnectionDuration,
    hashPolicy: loadBalancer?.consistentHash?.useSourceIp === true ? [{ sourceIp: {} }] : undefined,
    tunnelingConfig: tunnel && {
      hostname: `${tunnel.targetHost ?? ''}:${tunnel.targetPort ?? 0}`,
      usePost: tunnel.protocol?.toUpperCase() === 'POST',
    },
  })
}

function filter(scope: Scope, config: TcpProxyJson): FilterJson {
  const logs = accessLogs(scope.mesh)
  return named({ ...config, ...(logs.length > 0 && { accessLog: logs }) })
}

function named(config: TcpProxyJson): FilterJson {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typedConfig: {
      '@type': typeUrl('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'),
      ...config,
    },
  }
}
