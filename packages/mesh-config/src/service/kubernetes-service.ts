import { portProtocol } from '../port-protocol.ts'
import type { MeshEndpoint, MeshService, Resource, ServicePortSpec } from '../snapshot.ts'
import type {
  EndpointSliceBody,
  EndpointsBody,
  KubernetesServicePort,
  KubernetesServiceSpec,
  SliceEndpoint,
  SlicePort,
} from '../spec/kubernetes.ts'
import type { WorkloadEntrySpec } from '../spec/workload-entry.ts'
import { selects, workloadEndpoint } from './workload-endpoint.ts'

/** The label by which a slice names its service. */
export const serviceNameLabel = 'kubernetes.io/service-name'

const exportToAnnotation = 'networking.istio.io/exportTo'

/** What a Kubernetes service is made of. Every list is of the service's own namespace. */
export interface KubernetesParts {
  readonly service: Resource<KubernetesServiceSpec>
  readonly slices: readonly Resource<EndpointSliceBody>[]
  readonly endpoints: readonly Resource<EndpointsBody>[]
  readonly workloads: readonly Resource<WorkloadEntrySpec>[]
}

/** What holds for all services. */
export interface ServiceDefaults {
  readonly domain: string
  readonly exportTo: readonly string[]
}

/** The service that clients of the mesh see for a Kubernetes `Service`. */
export function meshServiceFromKubernetes(
  parts: KubernetesParts,
  defaults: ServiceDefaults,
): MeshService {
  const { metadata, spec, source } = parts.service
  const ports = (spec.ports ?? []).map(servicePort)
  const external = spec.type === 'ExternalName'
  const headless = spec.clusterIP === 'None'
  return {
    hostname: `${metadata.name}.${metadata.namespace}.svc.${defaults.domain}`,
    name: metadata.name,
    namespace: metadata.namespace,
    registry: 'kubernetes',
    addresses: clusterAddresses(spec),
    ports,
    resolution: resolutionOf({ external, headless }),
    location: 'internal',
    headless,
    exportTo: exportToOf(metadata.annotations[exportToAnnotation]) ?? defaults.exportTo,
    labels: metadata.labels,
    subjectAltNames: [],
    endpoints: external ? externalEndpoint(spec, ports) : endpointsOf(parts, ports),
    source,
  }
}

/** Slices of a service in place of its `Endpoints`, when there are any: Kubernetes writes both. */
function endpointsOf(parts: KubernetesParts, ports: readonly ServicePortSpec[]): MeshEndpoint[] {
  const { slices, endpoints, workloads, service } = parts
  const selector = service.spec.selector ?? {}
  return [
    ...(slices.length > 0
      ? slices.flatMap((slice) => sliceEndpoints(slice, ports))
      : endpoints.flatMap((each) => plainEndpoints(each, ports))),
    ...workloads
      .filter(({ spec }) => selects(selector, spec.labels))
      .map((workload) => workloadEndpoint(workload, ports)),
  ]
}

function servicePort(port: KubernetesServicePort): ServicePortSpec {
  const { protocol: transport, appProtocol } = port
  const facts = { number: port.port, name: port.name ?? '', transport: transport ?? 'TCP' }
  return {
    number: port.port,
    name: port.name ?? '',
    protocol: portProtocol({ ...facts, ...(appProtocol !== undefined && { appProtocol }) }),
    targetPort: port.targetPort ?? port.port,
  }
}

function clusterAddresses(spec: KubernetesServiceSpec): readonly string[] {
  const all = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP])
  return all.filter((address) => address !== '' && address !== 'None')
}

function resolutionOf(how: { external: boolean; headless: boolean }): MeshService['resolution'] {
  if (how.external) return 'dns'
  return how.headless ? 'none' : 'static'
}

function exportToOf(annotation: string | undefined): readonly string[] | undefined {
  const names = annotation?.split(',').map((name) => name.trim()) ?? []
  const given = names.filter((name) => name !== '')
  return given.length === 0 ? undefined : given
}

function externalEndpoint(
  spec: KubernetesServiceSpec,
  ports: readonly ServicePortSpec[],
): MeshEndpoint[] {
  const address = spec.externalName ?? ''
  const numbers = ports.map(({ name, number }) => [name, number] as const)
  return [
    {
      address,
      ports: Object.fromEntries(numbers),
      labels: {},
      locality: '',
      weight: 1,
      healthy: true,
    },
  ]
}

function sliceEndpoints(
  slice: Resource<EndpointSliceBody>,
  ports: readonly ServicePortSpec[],
): MeshEndpoint[] {
  const { spec, metadata } = slice
  const numbers = endpointPorts(spec.ports, ports)
  const labels = workloadLabels(metadata.labels)
  return spec.endpoints.flatMap((endpoint) =>
    endpoint.addresses.map((address) => ({
      address,
      ports: numbers,
      labels,
      locality: localityOf(endpoint),
      weight: 1,
      healthy: endpoint.conditions?.ready !== false,
    })),
  )
}

function plainEndpoints(
  resource: Resource<EndpointsBody>,
  ports: readonly ServicePortSpec[],
): MeshEndpoint[] {
  const labels = workloadLabels(resource.metadata.labels)
  return resource.spec.subsets.flatMap((subset) => {
    const numbers = endpointPorts(subset.ports, ports)
    const endpoint = (ip: string, healthy: boolean): MeshEndpoint => ({
      address: ip,
      ports: numbers,
      labels,
      locality: '',
      weight: 1,
      healthy,
    })
    return [
      ...(subset.addresses ?? []).map(({ ip }) => endpoint(ip, true)),
      ...(subset.notReadyAddresses ?? []).map(({ ip }) => endpoint(ip, false)),
    ]
  })
}

/** By the port's name; a slice that names no ports is open on all of the service's. */
function endpointPorts(
  own: readonly SlicePort[] | undefined,
  ports: readonly ServicePortSpec[],
): Readonly<Record<string, number>> {
  const numbers = new Map<string, number>()
  for (const { name, number, targetPort } of ports) {
    const same = own?.find((port) => (port.name ?? '') === name)
    const target = typeof targetPort === 'number' ? targetPort : number
    const resolved = own === undefined ? target : same?.port
    if (resolved !== undefined) numbers.set(name, resolved)
  }
  return Object.fromEntries(numbers)
}

/**
 * A slice says nothing of the labels of its pods. Its own labels stand in for them, less those that
 * Kubernetes puts there.
 */
function workloadLabels(
  labels: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels).filter(([name]) => !/(?:^|\.)kubernetes\.io\/|\.k8s\.io\//.test(name)),
  )
}

function localityOf({ zone, deprecatedTopology = {} }: SliceEndpoint): string {
  const region = deprecatedTopology['topology.kubernetes.io/region'] ?? ''
  const within = zone ?? deprecatedTopology['topology.kubernetes.io/zone'] ?? ''
  return within === '' ? region : `${region}/${within}`
}
