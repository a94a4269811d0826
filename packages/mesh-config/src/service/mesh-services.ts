import type { Catalog, Located } from '../catalog.ts'
import { compareText } from '../compare-text.ts'
import { frozen, shared, sharedList } from '../equal.ts'
import type { MeshService, Resource } from '../snapshot.ts'
import type { EndpointSliceBody, EndpointsBody, KubernetesServiceSpec } from '../spec/kubernetes.ts'
import type { ServiceEntrySpec } from '../spec/service-entry.ts'
import type { WorkloadEntrySpec } from '../spec/workload-entry.ts'
import {
  meshServiceFromKubernetes,
  type ServiceDefaults,
  serviceNameLabel,
} from './kubernetes-service.ts'
import { meshServicesFromEntry } from './service-entry.ts'

/** A service with the resource that declares it. */
export interface DeclaredService {
  readonly service: MeshService
  readonly by: Located<unknown>
}

/**
 * All services, sorted; where two resources declare the same host in the same namespace, only the
 * first: a Kubernetes service before an entry, an older entry before a younger.
 */
export function declaredServices(
  catalog: Catalog,
  defaults: ServiceDefaults,
): readonly DeclaredService[] {
  const kept = new Map<string, DeclaredService>()
  for (const each of [
    ...kubernetesServices(catalog, defaults),
    ...entryServices(catalog, defaults),
  ]) {
    const key = serviceKey(each.service)
    const first = kept.get(key)
    if (first === undefined) kept.set(key, each)
    else reportTwice(catalog, each, first)
  }
  return [...kept.values()].sort(
    ({ service: a }, { service: b }) =>
      compareText(a.hostname, b.hostname) || compareText(a.namespace, b.namespace),
  )
}

/** What names a service among all. */
function serviceKey({ hostname, namespace }: MeshService): string {
  return `${namespace}/${hostname}`
}

/** The services as a snapshot keeps them: frozen, and the earlier objects where nothing changed. */
export function snapshotServices(
  declared: readonly DeclaredService[],
  before: readonly MeshService[] = [],
): readonly MeshService[] {
  const known = new Map(before.map((service) => [serviceKey(service), service] as const))
  const services = declared.map(({ service }) =>
    frozen(shared(known.get(serviceKey(service)), service)),
  )
  return sharedList(before, services)
}

function kubernetesServices(catalog: Catalog, defaults: ServiceDefaults): DeclaredService[] {
  const slices = byService(catalog.of<EndpointSliceBody>('EndpointSlice'), sliceService)
  const endpoints = byService(
    catalog.of<EndpointsBody>('Endpoints'),
    ({ metadata }) => metadata.name,
  )
  const workloads = byNamespace(catalog.of<WorkloadEntrySpec>('WorkloadEntry'))
  return catalog.of<KubernetesServiceSpec>('Service').map((by) => {
    const service = by.resource
    const { namespace, name } = service.metadata
    const key = `${namespace}/${name}`
    const parts = {
      service,
      slices: slices.get(key) ?? [],
      endpoints: endpoints.get(key) ?? [],
      workloads: workloads.get(namespace) ?? [],
    }
    return { service: meshServiceFromKubernetes(parts, defaults), by }
  })
}

function entryServices(catalog: Catalog, defaults: ServiceDefaults): DeclaredService[] {
  const workloads = byNamespace(catalog.of<WorkloadEntrySpec>('WorkloadEntry'))
  return [...catalog.of<ServiceEntrySpec>('ServiceEntry')]
    .filter(({ read }) => !read.broken)
    .sort((a, b) => compareText(age(a.resource), age(b.resource)))
    .flatMap((by) => {
      const own = workloads.get(by.resource.metadata.namespace) ?? []
      return meshServicesFromEntry(by.resource, own, defaults).map((service) => ({ service, by }))
    })
}

function age({ metadata }: Resource<unknown>): string {
  return metadata.creationTimestamp ?? ''
}

/** The name of the service that a slice belongs to; its owner's naming scheme if it bears no label. */
function sliceService({ metadata }: Resource<EndpointSliceBody>): string {
  return metadata.labels[serviceNameLabel] ?? ''
}

function byService<S>(
  all: readonly Located<S>[],
  nameOf: (resource: Resource<S>) => string,
): ReadonlyMap<string, Resource<S>[]> {
  const groups = new Map<string, Resource<S>[]>()
  for (const { resource, read } of all) {
    if (!read.broken) append(groups, `${resource.metadata.namespace}/${nameOf(resource)}`, resource)
  }
  return groups
}

function byNamespace<S>(all: readonly Located<S>[]): ReadonlyMap<string, Resource<S>[]> {
  const groups = new Map<string, Resource<S>[]>()
  for (const { resource, read } of all) {
    if (!read.broken) append(groups, resource.metadata.namespace, resource)
  }
  return groups
}

function append<T>(groups: Map<string, T[]>, key: string, value: T): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, [value])
  else group.push(value)
}

function reportTwice(catalog: Catalog, second: DeclaredService, first: DeclaredService): void {
  const { hostname, namespace } = second.service
  const { kind, metadata, source } = first.by.resource
  catalog.report(second.by, ['hosts'], {
    code: 'WARN_CONFIG_CONFLICT',
    severity: 'warning',
    message: `host ${hostname} is declared already in namespace ${namespace} by ${kind} ${metadata.name} (${source.file}:${source.line}), which wins`,
    got: hostname,
  })
}
