import type { Locality, LocalityPeers } from '@meshwright/lb-algorithms'
import { type HostLocality, healthOf } from './host-set-of.ts'

/** Where the proxy runs and who else does: what zone-aware routing compares the hosts of a cluster with. */
export class LocalPeers {
  /** Undefined: it does not say. */
  readonly locality: Locality | undefined
  /** The cluster that the proxy itself is part of. Undefined: none. Envoy: `local_cluster_name`. */
  readonly clusterName: string | undefined
  #current: readonly LocalityPeers[] = []
  readonly #watchers = new Set<() => void>()

  constructor(locality?: Locality, clusterName?: string) {
    this.locality = locality
    this.clusterName = clusterName
  }

  get current(): readonly LocalityPeers[] {
    return this.#current
  }

  /** Goes over to the hosts that the proxy's own cluster has now. Only its first priority counts, as in Envoy. */
  update(localities: readonly HostLocality[]): void {
    this.#current = localities.filter(({ priority }) => priority === 0).map(peersOf)
    for (const watcher of this.#watchers) watcher()
  }

  /** Calls back after every change, until what is returned is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }
}

function peersOf({ locality, hosts }: HostLocality): LocalityPeers {
  const health = hosts.map(healthOf)
  return {
    locality,
    total: hosts.length,
    healthy: health.filter((it) => it === 'healthy').length,
    degraded: health.filter((it) => it === 'degraded').length,
    healthyWeight: hosts
      .filter((_, i) => health[i] === 'healthy')
      .reduce((sum, { endpoint }) => sum + endpoint.weight, 0),
  }
}
