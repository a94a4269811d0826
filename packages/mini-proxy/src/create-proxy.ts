import process from 'node:process'
import type { Ambient, Timers } from './ambient.ts'
import { checkResource } from './check-resource.ts'
import { type ClusterReport, reportCluster } from './cluster/cluster-report.ts'
import { ClusterTable } from './cluster/cluster-table.ts'
import { systemResolver } from './cluster/dns-resolver.ts'
import { LocalPeers } from './cluster/local-peers.ts'
import { defaultAmbient } from './defaults.ts'
import { ProxyError } from './errors.ts'
import { createFilterRegistry, type FilterRegistry } from './filters/filter-registry.ts'
import { deadlinesOn } from './http/deadlines.ts'
import { wheelOn } from './http/timer-wheel.ts'
import { createHttpPool } from './http2/create-http-pool.ts'
import { createLineFiles, type LineFiles } from './line-files.ts'
import { ListenerTable } from './listener/listener-table.ts'
import { compileOverload, type OverloadPlan } from './overload/overload-plan.ts'
import { calmState } from './overload/overload-state.ts'
import { createLoadShedPoints, OverloadWatch } from './overload/overload-watch.ts'
import type { BoundAddress, DrainOptions, MeshProxy } from './proxy.ts'
import type { ProxyOptions } from './proxy-options.ts'
import { CompiledRouteTables } from './route-tables.ts'
import { createStatsStore, type StatsStore } from './stats/stats-store.ts'
import { SecretTable } from './tls/secret-table.ts'
import { type ProxyView, viewOf } from './view.ts'

/** A proxy without configuration: it does nothing until a view is applied. */
export function createProxy(options: ProxyOptions = {}): MeshProxy {
  return new RunningProxy(options)
}

/** Envoy's `--drain-time-s`. */
const defaultDrainMs = 600_000
const defaultDrainBoundMs = 5000
const defaultMaxConnections = 50_000

class RunningProxy implements MeshProxy {
  readonly stats: StatsStore = createStatsStore()
  readonly #registry: FilterRegistry
  readonly #routes: CompiledRouteTables
  readonly #health = { failed: false }
  readonly #secrets: SecretTable
  readonly #clusters: ClusterTable
  readonly #listeners: ListenerTable
  readonly #files: LineFiles
  readonly #watch: OverloadWatch
  #view: ProxyView = viewOf({})
  #closed = false

  constructor(options: ProxyOptions) {
    const plan = compileOverload(options.overload ?? {})
    const ambient = ambientOf(options, plan)
    const warnOnce = warningsOnce(ambient)
    this.#registry = createFilterRegistry(options.httpFilters ?? [])
    this.#routes = new CompiledRouteTables({ registry: this.#registry, warnOnce })
    this.#files = createLineFiles(ambient.log, ambient.timers)
    this.#secrets = new SecretTable({ stats: this.stats, warnOnce })
    this.#clusters = new ClusterTable({
      secrets: this.#secrets,
      warnOnce,
      forgetStats: (scope) => this.stats.forget(scope),
      context: {
        ...ambient,
        stats: this.stats,
        resolver: options.resolver ?? systemResolver,
        createPool: createHttpPool,
        peers: new LocalPeers(options.node?.locality, options.localCluster),
      },
    })
    const overload = calmState(createLoadShedPoints(plan, this.stats, ambient.random), plan.floors)
    for (const part of plan.ignored) warnOnce(part, `${part} is accepted but does nothing`)
    let connections = 0
    this.#listeners = new ListenerTable({
      registry: this.#registry,
      drainStrategy: options.drainStrategy ?? 'immediate',
      ports: options.ports,
      drainMs: options.drainMs ?? defaultDrainMs,
      maxConnections: options.maxConnections ?? plan.maxConnections ?? defaultMaxConnections,
      context: {
        ...ambient,
        warnOnce,
        health: this.#health,
        secrets: this.#secrets,
        stats: this.stats,
        filters: this.#registry,
        clusters: () => this.#clusters.set,
        routeTables: () => this.#routes.tables,
        accessLog: options.accessLog ?? ((line, path) => this.#files.write(line, path)),
        nodeId: options.node?.id ?? '',
        connectionLimits: options.connectionLimits ?? {},
        overload,
        originalDestination: options.originalDestination ?? (() => undefined),
        nextConnectionId: () => ++connections,
      },
    })
    this.#watch = new OverloadWatch(plan, {
      timers: ambient.timers,
      stats: this.stats,
      state: overload,
      heapBytes: options.heapBytes ?? heapBytes,
      setAccepting: (accepts) => this.#listeners.setAccepting(accepts),
      hurry: (share) => {
        deadlinesOn(ambient.timers).hurry = share
      },
      shedLargest: () => this.#listeners.shedLargest(),
    })
  }

  get view(): ProxyView {
    return this.#view
  }

  get listeners(): ReadonlyMap<string, BoundAddress> {
    return this.#listeners.bound
  }

  get clusters(): readonly ClusterReport[] {
    return this.#clusters
      .list()
      .map(reportCluster)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  get activeConnections(): number {
    return this.#listeners.activeConnections
  }

  check(typeUrl: string, resource: unknown): string | undefined {
    return checkResource(typeUrl, resource, this.#registry)
  }

  async apply(view: ProxyView): Promise<void> {
    if (this.#closed) throw new ProxyError('ERR_PROXY_CLOSED', 'the proxy is closed')
    const routes = this.#routes.prepare(view.routes)
    const secrets = this.#secrets.prepare(view)
    const clusters = this.#clusters.prepare(view.clusters, view.endpoints)
    const listeners = this.#listeners.prepare(view.listeners)
    // From here on nothing fails, and until the first await nothing else runs: the swap is one step.
    this.#view = view
    routes.commit()
    secrets.commit()
    await Promise.all([clusters.commit(), listeners.commit()])
  }

  get isHealthy(): boolean {
    return !this.#health.failed
  }

  setHealthy(healthy: boolean): void {
    this.#health.failed = !healthy
    this.stats.gauge('server.live').set(healthy ? 1 : 0)
  }

  async drain(options: DrainOptions = {}): Promise<void> {
    const graceful = options.graceful ?? true
    const boundMs = graceful ? (options.boundMs ?? defaultDrainBoundMs) : 0
    await this.#listeners.drain(boundMs, options.inboundOnly ?? false)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#watch.stop()
    this.#listeners.close()
    this.#clusters.close()
    await this.#files.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** What this process has allocated: objects, and the buffers outside of them. */
function heapBytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function ambientOf(options: ProxyOptions, { actions }: OverloadPlan): Ambient {
  const { wallClock, random, log } = options
  const clock = options.clock ?? defaultAmbient.clock
  const timers = options.timers ?? defaultAmbient.timers
  const mayHurry = actions.some(({ does }) => does === 'reduceTimeouts')
  return {
    clock,
    // All that waits in a proxy waits on this one.
    timers: wheelOn(mayHurry ? apart(timers) : timers, clock),
    wallClock: wallClock ?? defaultAmbient.wallClock,
    random: random ?? defaultAmbient.random,
    log: log ?? defaultAmbient.log,
  }
}

/** For a proxy whose timeouts may become shorter: those of others in this process do not wait with them. */
function apart(timers: Timers): Timers {
  return {
    setTimeout: (run, ms) => timers.setTimeout(run, ms),
    clearTimeout: (timer) => timers.clearTimeout(timer),
  }
}

/** Keys are remembered up to a bound, as configuration can bring new ones without end; beyond it, lines repeat. */
const maxRememberedWarnings = 1000

function warningsOnce({ log }: Ambient): (key: string, message: string) => void {
  const seen = new Set<string>()
  return (key, message) => {
    if (seen.has(key)) return
    if (seen.size < maxRememberedWarnings) seen.add(key)
    log({ level: 'warn', scope: 'config', message })
  }
}
