import type { Thresholds } from '@meshwright/circuit-breaker'
import type { RoutingPriority } from './priority-breaker.ts'
import type { RunningCluster } from './running-cluster.ts'

/** How the hosts of one cluster are doing. */
export interface ClusterReport {
  readonly name: string
  readonly limits: Readonly<Record<RoutingPriority, CircuitLimits>>
  readonly hosts: readonly HostReport[]
}

/** The most of each kind at one time, of all hosts of a cluster together. */
export interface CircuitLimits {
  readonly connections: number
  readonly pending: number
  readonly requests: number
  /** With a retry budget, what it allows now. */
  readonly retries: number
}

export interface HostReport {
  /** `ip:port`. */
  readonly address: string
  readonly hostname: string | undefined
  /** As configured. */
  readonly health: 'healthy' | 'degraded' | 'unhealthy'
  /** Left out for a while, by outlier detection. */
  readonly ejected: boolean
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
    limits: {
      default: limitsOf(cluster.breakers.default.thresholds),
      high: limitsOf(cluster.breakers.high.thresholds),
    },
    hosts: cluster.localities.flatMap(({ locality, priority, hosts }) =>
      hosts.map(({ endpoint, host }) => ({
        address: host.address,
        hostname: host.hostname,
        health: endpoint.health,
        ejected: host.ejected,
        weight: endpoint.weight,
        priority,
        locality,
        ...host.counts,
        rqActive: host.activeRequests,
      })),
    ),
  }
}

function limitsOf({ connections, pendingRequests, requests, retries }: Thresholds): CircuitLimits {
  return {
    connections: connections.limit,
    pending: pendingRequests.limit,
    requests: requests.limit,
    retries: retries.limit,
  }
}
