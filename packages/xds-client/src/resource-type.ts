import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ClusterLoadAssignmentJson } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import type { SecretJson } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'

/** The types of resource that the client asks for, by the short names of their discovery services. */
export type ResourceType = 'cds' | 'eds' | 'lds' | 'rds' | 'sds'

/** The proto3 JSON of a resource of each type. */
export interface ResourceJson {
  readonly cds: ClusterJson
  readonly eds: ClusterLoadAssignmentJson
  readonly lds: ListenerJson
  readonly rds: RouteConfigurationJson
  readonly sds: SecretJson
}

/** All types, in the order in which they are asked for: what others refer to comes first. */
export const resourceTypes: readonly ResourceType[] = ['cds', 'eds', 'lds', 'rds', 'sds']

/** The type URL of each type. */
export const typeUrls: Readonly<Record<ResourceType, string>> = {
  cds: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  eds: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  lds: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  rds: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
  sds: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
}

const byTypeUrl = new Map(resourceTypes.map((type) => [typeUrls[type], type] as const))

/** The type with this type URL; undefined if it is none of ours. */
export function resourceTypeOf(typeUrl: string): ResourceType | undefined {
  return byTypeUrl.get(typeUrl)
}

/** What is wanted of one type: everything there is, or resources by name. */
export type Wanted = '*' | readonly string[]
