import type { MeshEndpoint, Resource, ServicePortSpec } from '../snapshot.ts'
import type { WorkloadEntrySpec } from '../spec/workload-entry.ts'

/** Whether labels have all that a selector asks for. An empty selector selects nothing. */
export function selects(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  const wanted = Object.entries(selector)
  return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value)
}

/** The endpoint that a `WorkloadEntry` resource is to a service that selects it. */
export function workloadEndpoint(
  resource: Resource<WorkloadEntrySpec>,
  ports: readonly ServicePortSpec[],
): MeshEndpoint {
  return endpointFromWorkload(resource.spec, ports)
}

/** The endpoint that a workload entry, alone or inside a service entry, stands for. */
export function endpointFromWorkload(
  entry: WorkloadEntrySpec,
  ports: readonly ServicePortSpec[],
): MeshEndpoint {
  const { address = '', labels = {}, locality = '', serviceAccount, network } = entry
  return {
    address,
    ports: Object.fromEntries(ports.map((port) => [port.name, portOf(entry, port)] as const)),
    labels,
    locality,
    weight: entry.weight === undefined || entry.weight === 0 ? 1 : entry.weight,
    ...(present(serviceAccount) && { serviceAccount }),
    ...(present(network) && { network }),
    healthy: true,
  }
}

function present(text: string | undefined): text is string {
  return text !== undefined && text !== ''
}

/** The entry's own port of that name, else where the service says, else the service's number. */
function portOf({ ports = {} }: WorkloadEntrySpec, port: ServicePortSpec): number {
  const own = Object.hasOwn(ports, port.name) ? ports[port.name] : undefined
  if (own !== undefined) return own
  if (typeof port.targetPort === 'number') return port.targetPort
  const named = Object.hasOwn(ports, port.targetPort) ? ports[port.targetPort] : undefined
  return named ?? port.number
}
