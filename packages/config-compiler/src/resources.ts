import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ClusterLoadAssignmentJson } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'

/** Everything one proxy is told, as proto3 JSON; each list sorted by name, each name once. */
export interface Resources {
  readonly clusters: readonly ClusterJson[]
  readonly endpoints: readonly ClusterLoadAssignmentJson[]
  readonly listeners: readonly ListenerJson[]
  readonly routes: readonly RouteConfigurationJson[]
}
