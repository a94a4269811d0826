import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ConfigSourceJson } from '@meshwright/xds-types/envoy/config/core/v3'
import type { ClusterLoadAssignmentJson } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import type { StaticResources } from '../bootstrap/bootstrap.ts'
import type { ResourceType } from '../resource-type.ts'
import type { XdsView } from '../xds-view.ts'
import { initialFetchTimeoutMs } from './config-source.ts'
import {
  clustersOfListener,
  clustersOfRoutes,
  edsNameOf,
  type RouteReference,
  routeReferencesOf,
} from './references.ts'
import { ReferredNames } from './referred-names.ts'
import { SecretCache } from './secret-cache.ts'
import { secretsOfCluster, secretsOfListener } from './secret-references.ts'
import { type Slot, WarmSet } from './warm-set.ts'

/** How long things wait for each other, in milliseconds. */
export interface WarmingTimes {
  /** Until a changed cluster makes do with the endpoints it had, if no new answer comes. */
  readonly rewarmMs: number
  /** Until routes and listeners are used although a cluster that they name is not ready. */
  readonly holdMs: number
}

/** What changed in one type: good resources, and names that have an answer without a resource. */
export interface CacheChange {
  readonly set: readonly { readonly name: string; readonly json: unknown }[]
  readonly removed: readonly string[]
  /** Names whose answer was refused or empty: whoever waits for one waits no longer. */
  readonly answered: readonly string[]
}

/**
 * Decides which resources are in use. A pure state machine: every instant is an argument, in milliseconds.
 *
 * A cluster of type EDS waits for endpoints that came after it, a listener for its route configurations, both for secrets;
 * routes and
 * listeners wait for clusters that they name and that are new, so that nothing in use names what is about to come.
 * Until clusters are complete for the first time, no listener that came over ADS is in use.
 */
export class ConfigCache {
  readonly #times: WarmingTimes
  readonly #statics: StaticResources
  readonly #clusters = new WarmSet<ClusterJson>()
  readonly #routes = new WarmSet<RouteConfigurationJson>()
  readonly #listeners = new WarmSet<ListenerJson>()
  readonly #staticListeners: ReadonlySet<string>
  readonly #secrets = new SecretCache()
  #endpoints: ReadonlyMap<string, ClusterLoadAssignmentJson> = new Map()
  /** Names of endpoints that a cluster waits for. */
  readonly #awaited = new Set<string>()
  /** Route configurations that were answered without a good one. */
  readonly #absentRoutes = new Set<string>()
  #refresh = new Set<string>()
  readonly #endpointNames = new ReferredNames<ClusterJson>((cluster) => [edsNameOf(cluster)])
  readonly #routeNames = new ReferredNames<ListenerJson>((listener) =>
    routeReferencesOf(listener).map(({ name }) => name),
  )
  #open = { cds: false, lds: false }
  #clustersComplete = false
  #complete = false
  #view: XdsView

  constructor(statics: StaticResources, times: WarmingTimes, now: number) {
    this.#times = times
    this.#statics = statics
    this.#staticListeners = new Set(statics.listeners.map(nameOf))
    this.#view = {
      listeners: new Map(),
      clusters: new Map(),
      routes: new Map(),
      endpoints: new Map(),
      secrets: this.#secrets.all,
      staticSecrets: new Map(statics.secrets.map((it) => [nameOf(it), it])),
    }
    for (const cluster of statics.clusters) this.#setCluster(cluster, now)
    for (const listener of statics.listeners) this.#setListener(listener, now)
    this.settle(now)
  }

  /** What is in use. The same object until something in it changes. */
  get view(): XdsView {
    const next = {
      listeners: this.#listeners.active,
      clusters: this.#clusters.active,
      routes: this.#routes.active,
      endpoints: this.#endpoints,
      secrets: this.#secrets.all,
      staticSecrets: this.#view.staticSecrets,
    }
    const { listeners, clusters, routes, endpoints, secrets } = this.#view
    const same =
      next.listeners === listeners &&
      next.clusters === clusters &&
      next.routes === routes &&
      next.endpoints === endpoints &&
      next.secrets === secrets
    if (!same) this.#view = next
    return this.#view
  }

  /** Whether the first configuration is in use as a whole. Stays true from then on. */
  get complete(): boolean {
    return this.#complete
  }

  /** How many clusters and listeners warm. */
  get warming(): { readonly clusters: number; readonly listeners: number } {
    return { clusters: this.#clusters.warming, listeners: this.#listeners.warming }
  }

  /** When, after `now`, `settle` has something to do even if nothing comes; infinite: never. */
  nextDeadline(now: number): number {
    return Math.min(
      this.#clusters.nextDeadline(now),
      this.#routes.nextDeadline(now),
      this.#listeners.nextDeadline(now),
    )
  }

  /** Whether a resource of this name is in the bootstrap, and so cannot come over ADS. */
  isStatic(type: ResourceType, name: string): boolean {
    if (type === 'lds') return this.#staticListeners.has(name)
    return type === 'cds' && this.#statics.clusters.some((cluster) => cluster.name === name)
  }

  /** Whether the newest good one of this name is in use. */
  isActive(type: ResourceType, name: string): boolean {
    if (type === 'eds') return this.#endpoints.has(name)
    if (type === 'sds') return this.#secrets.has(name)
    const set = { cds: this.#clusters, lds: this.#listeners, rds: this.#routes }[type]
    const slot = set.get(name)
    return slot !== undefined && slot.active === slot.latest
  }

  /** Names of endpoints to ask for; sorted. The same list until it changes. */
  get endpointNames(): readonly string[] {
    return this.#endpointNames.of(this.#clusters)
  }

  /** Names of route configurations to ask for; sorted. The same list until it changes. */
  get routeNames(): readonly string[] {
    return this.#routeNames.of(this.#listeners)
  }

  /** Names of secrets to ask for; sorted. The same list until it changes. */
  get secretNames(): readonly string[] {
    return this.#secrets.namesIn(this.#clusters, this.#listeners)
  }

  /** Names of endpoints known already that changed clusters want to hear of again. Asking empties the list. */
  takeRefresh(): ReadonlySet<string> {
    const refresh = this.#refresh
    this.#refresh = new Set()
    return refresh
  }

  /** Takes in what a response, or a file, brought. `settle` puts it to use. */
  apply(type: ResourceType, change: CacheChange, now: number): void {
    if (type === 'cds') this.#applyClusters(change, now)
    else if (type === 'eds') this.#applyEndpoints(change)
    else if (type === 'lds') this.#applyListeners(change, now)
    else if (type === 'rds') this.#applyRoutes(change, now)
    else this.#applySecrets(change)
  }

  /** Says that a type has its first answer, or will not have one in time. */
  opened(type: 'cds' | 'lds'): void {
    this.#open = { ...this.#open, [type]: true }
  }

  /** Whether a type has its first answer, or none was to be waited for. */
  isOpen(type: 'cds' | 'lds'): boolean {
    return this.#open[type]
  }

  /** Puts to use what is ready at `now`, and forgets what nothing names. */
  settle(now: number): void {
    this.#clusters.settle(({ latest, deadline }) => {
      const waits = edsNameOf(latest) !== undefined && this.#awaited.has(latest.name ?? '')
      if (now >= deadline) return true
      return !waits && this.#secrets.areResolved(secretsOfCluster(latest))
    })
    this.#clustersComplete ||= this.#open.cds && !this.#clusters.someNew
    this.#routes.settle(
      ({ latest, deadline }) => now >= deadline || !this.#namesNewCluster(clustersOfRoutes(latest)),
    )
    this.#listeners.settle((slot) => this.#listenerReady(slot, now))
    this.#complete ||= this.#clustersComplete && this.#open.lds && !this.#listeners.someNew
    this.#forgetUnnamed()
  }

  #applyClusters({ set, removed }: CacheChange, now: number): void {
    for (const name of removed) {
      this.#clusters.delete(name)
      this.#awaited.delete(name)
    }
    for (const { json } of set) this.#setCluster(json as ClusterJson, now)
  }

  #setCluster(cluster: ClusterJson, now: number): void {
    const name = nameOf(cluster)
    if (this.#clusters.get(name)?.latest === cluster) return
    const edsName = edsNameOf(cluster)
    const patience = Math.max(0, ...waitsFor(secretsOfCluster(cluster)))
    if (edsName === undefined) {
      this.#awaited.delete(name)
      this.#clusters.set(name, cluster, now + patience)
      return
    }
    const timeout = initialFetchTimeoutMs(cluster.edsClusterConfig?.edsConfig)
    const known = this.#endpoints.has(edsName)
    if (known) this.#refresh.add(edsName)
    this.#awaited.add(name)
    this.#clusters.set(
      name,
      cluster,
      now + Math.max(patience, known ? Math.min(timeout, this.#times.rewarmMs) : timeout),
    )
  }

  #applyEndpoints({ set, removed, answered }: CacheChange): void {
    const wanted = new Set(this.endpointNames)
    const next = new Map(this.#endpoints)
    let changed = false
    for (const { name, json } of set) {
      if (!wanted.has(name) || next.get(name) === json) continue
      next.set(name, json as ClusterLoadAssignmentJson)
      changed = true
    }
    if (changed) this.#endpoints = next
    const names = new Set([...set.map(nameOf), ...removed, ...answered])
    for (const cluster of this.#awaited) {
      const slot = this.#clusters.get(cluster)
      if (slot !== undefined && names.has(edsNameOf(slot.latest) ?? ''))
        this.#awaited.delete(cluster)
    }
  }

  #applyListeners({ set, removed }: CacheChange, now: number): void {
    for (const name of removed) this.#listeners.delete(name)
    for (const { json } of set) this.#setListener(json as ListenerJson, now)
  }

  #setListener(listener: ListenerJson, now: number): void {
    const name = nameOf(listener)
    if (this.#listeners.get(name)?.latest === listener) return
    const waits = waitsFor([...routeReferencesOf(listener), ...secretsOfListener(listener)])
    this.#listeners.set(name, listener, now + Math.max(this.#times.holdMs, ...waits))
  }

  #applyRoutes({ set, removed, answered }: CacheChange, now: number): void {
    const wanted = new Set(this.routeNames)
    for (const { name, json } of set) {
      if (!wanted.has(name)) continue
      this.#absentRoutes.delete(name)
      if (this.#routes.get(name)?.latest === json) continue
      this.#routes.set(name, json as RouteConfigurationJson, now + this.#times.holdMs)
    }
    for (const name of [...removed, ...answered]) {
      if (wanted.has(name) && this.#routes.get(name) === undefined) this.#absentRoutes.add(name)
    }
  }

  #listenerReady({ name, latest, deadline }: Slot<ListenerJson>, now: number): boolean {
    if (!this.#clustersComplete && !this.#staticListeners.has(name)) return false
    if (now >= deadline) return true
    return (
      routeReferencesOf(latest).every((reference) => this.#isResolved(reference)) &&
      this.#secrets.areResolved(secretsOfListener(latest)) &&
      !this.#namesNewCluster(clustersOfListener(latest))
    )
  }

  #applySecrets({ set, removed, answered }: CacheChange): void {
    this.#secrets.apply({ set, answered: [...removed, ...answered] }, this.secretNames)
  }

  #isResolved({ name }: RouteReference): boolean {
    return this.#absentRoutes.has(name) || this.#routes.active.has(name)
  }

  #namesNewCluster(names: ReadonlySet<string>): boolean {
    return [...names].some((name) => this.#clusters.isNew(name))
  }

  #forgetUnnamed(): void {
    const endpoints = new Set(this.endpointNames)
    if ([...this.#endpoints.keys()].some((name) => !endpoints.has(name))) {
      this.#endpoints = new Map([...this.#endpoints].filter(([name]) => endpoints.has(name)))
    }
    const routes = new Set(this.routeNames)
    for (const { name } of [...this.#routes.slots()])
      if (!routes.has(name)) this.#routes.delete(name)
    this.#secrets.retain(this.secretNames)
    for (const name of this.#absentRoutes) if (!routes.has(name)) this.#absentRoutes.delete(name)
  }
}

function waitsFor(
  references: readonly { readonly source: ConfigSourceJson | undefined }[],
): readonly number[] {
  return references.map(({ source }) => initialFetchTimeoutMs(source))
}

function nameOf({ name }: { readonly name?: string }): string {
  return name ?? ''
}
