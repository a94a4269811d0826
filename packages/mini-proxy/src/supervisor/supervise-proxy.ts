import type { Bootstrap } from '@meshwright/xds-client'
import { type AdminPage, textPage } from '../admin/admin-page.ts'
import { adminRoutes, readyPage } from '../admin/admin-pages.ts'
import {
  type AdminAnswer,
  type AdminRequest,
  type AdminServer,
  servePages,
} from '../admin/admin-server.ts'
import { clustersPage } from '../admin/clusters-page.ts'
import { prometheusStatsPage, statsPage } from '../admin/stats-page.ts'
import type { Log, Timers } from '../ambient.ts'
import type { ClusterReport } from '../cluster/cluster-report.ts'
import { defaultAmbient } from '../defaults.ts'
import { ProxyError } from '../errors.ts'
import type { BoundAddress } from '../proxy.ts'
import type { DrainStrategy } from '../proxy-options.ts'
import type { Stat } from '../stats/stats-store.ts'
import { Generation, type GenerationStart } from './generation.ts'
import { HeldPorts } from './held-ports.ts'
import { mergeClusters } from './merge-clusters.ts'
import type { FromWorker } from './messages.ts'
import { mergeStats, recordStats, type StatRecord, withoutGauges } from './stat-records.ts'
import type { WorkerProcess } from './worker-process.ts'

/** A proxy of several processes that can be replaced while it serves. */
export interface SuperviseOptions {
  /** As `parseBootstrap` of `@meshwright/xds-client` gives it. */
  readonly bootstrap: Bootstrap
  /** Processes that serve. Default: 1. Envoy: `--concurrency`. */
  readonly concurrency?: number
  /** A file that keeps the accepted resources, for a start while the control plane cannot be reached. Default: none. */
  readonly persist?: string
  /** Connections of a listener that was changed or removed are ended after so many milliseconds. Default: 600 000. */
  readonly drainMs?: number
  /** How they are told to leave before. Default: `immediate`. */
  readonly drainStrategy?: DrainStrategy
  /** Downstream connections of each process. Default: 50 000. */
  readonly maxConnections?: number
  /** A replaced generation may let connections finish for so many milliseconds. Default: 600 000. Envoy: `--drain-time-s`. */
  readonly replacedDrainMs?: number
  /** The module that workers run; it calls `runProxyWorker`. Default: one that does nothing else. */
  readonly worker?: URL
  /** Takes the lines of every process. Default: nothing is logged. */
  readonly log?: Log
  /** Called on `POST /quitquitquit`. Default: everything is closed. */
  readonly onQuit?: () => void
}

/** Workers at work, and who holds their ports. */
export interface SupervisedProxy extends AsyncDisposable {
  /** Where the admin API is bound; undefined if the bootstrap names none. */
  readonly admin: BoundAddress | undefined
  /** How many generations there were before this one. Envoy: restart epoch. */
  readonly epoch: number
  /** Process ids of the workers of the current generation. */
  readonly pids: readonly number[]
  /** Counters, gauges and histograms of all processes as one; generations that have ended still count. */
  stats(): Promise<readonly Stat[]>
  /**
   * Replaces every worker: new processes, with the program as it now is on disk, take over the ports that are held, and the
   * old ones let their connections finish. Settles when the new ones serve. Rejects, and the old ones go on, when they cannot.
   *
   * @throws {ProxyError} `ERR_PROXY_RESTARTING`: another restart is under way
   */
  restart(bootstrap?: Bootstrap): Promise<void>
  /** Lets connections finish, then ends everything. */
  drain(options?: { readonly boundMs?: number }): Promise<void>
  /** Ends everything now. */
  close(): Promise<void>
}

/** Envoy's `--drain-time-s`. */
const defaultReplacedDrainMs = 600_000
const defaultDrainMs = 5000

/**
 * Forks the workers of a proxy and holds their ports. Settles when all of them serve.
 *
 * Rejects when one cannot, or when the admin address cannot be bound; then nothing is left.
 */
export async function superviseProxy(options: SuperviseOptions): Promise<SupervisedProxy> {
  const supervisor = new Supervisor(options)
  try {
    await supervisor.start()
    return supervisor
  } catch (error) {
    await supervisor.close()
    throw error
  }
}

class Supervisor implements SupervisedProxy {
  readonly #options: SuperviseOptions
  readonly #log: Log
  readonly #timers: Timers = defaultAmbient.timers
  readonly #held: HeldPorts
  #bootstrap: Bootstrap
  #current: Generation | undefined
  #starting: Generation | undefined
  readonly #old = new Set<Generation>()
  readonly #forgetting = new Set<unknown>()
  /** What ended workers have counted. */
  #past: readonly StatRecord[] = []
  #admin: AdminServer | undefined
  #state: 'LIVE' | 'DRAINING' | 'INITIALIZING' = 'INITIALIZING'
  /** What the workers were told last; one that comes in another's place is told too. */
  #healthy = true
  epoch = 0

  constructor(options: SuperviseOptions) {
    this.#options = options
    this.#bootstrap = options.bootstrap
    this.#log = options.log ?? defaultAmbient.log
    this.#held = new HeldPorts((options.concurrency ?? 1) > 1)
  }

  get admin(): BoundAddress | undefined {
    return this.#admin?.address
  }

  get pids(): readonly number[] {
    return [...(this.#current?.workers.values() ?? [])].flatMap((it) => it.pid ?? [])
  }

  async start(): Promise<void> {
    const { admin } = this.#bootstrap
    if (admin !== undefined) {
      this.#admin = await servePages((request) => this.#answer(request), admin)
    }
    await this.#replace()
    this.#state = 'LIVE'
  }

  async restart(bootstrap: Bootstrap = this.#bootstrap): Promise<void> {
    if (this.#starting !== undefined) {
      throw new ProxyError('ERR_PROXY_RESTARTING', 'new workers are starting already')
    }
    this.#bootstrap = bootstrap
    const before = this.#current
    await this.#replace()
    this.epoch += 1
    if (before === undefined) return
    this.#old.add(before)
    const boundMs = this.#options.replacedDrainMs ?? defaultReplacedDrainMs
    void before.drain(boundMs).then(() => this.#old.delete(before))
  }

  async stats(): Promise<readonly Stat[]> {
    await Promise.all(this.#workers().map((it) => it.askStats()))
    // Asked anew: one that ended meanwhile is part of the past, and counts there.
    return mergeStats([this.#past, ...this.#workers().map((it) => it.stats)])
  }

  async drain({ boundMs = defaultDrainMs }: { readonly boundMs?: number } = {}): Promise<void> {
    this.#state = 'DRAINING'
    await Promise.all(this.#generations().map((it) => it.drain(boundMs)))
    await this.#end()
  }

  async close(): Promise<void> {
    this.#state = 'DRAINING'
    await Promise.all(this.#generations().map((it) => it.kill()))
    await this.#end()
  }

  /** No successor will come for what workers that ended by themselves have left. */
  async #end(): Promise<void> {
    for (const timer of this.#forgetting) this.#timers.clearTimeout(timer)
    this.#held.clear()
    await this.#admin?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #replace(): Promise<void> {
    const {
      concurrency = 1,
      persist,
      drainMs,
      drainStrategy,
      maxConnections,
      worker,
    } = this.#options
    const start: GenerationStart = {
      bootstrap: this.#bootstrap,
      persist,
      drainMs,
      drainStrategy,
      maxConnections,
    }
    const next = new Generation({
      module: worker ?? ownWorker(),
      size: concurrency,
      start,
      timers: this.#timers,
      onMessage: (from, message) => this.#hear(from, message),
      onExit: (it, expected) => this.#onExit(it, expected),
    })
    this.#starting = next
    try {
      await next.ready()
      this.#current = next
    } catch (error) {
      await next.kill()
      throw error
    } finally {
      this.#starting = undefined
    }
  }

  #generations(): Generation[] {
    return [this.#current, this.#starting, ...this.#old].filter((it) => it !== undefined)
  }

  #workers(): WorkerProcess[] {
    return this.#generations().flatMap((it) => [...it.workers.values()])
  }

  #hear(worker: WorkerProcess, message: FromWorker): void {
    switch (message.kind) {
      case 'listen':
        this.#givePort(worker, message)
        break
      case 'release':
        this.#held.release(worker, worker.slot, message.key)
        break
      case 'log':
        this.#log({ ...message.entry, worker: worker.slot, pid: worker.pid })
        break
      case 'quit':
        this.#quit()
        break
      case 'ready':
        if (!this.#healthy) void worker.askPage('POST', '/healthcheck/fail')
        break
      default:
        break
    }
  }

  #givePort(worker: WorkerProcess, { id, claim }: Extract<FromWorker, { kind: 'listen' }>): void {
    try {
      const handle = this.#held.claim(worker, worker.slot, claim)
      worker.send({ kind: 'port', id }, handle)
    } catch (error) {
      worker.send({ kind: 'port', id, error: error instanceof Error ? error.message : `${error}` })
    }
  }

  #onExit(worker: WorkerProcess, expected: boolean): void {
    // As long as a successor is on its way the sockets stay: clients wait, and are not refused.
    if (expected) this.#held.forget(worker)
    else {
      const message = 'a worker ended by itself; another takes its place'
      this.#log({ level: 'error', scope: 'supervisor', message, worker: worker.slot })
      const timer = this.#timers.setTimeout(() => {
        this.#forgetting.delete(timer)
        this.#held.forget(worker)
      }, forgetMs)
      this.#forgetting.add(timer)
    }
    this.#past = recordStats(mergeStats([this.#past, withoutGauges(worker.stats)]))
  }

  #quit(): void {
    if (this.#options.onQuit === undefined) void this.close()
    else this.#options.onQuit()
  }

  async #answer(request: AdminRequest): Promise<AdminAnswer> {
    const { pathname, searchParams } = new URL(request.url, 'http://admin')
    if (pathname === '/stats') return { page: statsPage(await this.stats(), searchParams) }
    if (pathname === '/stats/prometheus') {
      return { page: prometheusStatsPage(await this.stats(), searchParams) }
    }
    if (pathname === '/clusters')
      return { page: clustersPage(await this.#clusters(), searchParams) }
    if (pathname === '/ready') {
      return { page: readyPage(this.#healthy || this.#state !== 'LIVE' ? this.#state : 'DRAINING') }
    }
    return { page: await this.#tell(request, pathname) }
  }

  /** Those that serve, as one. */
  async #clusters(): Promise<ClusterReport[]> {
    const workers = [...(this.#current?.workers.values() ?? [])]
    return mergeClusters(await Promise.all(workers.map((it) => it.askClusters())))
  }

  /** What the leader answers; if that changes something, the others are told too. */
  async #tell({ method, url }: AdminRequest, pathname: string): Promise<AdminPage> {
    const leader = this.#current?.leader
    const page = await leader?.askPage(method, url)
    if (page === undefined) return textPage('no worker answers\n', 503)
    if (adminRoutes.get(pathname)?.mutates !== true || page.status >= 400) return page
    if (pathname.startsWith('/healthcheck/')) this.#healthy = pathname === '/healthcheck/ok'
    const others = [...(this.#current?.workers.values() ?? [])].filter((it) => it !== leader)
    await Promise.all(others.map((it) => it.askPage(method, url)))
    return page
  }
}

/** A successor has claimed its ports by then. */
const forgetMs = 30_000

function ownWorker(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return new URL(`./worker-main.${extension}`, import.meta.url)
}
