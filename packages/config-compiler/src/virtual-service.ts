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
import { hostMatches, isPattern, qualifyHost } from './host.ts'
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

/** Finds the VirtualService whose HTTP routes apply to a host. */
export type VirtualServiceOf = (host: string) => VirtualService | undefined

/** Builds the lookup for sidecars: the narrowest host wins, then the order of precedence. */
export function meshVirtualServices(virtualServices: readonly VirtualService[]): VirtualServiceOf {
  const exact = new Map<string, VirtualService>()
  const patterns: { readonly pattern: string; readonly virtualService: VirtualService }[] = []
  for (const virtualService of virtualServices) {
    const { gateways, hosts, http } = virtualService
    if (!gateways.includes(meshGateway) || http.length === 0) continue
    for (const host of hosts) {
      if (isPattern(host)) patterns.push({ pattern: host, virtualService })
      else if (!exact.has(host)) exact.set(host, virtualService)
    }
  }
  patterns.sort((a, b) => b.pattern.length - a.pattern.length)
  return (host) =>
    exact.get(host) ?? patterns.find(({ pattern }) => hostMatches(pattern, host))?.virtualService
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
