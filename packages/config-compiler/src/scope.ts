import type {
  IstioEgressListener,
  MeshConfig,
  MeshService,
  Resource,
  SidecarSpec,
  Snapshot,
} from '@meshwright/mesh-config'
import { type DestinationRuleOf, destinationRules } from './destination-rule.ts'
import { hostMatches, narrowerHost } from './host.ts'
import { labelsMatch } from './labels.ts'
import { parseLocality } from './locality.ts'
import { oldestFirst, sortedBy } from './order.ts'
import type { InterceptionMode, Locality, MeshProxy } from './proxy.ts'
import {
  meshVirtualServices,
  type VirtualService,
  type VirtualServiceOf,
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
  readonly virtualServiceOf: VirtualServiceOf
}

/** Narrows a snapshot to what `proxy` sees, by visibility, precedence and its Sidecar. */
export function scopeOf(snapshot: Snapshot, proxy: MeshProxy): Scope {
  const { mesh } = snapshot
  const clusterDomain = clusterDomainOf(proxy)
  const visible = visibleServices(snapshot, proxy)
  const virtualServices = visibleVirtualServices(snapshot, proxy.namespace, clusterDomain)
  const sidecar = sidecarOf(snapshot, proxy)
  const listeners = sidecar?.egress?.length ? sidecar.egress : [undefined]
  const egress = listeners.map((listener) => egressScope(listener, visible, virtualServices, proxy))
  const ownServices = snapshot.services.filter((service) => runsOn(service, proxy))
  const mode = sidecar?.outboundTrafficPolicy?.mode ?? mesh.outboundTrafficPolicy?.mode
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
    registryOnly: mode === 'REGISTRY_ONLY',
  }
}

function clusterDomainOf(proxy: MeshProxy): string {
  const marker = '.svc.'
  const at = proxy.domain.indexOf(marker)
  return at === -1 ? 'cluster.local' : proxy.domain.slice(at + marker.length)
}

/** One service for each hostname: that of the proxy's own namespace before any other. */
function visibleServices(snapshot: Snapshot, proxy: MeshProxy): ReadonlyMap<string, MeshService> {
  const visible = new Map<string, MeshService>()
  const candidates = snapshot.services.filter((service) =>
    isVisible(service.exportTo, service.namespace, proxy.namespace),
  )
  for (const service of sortedBy(
    candidates,
    ({ hostname, namespace }) => `${hostname} ${namespace}`,
  )) {
    const known = visible.get(service.hostname)
    if (known === undefined || precedes(service, known, proxy))
      visible.set(service.hostname, service)
  }
  return visible
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
  visible: ReadonlyMap<string, MeshService>,
  virtualServices: readonly VirtualService[],
  proxy: MeshProxy,
): EgressScope {
  if (listener === undefined) {
    const virtualServiceOf = meshVirtualServices(virtualServices)
    return { listener, services: [...visible.values()], virtualServices, virtualServiceOf }
  }
  const imports = listener.hosts.map((host) => parseImport(host, proxy.namespace))
  const imported = virtualServices.filter((virtualService) =>
    imports.some(
      ({ namespace, host }) =>
        isImported(namespace, virtualService.namespace) &&
        virtualService.hosts.some((own) => narrowerHost(host, own) !== undefined),
    ),
  )
  return {
    listener,
    services: [...visible.values()].filter((service) =>
      imports.some(
        ({ namespace, host }) =>
          isImported(namespace, service.namespace) && hostMatches(host, service.hostname),
      ),
    ),
    virtualServices: imported,
    virtualServiceOf: meshVirtualServices(imported),
  }
}

/** An import of a Sidecar, `namespace/host`; `.` is the proxy's own namespace, `~` is none. */
function parseImport(text: string, own: string): { namespace: string; host: string } {
  const slash = text.indexOf('/')
  const namespace = slash === -1 ? '*' : text.slice(0, slash)
  return { namespace: namespace === '.' ? own : namespace, host: text.slice(slash + 1) }
}

function isImported(wanted: string, namespace: string): boolean {
  return wanted === '*' || wanted === namespace
}

/** What the listeners import, and what the virtual services they import send to. */
function importedServices(
  egress: readonly EgressScope[],
  visible: ReadonlyMap<string, MeshService>,
): ReadonlyMap<string, MeshService> {
  const hosts = new Set<string>()
  for (const { services, virtualServices } of egress) {
    for (const { hostname } of services) hosts.add(hostname)
    for (const host of virtualServices.flatMap(destinationHosts)) hosts.add(host)
  }
  return new Map([...visible].filter(([hostname]) => hosts.has(hostname)))
}

function destinationHosts(virtualService: VirtualService): readonly string[] {
  const { http, tls, tcp } = virtualService
  return [
    ...http.flatMap(({ route, mirror, mirrors }) => [
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
