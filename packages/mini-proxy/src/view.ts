import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ClusterLoadAssignmentJson } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import type { SecretJson } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'

/**
 * All resources in force, by name; never mutated. A resource that did not change is the same object as before: that is
 * how the proxy knows what to leave alone. Endpoints go by their cluster's `eds_cluster_config.service_name` or name.
 */
export interface ProxyView {
  readonly listeners: ReadonlyMap<string, ListenerJson>
  readonly clusters: ReadonlyMap<string, ClusterJson>
  readonly routes: ReadonlyMap<string, RouteConfigurationJson>
  readonly endpoints: ReadonlyMap<string, ClusterLoadAssignmentJson>
  /** What TLS contexts name as secrets of SDS. One that is not here is waited for. Default: none. */
  readonly secrets?: ReadonlyMap<string, SecretJson>
  /** What TLS contexts name as secrets without a source. Default: none. */
  readonly staticSecrets?: ReadonlyMap<string, SecretJson>
}

/** Resources as lists, for configuration written by hand. */
export interface Resources {
  readonly listeners?: readonly ListenerJson[]
  readonly clusters?: readonly ClusterJson[]
  readonly routes?: readonly RouteConfigurationJson[]
  readonly endpoints?: readonly ClusterLoadAssignmentJson[]
  readonly secrets?: readonly SecretJson[]
  readonly staticSecrets?: readonly SecretJson[]
}

/** The view of hand-written resources. Of two with one name the later counts. */
export function viewOf(resources: Resources): ProxyView {
  return {
    listeners: byName(resources.listeners, (it) => it.name),
    clusters: byName(resources.clusters, (it) => it.name),
    routes: byName(resources.routes, (it) => it.name),
    endpoints: byName(resources.endpoints, (it) => it.clusterName),
    secrets: byName(resources.secrets, (it) => it.name),
    staticSecrets: byName(resources.staticSecrets, (it) => it.name),
  }
}

function byName<T>(
  list: readonly T[] | undefined,
  nameOf: (it: T) => string | undefined,
): ReadonlyMap<string, T> {
  return new Map((list ?? []).map((it) => [nameOf(it) ?? '', it]))
}
