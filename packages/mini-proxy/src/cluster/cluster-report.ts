import type { CircuitLimits } from './circuit-breaker.ts'
import type { RunningCluster } from './running-cluster.ts'

/** How the hosts of one cluster are doing. */
export interface ClusterReport {
  readonly name: string
  readonly limits: CircuitLimits
  readonly hosts: readonly HostReport[]
}

export interface HostReport {
  /** `ip:port`. */
  readonly address: string
  readonly hostname: string | undefined
  readonly health: 'healthy' | 'degraded' | 'unhealthy'
  readonly weight: number
  readonly priority: number
  readonly locality: { readonly region?: string; readonly zone?: string; readonly subZone?: string }
  readonly cxTotal: number
  readonly cxActive: number
  readonly cxConnectFail: number
  readonly rqTotal: number
  readonly rqActive: number
}

export function reportCluster(cluster: RunningCluster): ClusterReport {
  return {
    name: cluster.name,
    limits: cluster.compiled.limits,
    hosts: cluster.localities.flatMap(({ locality, priority, hosts }) =>
      hosts.map(({ endpoint, host }) => ({
        address: host.address,
        hostname: host.hostname,
        health: endpoint.health,
        weight: endpoint.weight,
        priority,
        locality,
        ...host.counts,
        rqActive: host.activeRequests,
      })),
    ),
  }
}
