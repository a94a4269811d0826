import { protocolFrom } from '../port-protocol.ts'
import type {
  MeshEndpoint,
  MeshService,
  Resolution,
  Resource,
  ServicePortSpec,
} from '../snapshot.ts'
import type { ServiceEntrySpec, ServiceResolution } from '../spec/service-entry.ts'
import type { WorkloadEntrySpec } from '../spec/workload-entry.ts'
import type { ServiceDefaults } from './kubernetes-service.ts'
import { endpointFromWorkload, selects, workloadEndpoint } from './workload-endpoint.ts'

/** The services, one for each host, that a service entry declares. */
export function meshServicesFromEntry(
  entry: Resource<ServiceEntrySpec>,
  workloads: readonly Resource<WorkloadEntrySpec>[],
  defaults: ServiceDefaults,
): MeshService[] {
  const { metadata, spec, source } = entry
  const ports = (spec.ports ?? []).map(entryPort)
  const resolution = resolutions[spec.resolution ?? 'NONE']
  const endpoints = entryEndpoints(spec, workloads, ports)
  return [...new Set(spec.hosts)].map((hostname) => ({
    hostname,
    name: metadata.name,
    namespace: metadata.namespace,
    registry: 'service-entry',
    addresses: spec.addresses ?? [],
    ports,
    resolution,
    location: spec.location === 'MESH_INTERNAL' ? 'internal' : 'external',
    headless: false,
    exportTo: (spec.exportTo ?? []).length === 0 ? defaults.exportTo : (spec.exportTo ?? []),
    labels: metadata.labels,
    subjectAltNames: spec.subjectAltNames ?? [],
    endpoints: endpoints ?? nameItself({ hostname, resolution, ports }),
    source,
  }))
}

/** `DYNAMIC_DNS` is refused when it is read; its name here only completes the table. */
const resolutions: Readonly<Record<ServiceResolution, Resolution>> = {
  NONE: 'none',
  STATIC: 'static',
  DNS: 'dns',
  DNS_ROUND_ROBIN: 'dns-round-robin',
  DYNAMIC_DNS: 'none',
}

function entryPort(port: NonNullable<ServiceEntrySpec['ports']>[number]): ServicePortSpec {
  const { number, name, targetPort } = port
  return {
    number,
    name,
    protocol: protocolFrom(port.protocol ?? '') ?? 'auto',
    targetPort: targetPort === undefined || targetPort === 0 ? number : targetPort,
  }
}

function entryEndpoints(
  spec: ServiceEntrySpec,
  workloads: readonly Resource<WorkloadEntrySpec>[],
  ports: readonly ServicePortSpec[],
): MeshEndpoint[] | undefined {
  const selector = spec.workloadSelector?.labels
  if (selector !== undefined) {
    return workloads
      .filter((workload) => selects(selector, workload.spec.labels))
      .map((workload) => workloadEndpoint(workload, ports))
  }
  const own = spec.endpoints ?? []
  return own.length === 0 ? undefined : own.map((endpoint) => endpointFromWorkload(endpoint, ports))
}

/** With DNS and no endpoints the host's own name is what is looked up. */
function nameItself(service: {
  readonly hostname: string
  readonly resolution: Resolution
  readonly ports: readonly ServicePortSpec[]
}): MeshEndpoint[] {
  const { hostname, resolution, ports } = service
  if (resolution !== 'dns' && resolution !== 'dns-round-robin') return []
  return [endpointFromWorkload({ address: hostname }, ports)]
}
