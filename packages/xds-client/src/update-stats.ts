import type { ResourceType } from './resource-type.ts'
import type { XdsStats } from './stats.ts'

const prefixes: Readonly<Partial<Record<ResourceType, string>>> = {
  cds: 'cluster_manager.cds',
  lds: 'listener_manager.lds',
}

/** Counts what becomes of updates, under Envoy's names. */
export class UpdateStats {
  readonly #stats: XdsStats
  readonly #connected: { set(value: number): void }

  constructor(stats: XdsStats) {
    this.#stats = stats
    this.#connected = stats.gauge('control_plane.connected_state')
    this.#connected.set(0)
    // Agents read these before the first update is there.
    for (const prefix of Object.values(prefixes)) {
      for (const name of [
        'update_attempt',
        'update_success',
        'update_rejected',
        'update_failure',
      ]) {
        stats.counter(`${prefix}.${name}`).inc(0)
      }
    }
  }

  connected(connected: boolean): void {
    this.#connected.set(connected ? 1 : 0)
  }

  attempt(type: ResourceType): void {
    this.#inc(type, 'update_attempt')
  }

  answered(type: ResourceType, fault: string | undefined): void {
    this.#inc(type, 'update_attempt')
    this.#inc(type, fault === undefined ? 'update_success' : 'update_rejected')
  }

  /** The stream broke, or could not be opened. */
  failed(): void {
    this.#inc('cds', 'update_failure')
    this.#inc('lds', 'update_failure')
  }

  timedOut(type: ResourceType): void {
    this.#inc(type, 'init_fetch_timeout')
  }

  warming({
    clusters,
    listeners,
  }: {
    readonly clusters: number
    readonly listeners: number
  }): void {
    this.#stats.gauge('cluster_manager.warming_clusters').set(clusters)
    this.#stats.gauge('listener_manager.total_listeners_warming').set(listeners)
  }

  #inc(type: ResourceType, name: string): void {
    const prefix = prefixes[type]
    if (prefix !== undefined) this.#stats.counter(`${prefix}.${name}`).inc()
  }
}
