import type { RouteTable } from '@meshwright/route-matcher'
import type { Ambient } from '../ambient.ts'
import type { ClusterSet } from '../cluster/cluster.ts'
import type { FilterRegistry } from '../filters/filter-registry.ts'
import type { OverloadState } from '../overload/overload-state.ts'
import type { StatsScope } from '../stats/stats.ts'

/** Route tables by the name of their configuration; a request keeps the one it started with. */
interface RouteTables {
  get(name: string): RouteTable | undefined
}

/** All that a connection manager takes from the proxy around it. */
export interface HcmContext extends Ambient {
  /** The clusters in force now; asked once per request. */
  readonly clusters: () => ClusterSet
  /** The route tables in force now; asked once per request. */
  readonly routeTables: () => RouteTables
  readonly filters: FilterRegistry
  /** Root scope; the manager adds `http.<stat_prefix>`. */
  readonly stats: StatsScope
  /** Logs a warning unless one with this key was logged before. */
  readonly warnOnce: (key: string, message: string) => void
  /** Takes finished lines of access logs, each with its line break, and the path that the config names. */
  readonly accessLog: (line: string, path: string) => void
  /** What the proxy does to save itself now. */
  readonly overload: Readonly<OverloadState>
  /** Failed: every client is told to go elsewhere with its next request. */
  readonly health: { readonly failed: boolean }
  /** `id` of the node in the bootstrap. */
  readonly nodeId: string
}
