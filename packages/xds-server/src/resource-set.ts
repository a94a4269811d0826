import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ClusterLoadAssignmentJson } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import { XdsServerError } from './errors.ts'
import { typeUrls } from './resource-type.ts'

/**
 * Everything that one client should have, in proto3 JSON.
 *
 * Never mutate one that was given away. Objects that come again, whole sets or single resources,
 * are recognized and not encoded again.
 */
export interface ResourceSet {
  readonly clusters?: readonly ClusterJson[]
  readonly endpoints?: readonly ClusterLoadAssignmentJson[]
  readonly listeners?: readonly ListenerJson[]
  readonly routes?: readonly RouteConfigurationJson[]
  /** Resources of further types, by type URL and name. A type that is missing is not answered. */
  readonly others?: ReadonlyMap<string, ReadonlyMap<string, object>>
}

/** A resource with the name that clients ask for. */
export type NamedResource = readonly [name: string, json: object]

/** The resources of a set by type URL. The four types of a mesh are always there. */
export function resourcesByType(set: ResourceSet): ReadonlyMap<string, readonly NamedResource[]> {
  return new Map<string, readonly NamedResource[]>([
    [typeUrls.cluster, named(typeUrls.cluster, set.clusters, (it) => it.name)],
    [typeUrls.endpoint, named(typeUrls.endpoint, set.endpoints, (it) => it.clusterName)],
    [typeUrls.listener, named(typeUrls.listener, set.listeners, (it) => it.name)],
    [typeUrls.route, named(typeUrls.route, set.routes, (it) => it.name)],
    ...[...(set.others ?? [])].map(([typeUrl, byName]) => [typeUrl, [...byName]] as const),
  ])
}

function named<Json extends object>(
  typeUrl: string,
  resources: readonly Json[] = [],
  nameOf: (json: Json) => string | undefined,
): readonly NamedResource[] {
  const seen = new Set<string>()
  return resources.map((json) => {
    const name = nameOf(json)
    if (name === undefined || name === '' || seen.has(name)) {
      throw new XdsServerError(
        `expected every ${typeUrl} to have a name of its own, got ${JSON.stringify(name)}`,
        { code: 'ERR_XDS_SERVER_BAD_RESOURCE' },
      )
    }
    seen.add(name)
    return [name, json]
  })
}
