import type { MeshEndpoint, MeshService, ServicePortSpec, Subset } from '@meshwright/mesh-config'
import type {
  ClusterLoadAssignmentJson,
  LbEndpointJson,
  LocalityLbEndpointsJson,
} from '@meshwright/xds-types/envoy/config/endpoint/v3'
import { labelsMatch } from './labels.ts'
import {
  type LocalityRank,
  labelsAt,
  parseLocality,
  rankLabels,
  rankLocalities,
} from './locality.ts'
import { outboundCluster } from './names.ts'
import { sortedBy } from './order.ts'
import { present } from './present.ts'
import type { Scope } from './scope.ts'
import type { Policy } from './traffic-policy.ts'

/** One cluster to be: a port of a service, perhaps narrowed to a subset. */
export interface ClusterTarget {
  readonly service: MeshService
  readonly port: ServicePortSpec
  readonly subset?: Subset
  readonly policy: Policy
}

interface RankedLocality extends LocalityRank {
  readonly name: string
  readonly endpoints: readonly MeshEndpoint[]
}

/** The name of the cluster for a target. */
export function clusterNameOf({ service, port, subset }: ClusterTarget): string {
  return outboundCluster(service.hostname, port.number, subset?.name)
}

/**
 * The endpoints of a target, grouped by locality.
 *
 * Unhealthy ones are left out. Every locality has a weight: the sum of its endpoints' or its share
 * of a distribution. Priorities have no gaps. Localities come in the order of priority, then name;
 * endpoints in the order of the service. Where labels rank endpoints, one locality has several priorities.
 */
export function loadAssignment(scope: Scope, target: ClusterTarget): ClusterLoadAssignmentJson {
  const localities = rankedLocalities(scope, target)
  const priorities = [...new Set(localities.map(({ priority }) => priority))].sort((a, b) => a - b)
  const endpoints = localities.map((ranked) =>
    present({
      ...localityEndpoints(ranked, target.port),
      loadBalancingWeight: weightOfLocality(ranked, localities),
      priority: priorities.indexOf(ranked.priority) || undefined,
    }),
  )
  return present({
    clusterName: clusterNameOf(target),
    endpoints: endpoints.length > 0 ? endpoints : undefined,
  })
}

/** The healthy endpoints of a target; a service found by DNS without any is its own. */
export function endpointsOf({ service, port, subset }: ClusterTarget): readonly MeshEndpoint[] {
  const isDns = service.resolution === 'dns' || service.resolution === 'dns-round-robin'
  const own = isDns && service.endpoints.length === 0 && !service.hostname.startsWith('*')
  const endpoints: readonly MeshEndpoint[] = own
    ? [
        {
          address: service.hostname,
          ports: {},
          labels: service.labels,
          locality: '',
          weight: 1,
          healthy: true,
        },
      ]
    : service.endpoints
  return endpoints.filter(
    (endpoint) =>
      endpoint.healthy &&
      // In another network, reached through a gateway that nobody names yet.
      endpoint.address !== '' &&
      labelsMatch(subset?.labels, endpoint.labels) &&
      portOf(endpoint, port) !== undefined,
  )
}

/** The port on which an endpoint answers for a port of its service. */
export function portOf(endpoint: MeshEndpoint, port: ServicePortSpec): number | undefined {
  if (Object.hasOwn(endpoint.ports, port.name)) return endpoint.ports[port.name]
  return typeof port.targetPort === 'number' ? port.targetPort : undefined
}

function rankedLocalities(scope: Scope, target: ClusterTarget): readonly RankedLocality[] {
  const { proxy, mesh } = scope
  const rank = rankLocalities(target.policy, mesh, scope.locality)
  const groups = new Map<string, MeshEndpoint[]>()
  for (const endpoint of endpointsOf(target)) {
    const group = groups.get(endpoint.locality)
    if (group === undefined) groups.set(endpoint.locality, [endpoint])
    else group.push(endpoint)
  }
  // gRPC takes Envoy's priorities, but a share of 0 or a missing one would lose the locality.
  const always = proxy.client === 'grpc'
  const localities: RankedLocality[] = []
  for (const [name, endpoints] of sortedBy(groups, ([locality]) => locality)) {
    const ranked = rank(parseLocality(name)) ?? (always ? { priority: 0 } : undefined)
    if (ranked !== undefined) localities.push({ ...ranked, name, endpoints })
  }
  return byLabels(scope, target, localities).sort((a, b) => a.priority - b.priority)
}

/** Localities come in five ranks at most: what labels say counts before. */
const localityRanks = 5

/** Parts localities whose endpoints share different labels with the proxy. */
function byLabels(
  { proxy, mesh, locality: from }: Scope,
  { policy }: ClusterTarget,
  localities: readonly RankedLocality[],
): RankedLocality[] {
  const rank = rankLabels(policy, mesh, labelsAt(proxy.labels, from))
  if (rank === undefined) return [...localities]
  return localities.flatMap((locality) => {
    const parts = Map.groupBy(locality.endpoints, ({ labels }) =>
      rank(labelsAt(labels, parseLocality(locality.name))),
    )
    return [...parts].map(([byLabel, endpoints]) => {
      return { ...locality, endpoints, priority: byLabel * localityRanks + locality.priority }
    })
  })
}

function localityEndpoints(
  { name, endpoints }: RankedLocality,
  port: ServicePortSpec,
): LocalityLbEndpointsJson {
  const { region, zone, subZone } = parseLocality(name)
  return {
    locality: present({
      region: region || undefined,
      zone: zone || undefined,
      subZone: subZone || undefined,
    }),
    lbEndpoints: endpoints.map((endpoint) => lbEndpoint(endpoint, port)),
  }
}

/** Localities that one pattern of a distribution covers divide its share by their weights. */
function weightOfLocality(ranked: RankedLocality, all: readonly RankedLocality[]): number {
  const own = totalWeight(ranked)
  const { share } = ranked
  if (share === undefined) return own
  const covered = all.filter((other) => other.share?.pattern === share.pattern)
  const total = covered.reduce((sum, other) => sum + totalWeight(other), 0)
  return Math.ceil((share.percent * own) / total)
}

function totalWeight({ endpoints }: RankedLocality): number {
  return endpoints.reduce((sum, endpoint) => sum + weightOf(endpoint), 0)
}

function lbEndpoint(endpoint: MeshEndpoint, port: ServicePortSpec): LbEndpointJson {
  return {
    endpoint: { address: addressOf(endpoint, port) },
    loadBalancingWeight: weightOf(endpoint),
  }
}

function addressOf(
  endpoint: MeshEndpoint,
  port: ServicePortSpec,
): NonNullable<NonNullable<LbEndpointJson['endpoint']>['address']> {
  const unix = 'unix://'
  if (endpoint.address.startsWith(unix)) {
    return { pipe: { path: endpoint.address.slice(unix.length) } }
  }
  return {
    socketAddress: { address: endpoint.address, portValue: portOf(endpoint, port) ?? port.number },
  }
}

function weightOf({ weight }: MeshEndpoint): number {
  return weight > 0 ? weight : 1
}
