import {
  hostCovers,
  type IstioEgressListener,
  type MeshConfig,
  type MeshService,
  type Resource,
  type SidecarSpec,
  type Snapshot,
} from '@meshwright/mesh-config'
import { type DestinationRuleOf, destinationRules } from './destination-rule.ts'
import { narrowerHost } from './host.ts'
import { labelsMatch } from './labels.ts'
import { parseLocality } from './locality.ts'
import { oldestFirst, sortedBy } from './order.ts'
import type { InterceptionMode, Locality, MeshProxy } from './proxy.ts'
import {
  meshVirtualServices,
  type VirtualService,
  type VirtualServicesOf,
  visibleVirtualServices,
} from './virtual-service.ts'
import { isVisible } from './visibility.ts'

/** All that compiling for one proxy looks at. */
export interface Scope {
  readonly proxy: MeshProxy
  readonly mesh: MeshConfig
  readonly interceptionMode: InterceptionMode
  /** The DNS domain below `svc`: `cluster.local`. */
  readonly clusterDomain: string
  /** Every service the proxy may reach, by hostname, in the order of hostnames. */
  readonly services: ReadonlyMap<string, MeshService>
  /** Every service of the snapshot that runs on the proxy's own addresses, visible or not. */
  readonly ownServices: readonly MeshService[]
  /** Where the proxy is: what its node says, otherwise what the services it runs say. */
  readonly locality: Locality
  readonly virtualServices: readonly VirtualService[]
  readonly destinationRuleOf: DestinationRuleOf
  /** The Sidecar resource in force; gateways have none. */
  readonly sidecar: SidecarSpec | undefined
  /** What each egress listener of the Sidecar imports; one without a listener if there is none. */
  readonly egress: readonly EgressScope[]
  /** Whether destinations that are no known service are refused. */
  readonly registryOnly: boolean
}

/** What one egress listener may reach. */
export interface EgressScope {
  readonly listener: IstioEgressListener | undefined
  /** In the order of hostnames. */
  readonly services: readonly MeshService[]
  readonly virtualServices: readonly VirtualService[]
  readonly virtualServicesOf: VirtualServicesOf
}

/** Narrows a snapshot to what `proxy` sees, by visibility, precedence and its Sidecar. */
export function scopeOf(snapshot: Snapshot, proxy: MeshProxy): Scope {
  const { mesh } = snapshot
  const clusterDomain = clusterDomainOf(proxy)
  const candidates = visibleServices(snapshot, proxy)
  const visible = byHostname(candidates, proxy)
  const virtualServices = visibleVirtualServices(snapshot, proxy.namespace, clusterDomain)
  const sidecar = sidecarOf(snapshot, proxy)
  const listeners = sidecar?.egress?.length ? sidecar.egress : [undefined]
  const egress = listeners.map((listener) => {
    const imported = listener === undefined ? candidates : importedBy(listener, candidates, proxy)
    return egressScope(listener, byHostname(imported, proxy), virtualServices, proxy)
  })
  const ownServices = snapshot.services.filter((service) => runsOn(service, proxy))
  return {
    proxy,
    mesh,
    interceptionMode: proxy.interceptionMode ?? mesh.defaultConfig?.interceptionMode ?? 'REDIRECT',
    clusterDomain,
    services: importedServices(egress, visible),
    ownServices,
    locality: localityOf(proxy, ownServices),
    virtualServices,
    destinationRuleOf: destinationRules(snapshot, proxy, clusterDomain),
    sidecar,
    egress,
    registryOnly: outboundMode(sidecar, mesh) === 'REGISTRY_ONLY',
  }
}

/** A Sidecar's policy without a mode has the first one of the enum; the mesh's has Istio's default. */
function outboundMode(sidecar: SidecarSpec | undefined, mesh: MeshConfig): string {
  const own = sidecar?.outboundTrafficPolicy
  if (own !== undefined) return own.mode ?? 'REGISTRY_ONLY'
  return mesh.outboundTrafficPolicy?.mode ?? 'ALLOW_ANY'
}

function clusterDomainOf(proxy: MeshProxy): string {
  const marker = '.svc.'
  const at = proxy.domain.indexOf(marker)
  return at === -1 ? 'cluster.local' : proxy.domain.slice(at + marker.length)
}

/** Every service that is exported to a proxy, in the order of hostnames, then namespaces. */
function visibleServices(snapshot: Snapshot, proxy: MeshProxy): readonly MeshService[] {
  const visible = snapshot.services.filter((service) =>
    isVisible(service.exportTo, service.namespace, proxy.namespace),
  )
  return sortedBy(visible, ({ hostname, namespace }) => `${hostname} ${namespace}`)
}

/** One service for each hostname: that of the proxy's own namespace before any other. */
function byHostname(
  candidates: readonly MeshService[],
  proxy: MeshProxy,
): ReadonlyMap<string, MeshService> {
  const chosen = new Map<string, MeshService>()
  for (const service of candidates) {
    const known = chosen.get(service.hostname)
    if (known === undefined || precedes(service, known, proxy))
      chosen.set(service.hostname, service)
  }
  return chosen
}

function precedes(service: MeshService, known: MeshService, proxy: MeshProxy): boolean {
  if (known.namespace === proxy.namespace) return false
  if (service.namespace === proxy.namespace) return true
  return service.registry === 'kubernetes' && known.registry !== 'kubernetes'
}

/** The Sidecar in force: by workload selector, for the namespace, then of the root namespace. */
function sidecarOf({ sidecars, mesh }: Snapshot, proxy: MeshProxy): SidecarSpec | undefined {
  if (proxy.kind !== 'sidecar') return undefined
  const ofNamespace = (namespace: string): readonly Resource<SidecarSpec>[] =>
    oldestFirst(sidecars.filter(({ metadata }) => metadata.namespace === namespace))
  const own = ofNamespace(proxy.namespace)
  const selected = own.find(
    ({ spec }) => hasSelector(spec) && labelsMatch(spec.workloadSelector?.labels, proxy.labels),
  )
  const all = [...own, ...ofNamespace(mesh.rootNamespace ?? 'istio-system')]
  return (selected ?? all.find(({ spec }) => !hasSelector(spec)))?.spec
}

function hasSelector(spec: SidecarSpec): boolean {
  return Object.keys(spec.workloadSelector?.labels ?? {}).length > 0
}

function egressScope(
  listener: IstioEgressListener | undefined,
  services: ReadonlyMap<string, MeshService>,
  all: readonly VirtualService[],
  proxy: MeshProxy,
): EgressScope {
  const virtualServices =
    listener === undefined ? all : importedVirtualServices(listener, all, proxy)
  return {
    listener,
    services: [...services.values()],
    virtualServices,
    virtualServicesOf: meshVirtualServices(virtualServices),
  }
}

function importedBy(
  listener: IstioEgressListener,
  services: readonly MeshService[],
  proxy: MeshProxy,
): readonly MeshService[] {
  const imports = importsOf(listener, proxy)
  return services.filter((service) =>
    imports.some(
      ({ namespace, host }) =>
        isImported(namespace, service.namespace) && hostCovers(host, service.hostname),
    ),
  )
}

function importedVirtualServices(
  listener: IstioEgressListener,
  virtualServices: readonly VirtualService[],
  proxy: MeshProxy,
): readonly VirtualService[] {
  const imports = importsOf(listener, proxy)
  return virtualServices.filter((virtualService) =>
    imports.some(
      ({ namespace, host }) =>
        isImported(namespace, virtualService.namespace) &&
        virtualService.hosts.some((own) => narrowerHost(host, own) !== undefined),
    ),
  )
}

interface Import {
  readonly namespace: string
  readonly host: string
}

function importsOf(listener: IstioEgressListener, proxy: MeshProxy): readonly Import[] {
  return listener.hosts.map((host) => parseImport(host, proxy.namespace))
}

/** An import of a Sidecar, `namespace/host`; `.` is the proxy's own namespace, `~` is none. */
function parseImport(text: string, own: string): Import {
  const slash = text.indexOf('/')
  const namespace = slash === -1 ? '*' : text.slice(0, slash)
  return { namespace: namespace === '.' ? own : namespace, host: text.slice(slash + 1) }
}

function isImported(wanted: string, namespace: string): boolean {
  return wanted === '*' || wanted === namespace
}

/** What the listeners import, the first one first, and what the virtual services they import send to. */
function importedServices(
  egress: readonly EgressScope[],
  visible: ReadonlyMap<string, MeshService>,
): ReadonlyMap<string, MeshService> {
  const found = new Map<string, MeshService>()
  const add = (service: MeshService | undefined): void => {
    if (service && !found.has(service.hostname)) found.set(service.hostname, service)
  }
  for (const { services } of egress) for (const service of services) add(service)
  for (const { virtualServices } of egress) {
    for (const host of virtualServices.flatMap(destinationHosts)) add(visible.get(host))
  }
  return new Map(sortedBy(found, ([hostname]) => hostname))
}

function destinationHosts(virtualService: VirtualService): readonly string[] {
  const { http, tls, tcp } = virtualService
  return [
    ...http.flatMap(({ route: { route, mirror, mirrors } }) => [
      ...(route ?? []).map(({ destination }) => destination.host),
      ...(mirror ? [mirror.host] : []),
      ...(mirrors ?? []).map(({ destination }) => destination.host),
    ]),
    ...[...tls, ...tcp].flatMap(({ route }) =>
      (route ?? []).map(({ destination }) => destination.host),
    ),
  ]
}

function runsOn(service: MeshService, proxy: MeshProxy): boolean {
  return service.endpoints.some(({ address }) => proxy.ipAddresses.includes(address))
}

function localityOf(proxy: MeshProxy, ownServices: readonly MeshService[]): Locality {
  if (proxy.locality.region !== '') return proxy.locality
  const own = ownServices
    .flatMap(({ endpoints }) => endpoints)
    .find(({ address, locality }) => locality !== '' && proxy.ipAddresses.includes(address))
  return parseLocality(own?.locality ?? '')
}
