import type { ClusterAction, Match } from '@meshwright/route-matcher'
import type { Cluster } from '../cluster/cluster.ts'

/** Where a request goes. */
export interface Destination {
  readonly match: Match
  readonly action: ClusterAction
  readonly cluster: Cluster
}
