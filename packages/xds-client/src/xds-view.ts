import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ClusterLoadAssignmentJson } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import type { SecretJson } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'

/**
 * Everything a data plane may act on at one moment: static and dynamic resources, warmed and consistent with each
 * other. It is never mutated. A map that did not change is the same map as in the view before, and so is a resource.
 */
export interface XdsView {
  /** By listener name. A listener is here once the route configurations and secrets that it names are. */
  readonly listeners: ReadonlyMap<string, ListenerJson>
  /** By cluster name. A cluster is here once its endpoints and secrets came, or the wait for them ended. */
  readonly clusters: ReadonlyMap<string, ClusterJson>
  /** By route configuration name. */
  readonly routes: ReadonlyMap<string, RouteConfigurationJson>
  /** By {@link edsNameOf} of the cluster. A cluster without an entry has no endpoints. */
  readonly endpoints: ReadonlyMap<string, ClusterLoadAssignmentJson>
  /** By secret name: those that resources ask for over ADS. */
  readonly secrets: ReadonlyMap<string, SecretJson>
  /** Those of the bootstrap, which resources name without a source. */
  readonly staticSecrets: ReadonlyMap<string, SecretJson>
}

/** The view before anything is known. */
export const emptyView: XdsView = {
  listeners: new Map(),
  clusters: new Map(),
  routes: new Map(),
  endpoints: new Map(),
  secrets: new Map(),
  staticSecrets: new Map(),
}
