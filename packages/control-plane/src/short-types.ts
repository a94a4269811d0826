const shortTypes: ReadonlyMap<string, string> = new Map([
  ['Cluster', 'cds'],
  ['ClusterLoadAssignment', 'eds'],
  ['Listener', 'lds'],
  ['RouteConfiguration', 'rds'],
  ['Secret', 'sds'],
])

/** The short name of a type, as in Istio's metrics: `cds`, `eds`, `lds`, `rds`, `sds`, else `other`. */
export function shortType(typeUrl: string): string {
  return shortTypes.get(typeUrl.slice(typeUrl.lastIndexOf('.') + 1)) ?? 'other'
}
