import { HostSetError, hostSet } from '@meshwright/lb-algorithms'
import type { ClusterLoadAssignmentJson } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import { refuse, refuseFields } from '../errors.ts'
import { ratioOf } from '../filters/percentage.ts'

/** Where an endpoint is: an IP address or a host name with a port, or a Unix socket. */
export type EndpointAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'pipe'; readonly path: string }

/** One endpoint of a cluster, as configured. */
export interface EndpointSpec {
  readonly address: EndpointAddress
  readonly hostname: string | undefined
  readonly weight: number
  readonly health: 'healthy' | 'degraded' | 'unhealthy'
  /** By filter name, its locality's included. */
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Endpoints of one place and one priority. */
export interface LocalitySpec {
  readonly locality: { readonly region?: string; readonly zone?: string; readonly subZone?: string }
  readonly priority: number
  readonly weight: number | undefined
  readonly endpoints: readonly EndpointSpec[]
}

/** All endpoints of a cluster. */
export interface EndpointSet {
  readonly localities: readonly LocalitySpec[]
  /** Percent; undefined: the default of the balancers. */
  readonly overprovisioningFactor: number | undefined
  /** The health of a priority goes by the weights of its hosts. */
  readonly weightedPriorityHealth: boolean
  /** The part of all requests that is answered 503 rather than sent, 0 to 1. */
  readonly dropRatio: number
  /** What is accepted and not acted on. */
  readonly ignored: readonly string[]
}

export const noEndpoints: EndpointSet = {
  localities: [],
  overprovisioningFactor: undefined,
  weightedPriorityHealth: false,
  dropRatio: 0,
  ignored: [],
}

/**
 * Reads an assignment into plain endpoints.
 *
 * @throws {ProxyError} on an address of a kind that is not known, or weights and priorities out of range
 */
export function readEndpoints(assignment: ClusterLoadAssignmentJson | undefined): EndpointSet {
  const localities = readLocalities(assignment)
  const policy = assignment?.policy ?? {}
  const { overprovisioningFactor, weightedPriorityHealth = false } = policy
  checkBalance(localities, overprovisioningFactor)
  return {
    localities,
    overprovisioningFactor,
    weightedPriorityHealth,
    dropRatio: readDropRatio(policy),
    ignored: ignoredParts(policy),
  }
}

type PolicyJson = NonNullable<ClusterLoadAssignmentJson['policy']>

/** As Envoy: of one category at most, and no more than all. */
function readDropRatio({ dropOverloads = [] }: PolicyJson): number {
  if (dropOverloads.length > 1) return refuse('drop_overloads has more than one category')
  const ratio = ratioOf(dropOverloads[0]?.dropPercentage, 0)
  return ratio > 1 ? refuse(`drop_overloads drops ${ratio} of 1, more than all`) : ratio
}

function ignoredParts({ endpointStaleAfter }: PolicyJson): string[] {
  return endpointStaleAfter === undefined
    ? []
    : ['ClusterLoadAssignment.policy.endpoint_stale_after']
}

/** Builds a host set once for its verdict, so that a bad weight or factor is refused before anything is swapped. */
function checkBalance(
  localities: readonly LocalitySpec[],
  overprovisioningFactor: number | undefined,
): void {
  const trial = localities.map(({ priority, weight, endpoints }) => ({
    priority,
    ...(weight !== undefined && { weight }),
    hosts: endpoints.map((it) => ({ host: { address: '' }, weight: it.weight })),
  }))
  try {
    hostSet(trial, overprovisioningFactor === undefined ? {} : { overprovisioningFactor })
  } catch (error) {
    if (error instanceof HostSetError) refuse(error.message, error)
    throw error
  }
}

function readLocalities(assignment: ClusterLoadAssignmentJson | undefined): LocalitySpec[] {
  for (const it of assignment?.endpoints ?? []) {
    refuseFields('endpoints', it, ['ledsClusterLocalityConfig', 'loadBalancerEndpoints'])
  }
  return (assignment?.endpoints ?? []).map((it) => ({
    locality: it.locality ?? {},
    priority: it.priority ?? 0,
    weight: it.loadBalancingWeight,
    endpoints: (it.lbEndpoints ?? []).map((endpoint) => readEndpoint(endpoint, it.metadata)),
  }))
}

type LocalityJson = NonNullable<ClusterLoadAssignmentJson['endpoints']>[number]
type LbEndpointJson = NonNullable<LocalityJson['lbEndpoints']>[number]

const healthByStatus: Readonly<Record<string, EndpointSpec['health'] | undefined>> = {
  UNHEALTHY: 'unhealthy',
  DRAINING: 'unhealthy',
  TIMEOUT: 'unhealthy',
  DEGRADED: 'degraded',
}

function readEndpoint(json: LbEndpointJson, locality: LocalityJson['metadata']): EndpointSpec {
  return {
    address: readAddress(json.endpoint?.address),
    hostname: json.endpoint?.hostname || undefined,
    weight: json.loadBalancingWeight ?? 1,
    health: healthByStatus[json.healthStatus ?? ''] ?? 'healthy',
    metadata: {
      ...readMetadata(locality?.filterMetadata),
      ...readMetadata(json.metadata?.filterMetadata),
    },
  }
}

function readMetadata(json: object | undefined): EndpointSpec['metadata'] {
  // Values of a Struct are plain JSON objects.
  return (json ?? {}) as EndpointSpec['metadata']
}

function readAddress(json: NonNullable<LbEndpointJson['endpoint']>['address']): EndpointAddress {
  const { socketAddress, pipe } = json ?? {}
  if (pipe !== undefined) return { kind: 'pipe', path: pipe.path ?? '' }
  if (socketAddress === undefined)
    return refuse('endpoint address is neither socket_address nor pipe')
  return { kind: 'tcp', host: socketAddress.address ?? '', port: socketAddress.portValue ?? 0 }
}
