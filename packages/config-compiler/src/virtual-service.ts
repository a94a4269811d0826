import type {
  HttpRoute,
  Resource,
  RouteDestination,
  Snapshot,
  TcpRoute,
  TlsRoute,
  VirtualServiceSpec,
} from '@meshwright/mesh-config'
import { mergeDelegates } from './delegate.ts'
import { hostMatches, hostSpecificity, qualifyHost } from './host.ts'
import { oldestFirst } from './order.ts'
import { isVisible } from './visibility.ts'

/** The gateway name that stands for all sidecars. */
export const meshGateway = 'mesh'

/** A VirtualService with its names completed and its delegates merged in. */
export interface VirtualService {
  readonly name: string
  readonly namespace: string
  /** Fully qualified, or patterns. */
  readonly hosts: readonly string[]
  /** `mesh`, or `namespace/name`. */
  readonly gateways: readonly string[]
  readonly http: readonly HttpRoute[]
  readonly tls: readonly TlsRoute[]
  readonly tcp: readonly TcpRoute[]
}

/** The virtual services that a namespace sees, in order of precedence; delegates are not roots. */
export function visibleVirtualServices(
  snapshot: Snapshot,
  namespace: string,
  clusterDomain: string,
): readonly VirtualService[] {
  const defaultExport = snapshot.mesh.defaultVirtualServiceExportTo
  const delegates = snapshot.virtualServices.filter(({ spec }) => !hasHosts(spec))
  return oldestFirst(snapshot.virtualServices)
    .filter(({ spec }) => hasHosts(spec))
    .filter(({ metadata, spec }) =>
      isVisible(spec.exportTo ?? defaultExport, metadata.namespace, namespace),
    )
    .map((resource) => complete(resource, delegates, clusterDomain))
}

/** The gateway names of a VirtualService or of a match, completed with the namespace. */
export function qualifyGateways(
  gateways: readonly string[] | undefined,
  namespace: string,
): readonly string[] {
  return (gateways ?? []).map((gateway) => qualifyGateway(gateway, namespace))
}

/** The one that applies to `host` behind `gateway`: the narrowest host wins, then the oldest. */
export function virtualServiceFor(
  virtualServices: readonly VirtualService[],
  host: string,
  gateway: string,
): VirtualService | undefined {
  let best: VirtualService | undefined
  let bestSpecificity = -1
  for (const candidate of virtualServices) {
    if (!candidate.gateways.includes(gateway)) continue
    for (const pattern of candidate.hosts) {
      const specificity = hostSpecificity(pattern)
      if (specificity <= bestSpecificity || !hostMatches(pattern, host)) continue
      best = candidate
      bestSpecificity = specificity
    }
  }
  return best
}

function hasHosts(spec: VirtualServiceSpec): boolean {
  return spec.hosts !== undefined && spec.hosts.length > 0
}

function complete(
  { metadata, spec }: Resource<VirtualServiceSpec>,
  delegates: readonly Resource<VirtualServiceSpec>[],
  clusterDomain: string,
): VirtualService {
  const { name, namespace } = metadata
  const qualified = (entry: RouteDestination): RouteDestination => ({
    ...entry,
    destination: {
      ...entry.destination,
      host: qualifyHost(entry.destination.host, namespace, clusterDomain),
    },
  })
  const gateways = spec.gateways?.length ? spec.gateways : [meshGateway]
  return {
    name,
    namespace,
    hosts: spec.hosts.map((host) => qualifyHost(host, namespace, clusterDomain)),
    gateways: qualifyGateways(gateways, namespace),
    http: mergeDelegates({ namespace, http: spec.http ?? [] }, delegates, clusterDomain),
    tls: (spec.tls ?? []).map((route) => ({ ...route, route: route.route?.map(qualified) ?? [] })),
    tcp: (spec.tcp ?? []).map((route) => ({ ...route, route: route.route?.map(qualified) ?? [] })),
  }
}

function qualifyGateway(gateway: string, namespace: string): string {
  if (gateway === meshGateway || gateway.includes('/')) return gateway
  // `name.namespace` is an old way to write `namespace/name`; names themselves have no dots.
  const [name, inNamespace] = gateway.split('.')
  return `${inNamespace ?? namespace}/${name}`
}
