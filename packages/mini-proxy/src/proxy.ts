import type { ClusterReport } from './cluster/cluster-report.ts'
import type { StatsStore } from './stats/stats-store.ts'
import type { ProxyView } from './view.ts'

/** Address that a listener is bound to. */
export interface BoundAddress {
  readonly address: string
  readonly port: number
}

/** How to wind down. */
export interface DrainOptions {
  /** Let requests and connections finish; false ends them at once. Default: true. */
  readonly graceful?: boolean
  /** Connections still open after so many milliseconds are ended. Default: 5000. */
  readonly boundMs?: number
  /** Only listeners whose `traffic_direction` is INBOUND. Default: false. */
  readonly inboundOnly?: boolean
}

/** A running proxy: listeners, clusters and what connects them. */
export interface MeshProxy extends AsyncDisposable {
  /** Why this resource cannot be honored, or undefined. For the NACK. */
  check(typeUrl: string, resource: unknown): string | undefined
  /**
   * Puts a view into force in one step: what is new is built first, then swapped. Requests under way finish on the
   * tables they started with. Settles once every new listener is bound or has failed to be (which is logged and counted
   * and does not stop the rest), and once the names of new DNS clusters were asked for.
   *
   * @throws {ProxyError} a resource that `check` refuses; then nothing has changed
   */
  apply(view: ProxyView): Promise<void>
  /** The view in force. */
  readonly view: ProxyView
  /** Bound listeners by name. */
  readonly listeners: ReadonlyMap<string, BoundAddress>
  /** How the hosts of each cluster are doing, sorted by cluster. */
  readonly clusters: readonly ClusterReport[]
  /** False once it was told not to be: it serves on, tells its clients to go elsewhere, and is not ready. */
  readonly isHealthy: boolean
  /** What `/healthcheck/fail` and `/healthcheck/ok` do. */
  setHealthy(healthy: boolean): void
  /** Downstream connections that are open. */
  readonly activeConnections: number
  /** All counters, gauges and histograms, under Envoy's names. Others may count here too. */
  readonly stats: StatsStore
  /** Stops accepting, lets connections finish, idle ones half a second, and settles when none is left. */
  drain(options?: DrainOptions): Promise<void>
  /** Ends everything now. Calling it again does nothing. */
  close(): Promise<void>
}
