import { lacksRoom, mostConnectsAtOnce, type PoolLoad } from '../http/preconnect.ts'
import type { PoolChoice, UpstreamHost } from './cluster.ts'

/** What {@link preconnectNext} knows of a cluster. */
export interface ForeseenCluster {
  readonly load: PoolLoad
  /** The host that is chosen after those already foreseen. */
  foresee(): UpstreamHost | undefined
}

/**
 * Before a request: opens connections to the hosts of the requests that follow it, while the cluster lacks room for `ratio` times
 * its requests. Envoy: `predictive_preconnect_ratio`.
 */
export function preconnectNext(cluster: ForeseenCluster, ratio: number, choice: PoolChoice): void {
  for (let opened = 0; opened < mostConnectsAtOnce; opened += 1) {
    if (!lacksRoom(cluster.load, ratio, 1)) return
    if (cluster.foresee()?.preconnect(ratio, choice) !== true) return
  }
}
