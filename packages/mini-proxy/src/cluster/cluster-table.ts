import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ClusterLoadAssignmentJson } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import type { Secrets } from '../tls/supplied-tls.ts'
import type { ClusterSet } from './cluster.ts'
import { type CompiledCluster, compileCluster } from './compile-cluster.ts'
import { type EndpointSet, readEndpoints } from './endpoint-spec.ts'
import { type ClusterContext, RunningCluster } from './running-cluster.ts'

export interface ClusterTableOptions {
  readonly context: Omit<ClusterContext, 'clusterNamed'>
  readonly warnOnce: (key: string, message: string) => void
  readonly secrets: Secrets
  /** Drops the statistics of a cluster that is gone. */
  readonly forgetStats: (scope: string) => void
}

/** The clusters in force. */
export class ClusterTable {
  readonly #options: ClusterTableOptions
  #current: ReadonlyMap<string, Entry> = new Map()
  /** A map that is never changed: a request keeps the one it started with. */
  #set: ReadonlyMap<string, RunningCluster> = new Map()

  constructor(options: ClusterTableOptions) {
    this.#options = options
  }

  get set(): ClusterSet {
    return this.#set
  }

  list(): RunningCluster[] {
    return [...this.#set.values()]
  }

  /**
   * Compiles what is new; `commit` then swaps, and settles once the names of new DNS clusters were asked for.
   *
   * @throws {ProxyError} a cluster or its endpoints cannot be honored; nothing has changed
   */
  prepare(
    clusters: ReadonlyMap<string, ClusterJson>,
    endpoints: ReadonlyMap<string, ClusterLoadAssignmentJson>,
  ): { commit(): Promise<void> } {
    const plans = new Map<string, Plan>()
    for (const [name, json] of clusters) {
      const current = this.#current.get(name)
      const unchanged = current?.json === json ? current : undefined
      const compiled = unchanged?.cluster.compiled ?? compileCluster(json, this.#options.secrets)
      const { discovery } = compiled
      const assignment = discovery.kind === 'eds' ? endpoints.get(discovery.serviceName) : undefined
      const same = unchanged !== undefined && unchanged.assignment === assignment
      plans.set(name, {
        json,
        assignment,
        compiled,
        cluster: unchanged?.cluster,
        endpoints: discovery.kind === 'eds' && !same ? readEndpoints(assignment) : undefined,
      })
    }
    return { commit: () => this.#commit(plans) }
  }

  /** Ends every pooled connection now. */
  close(): void {
    for (const cluster of this.#set.values()) cluster.close()
    this.#set = new Map()
    this.#current = new Map()
  }

  async #commit(plans: ReadonlyMap<string, Plan>): Promise<void> {
    const { context } = this.#options
    const before = this.#current
    const next = new Map<string, Entry>()
    for (const [name, plan] of plans) {
      const cluster = plan.cluster ?? this.#start(plan.compiled, before.get(name)?.cluster)
      if (plan.endpoints !== undefined) {
        this.#warnOf(plan.endpoints.ignored)
        cluster.setEndpoints(plan.endpoints)
      }
      next.set(name, { json: plan.json, assignment: plan.assignment, cluster })
    }
    this.#current = next
    this.#set = new Map([...next].map(([name, { cluster }]) => [name, cluster]))
    for (const [name, { cluster }] of before) {
      if (next.get(name)?.cluster === cluster) continue
      cluster.retire()
      if (next.has(name)) continue
      this.#options.forgetStats(`cluster.${cluster.compiled.statName}`)
      if (name === context.peers.clusterName) context.peers.update([])
    }
    context.stats.gauge('cluster_manager.active_clusters').set(next.size)
    await Promise.all([...next.values()].map((it) => it.cluster.started))
  }

  #warnOf(ignored: readonly string[]): void {
    for (const part of ignored) {
      this.#options.warnOnce(part, `${part} is accepted but does nothing`)
    }
  }

  #start(compiled: CompiledCluster, previous: RunningCluster | undefined): RunningCluster {
    for (const warning of compiled.warnings) this.#options.warnOnce(warning, warning)
    this.#warnOf(compiled.endpoints.ignored)
    const clusterNamed = (name: string): RunningCluster | undefined => this.#set.get(name)
    return new RunningCluster(compiled, { ...this.#options.context, clusterNamed }, previous)
  }
}

interface Entry {
  readonly json: ClusterJson
  readonly assignment: ClusterLoadAssignmentJson | undefined
  readonly cluster: RunningCluster
}

interface Plan {
  readonly json: ClusterJson
  readonly assignment: ClusterLoadAssignmentJson | undefined
  readonly compiled: CompiledCluster
  /** The cluster that goes on. */
  readonly cluster: RunningCluster | undefined
  /** Undefined: they did not change. */
  readonly endpoints: EndpointSet | undefined
}
