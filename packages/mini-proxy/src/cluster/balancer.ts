import {
  type Balancer,
  type HostSet,
  hostSet,
  type LocalityHosts,
  leastRequest,
  maglev,
  random,
  ringHash,
  roundRobin,
} from '@meshwright/lb-algorithms'
import type { Random } from '../ambient.ts'
import type { BalancingPlan } from './balancing-plan.ts'
import type { UpstreamHost } from './cluster.ts'
import type { ConnectedHost } from './connected-host.ts'
import type { EndpointSpec, LocalitySpec } from './endpoint-spec.ts'

/** A locality with the hosts that stand for its endpoints. */
export interface HostLocality extends Omit<LocalitySpec, 'endpoints'> {
  readonly hosts: readonly { readonly endpoint: EndpointSpec; readonly host: ConnectedHost }[]
}

/** A balancer without hosts yet. */
export function createBalancer(plan: BalancingPlan, draw: Random): Balancer<UpstreamHost> {
  const none = hostSet<UpstreamHost>([], plan.hostSet)
  switch (plan.policy.kind) {
    case 'round-robin':
      // Proxies that start together should not all begin with the same host.
      return roundRobin(none, { seed: Math.floor(draw() * maxSeed) })
    case 'random':
      return random(none)
    case 'least-request':
      return leastRequest(none, plan.policy)
    case 'ring-hash':
      return ringHash(none, plan.policy.options)
    case 'maglev':
      return maglev(none, plan.policy.options)
    default:
      return assertNever(plan.policy)
  }
}

/** The hosts of a cluster as the balancers take them. */
export function hostSetOf(
  localities: readonly HostLocality[],
  plan: BalancingPlan,
  overprovisioningFactor: number | undefined,
): HostSet<UpstreamHost> {
  return hostSet(localities.map(localityHosts), {
    ...plan.hostSet,
    ...(overprovisioningFactor !== undefined && { overprovisioningFactor }),
  })
}

const maxSeed = 65_536

function assertNever(policy: never): never {
  throw new TypeError(`unknown policy ${JSON.stringify(policy)}`)
}

function localityHosts(locality: HostLocality): LocalityHosts<UpstreamHost> {
  return {
    locality: locality.locality,
    priority: locality.priority,
    ...(locality.weight !== undefined && { weight: locality.weight }),
    hosts: locality.hosts.map(({ endpoint, host }) => ({
      host,
      weight: endpoint.weight,
      health: host.ejected ? 'unhealthy' : endpoint.health,
      metadata: endpoint.metadata['envoy.lb'] ?? {},
    })),
  }
}
