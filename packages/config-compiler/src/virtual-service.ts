import {
  hostCovers,
  type Resource,
  type RouteDestination,
  resolveHost,
  type Snapshot,
  type TcpRoute,
  type TlsRoute,
  type VirtualServiceSpec,
} from '@meshwright/mesh-config'
import { type FindDelegate, mergeDelegates, type PlacedRoute } from './delegate.ts'
import { isPattern } from './host.ts'
import { oldestFirst } from './order.ts'
import { exportRank, isVisible } from './visibility.ts'

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
  readonly http: readonly PlacedRoute[]
  readonly tls: readonly TlsRoute[]
  readonly tcp: readonly TcpRoute[]
}

/**
 * The virtual services that a namespace sees, in order of precedence: those kept in it, those
 * exported to it by name, then all others, the oldest first in each. Delegates are not roots.
 */
export function visibleVirtualServices(
  snapshot: Snapshot,
  namespace: string,
  clusterDomain: string,
): readonly VirtualService[] {
  const defaultExport = snapshot.mesh.defaultVirtualServiceExportTo
  const delegates = snapshot.virtualServices.filter(({ spec }) => !hasHosts(spec))
  const exportOf = ({ spec }: Resource<VirtualServiceSpec>): readonly string[] | undefined =>
    spec.exportTo?.length ? spec.exportTo : defaultExport
  const rank = (resource: Resource<VirtualServiceSpec>): number =>
    exportRank(exportOf(resource), resource.metadata.namespace)
  const find: FindDelegate = (name, inNamespace, root) =>
    delegates.find(
      (resource) =>
        resource.metadata.name === name &&
        resource.metadata.namespace === inNamespace &&
        isVisible(exportOf(resource), inNamespace, root),
    )?.spec
  return oldestFirst(snapshot.virtualServices)
    .filter(({ spec }) => hasHosts(spec))
    .filter((resource) => isVisible(exportOf(resource), resource.metadata.namespace, namespace))
    .sort((a, b) => rank(a) - rank(b))
    .map((resource) => complete(resource, find, clusterDomain))
}

/** The gateway names of a VirtualService or of a match, completed with the namespace. */
export function qualifyGateways(
  gateways: readonly string[] | undefined,
  namespace: string,
): readonly string[] {
  return (gateways ?? []).map((gateway) => qualifyGateway(gateway, namespace))
}

/** Finds the virtual services with HTTP routes for a host; the first one that has a route for a port decides. */
export type VirtualServicesOf = (host: string) => readonly VirtualService[]

/** Builds the lookup for sidecars: the narrowest host first, then the order of precedence. */
export function meshVirtualServices(virtualServices: readonly VirtualService[]): VirtualServicesOf {
  const exact = new Map<string, VirtualService[]>()
  const patterns: { readonly pattern: string; readonly virtualService: VirtualService }[] = []
  for (const virtualService of virtualServices) {
    const { gateways, hosts, http } = virtualService
    if (!gateways.includes(meshGateway) || http.length === 0) continue
    for (const host of hosts) {
      if (isPattern(host)) patterns.push({ pattern: host, virtualService })
      else exact.set(host, [...(exact.get(host) ?? []), virtualService])
    }
  }
  patterns.sort((a, b) => b.pattern.length - a.pattern.length)
  return (host) => [
    ...(exact.get(host) ?? []),
    ...patterns
      .filter(({ pattern }) => hostCovers(pattern, host))
      .map(({ virtualService }) => virtualService),
  ]
}

function hasHosts(spec: VirtualServiceSpec): boolean {
  return spec.hosts !== undefined && spec.hosts.length > 0
}

function complete(
  { metadata, spec }: Resource<VirtualServiceSpec>,
  findDelegate: FindDelegate,
  clusterDomain: string,
): VirtualService {
  const { name, namespace } = metadata
  const qualified = (entry: RouteDestination): RouteDestination => ({
    ...entry,
    destination: {
      ...entry.destination,
      host: resolveHost(entry.destination.host, namespace, clusterDomain),
    },
  })
  const gateways = spec.gateways?.length ? spec.gateways : [meshGateway]
  return {
    name,
    namespace,
    hosts: spec.hosts.map((host) => resolveHost(host, namespace, clusterDomain)),
    gateways: qualifyGateways(gateways, namespace),
    http: mergeDelegates({ namespace, name, http: spec.http ?? [] }, findDelegate, clusterDomain),
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
