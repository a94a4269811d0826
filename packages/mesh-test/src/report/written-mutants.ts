import { type Mutant, mutantsOf } from '@meshwright/route-analysis'
import type { Mesh } from '../mesh.ts'
import type { RouteSet } from '../route-set.ts'
import type { RouteSource } from '../route-source.ts'
import { sourceOf } from './route-label.ts'

/**
 * The mutants of a route configuration that somebody could have made: those of routes that are written, where any are; and of
 * timeouts and retries that are, where a virtual service says nothing of them.
 */
export function* writtenMutants(mesh: Mesh, set: RouteSet): Generator<Mutant> {
  const isWritten = hasWrittenRoutes(set)
  for (const mutant of mutantsOf(set.configuration)) {
    const source = sourceOf(set, mutant.ref)
    if (source === undefined ? !isWritten : !isDefault(mutant, source, mesh)) yield mutant
  }
}

/** Whether any route of a route configuration is written somewhere. */
export function hasWrittenRoutes({ configuration, originOf }: RouteSet): boolean {
  return (configuration.virtualHosts ?? []).some(({ routes = [] }, host) =>
    routes.some((_, route) => originOf(host, route) !== undefined),
  )
}

/** What Istio puts into every route that says nothing else. */
const defaults: ReadonlyMap<Mutant['kind'], 'timeout' | 'retries'> = new Map([
  ['changed-timeout', 'timeout'],
  ['changed-retry', 'retries'],
])

function isDefault({ kind }: Mutant, { resource, path }: RouteSource, mesh: Mesh): boolean {
  const field = defaults.get(kind)
  if (field === undefined || resource === undefined) return false
  const service = mesh.snapshot?.virtualServices.find(
    ({ metadata }) => metadata.namespace === resource.namespace && metadata.name === resource.name,
  )
  const [, index] = /^spec\.http\[(\d+)\]/.exec(path) ?? []
  return service?.spec.http?.[Number(index)]?.[field] === undefined
}
