import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'

/** The name under which a cluster's endpoints are asked for; undefined if the cluster is not of type EDS. */
export function edsNameOf(cluster: ClusterJson): string | undefined {
  if (cluster.type !== 'EDS') return undefined
  return cluster.edsClusterConfig?.serviceName || cluster.name
}
