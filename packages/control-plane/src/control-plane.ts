import { formatDiagnostic, type Snapshot } from '@meshwright/mesh-config'
import {
  type Address,
  type ClientStatus,
  type Convergence,
  createXdsServer,
  type XdsServer,
  type XdsServerEvents,
} from '@meshwright/xds-server'
import { clientName } from './client-name.ts'
import { ConfigLoop, type CurrentConfig, type Refusal, refusalError } from './config-loop.ts'
import { Debounce } from './debounce.ts'
import { debugPages } from './debug-pages.ts'
import { DebugServer } from './debug-server.ts'
import { otherWork } from './defaults.ts'
import {
  type ControlPlaneConfig,
  type ControlPlaneOptions,
  resolveControlPlaneOptions,
} from './options.ts'
import { PilotMetrics } from './pilot-metrics.ts'
import { ProxyResources } from './proxy-resources.ts'

/** A running control plane. */
export interface ControlPlane extends AsyncDisposable {
  /** Where proxies connect. */
  readonly xdsAddress: Address
  /** Where the debug pages, `/ready` and `/metrics` are. */
  readonly debugAddress: Address
  /** Whether there is configuration to serve, be it not the newest. */
  readonly ready: boolean
  /** What is in force; nothing if nothing ever was good. */
  readonly current: CurrentConfig | undefined
  /** Why the configuration as it is now is not in force; nothing if it is. */
  readonly refusal: Refusal | undefined
  /** The proxies that are connected, and how far they are. */
  clients(): readonly ClientStatus[]
  /**
   * Resolves once no change waits and every proxy has answered all it was sent. A change that was
   * just written to a directory counts from when the file system tells of it.
   */
  synced(): Promise<void>
  /** Closes both ports; proxies keep what they have. */
  close(): Promise<void>
}

/**
 * Starts a control plane: it reads configuration, follows its changes, and tells proxies.
 *
 * @throws {ControlPlaneError} if `strict` and there is nothing good to serve, or if the address of
 * the debug pages cannot be listened on
 * @throws {XdsServerError} if the address for proxies cannot be listened on
 */
export async function createControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const plane = new Plane(resolveControlPlaneOptions(options))
  try {
    await plane.start()
  } catch (error) {
    await plane.close()
    throw error
  }
  return plane
}

const nowhere: Address = { host: '', port: 0 }
const version = '0.1.0'
const readAgainMs = 1_000
const saveAgainMs = 10_000

class Plane implements ControlPlane {
  xdsAddress: Address = nowhere
  debugAddress: Address = nowhere
  readonly #config: ControlPlaneConfig
  readonly #resources = new ProxyResources()
  readonly #metrics: PilotMetrics
  readonly #loop: ConfigLoop
  readonly #debounce: Debounce
  readonly #xds: XdsServer
  readonly #debug: DebugServer
  #watch: { close(): void } | undefined
  #retry: unknown
  #closed = false
  #idleWaiters: (() => void)[] = []

  constructor(config: ControlPlaneConfig) {
    this.#config = config
    const startedAtMs = config.time.now()
    this.#metrics = new PilotMetrics({
      version,
      clients: () => this.clients(),
      snapshot: () => this.#resources.snapshot,
      uptimeMs: () => config.time.now() - startedAtMs,
    })
    this.#xds = createXdsServer({
      resourcesFor: (node) => this.#resources.resourcesFor(node),
      identifier: JSON.stringify({ Component: 'meshwright', Info: { version } }),
      limits: config.limits,
      events: this.#xdsEvents(),
      clock: config.time,
      timers: config.time,
      wallClock: config.wallClock,
    })
    this.#loop = new ConfigLoop({
      source: config.source,
      stateDir: config.stateDir,
      domain: config.domain,
      wallClock: config.wallClock,
      check: (snapshot) => this.#check(snapshot),
      accepted: (current) => this.#accept(current),
      refused: (refusal) => this.#refuse(refusal),
      mended: () =>
        this.#log('info', 'config', 'what was refused is gone; what is served is current'),
      stateLost: (error) => this.#log('error', 'state', messageOf(error)),
    })
    this.#debounce = new Debounce(config.debounce, config.time, (waitedMs) =>
      this.#reload(waitedMs),
    )
    this.#debug = new DebugServer(
      debugPages({
        plane: this,
        metrics: () => this.#metrics.render(),
        resourcesOf: (id) => this.#xds.resourcesOf(id),
      }),
    )
  }

  get ready(): boolean {
    return this.#loop.current !== undefined
  }

  get current(): CurrentConfig | undefined {
    return this.#loop.current
  }

  get refusal(): Refusal | undefined {
    return this.#loop.refusal
  }

  async start(): Promise<void> {
    const { source, strict, xds, debug } = this.#config
    // Watched before it is read: what changes in between is read again.
    this.#watch = source.watch(() => this.#debounce.signal())
    await this.#loop.start()
    this.#readAgain()
    const { refusal } = this.#loop
    if (strict && !this.ready && refusal !== undefined) throw refusalError(refusal)
    this.debugAddress = await this.#debug.listen(debug.host, debug.port)
    this.xdsAddress = await this.#xds.listen(xds)
    this.#log(
      'info',
      'xds',
      `serving proxies on ${text(this.xdsAddress)}, debug pages on ${text(this.debugAddress)}`,
    )
  }

  clients(): readonly ClientStatus[] {
    return this.#xds.clients()
  }

  async synced(): Promise<void> {
    if (this.#debounce.pending) {
      await new Promise<void>((resolve) => {
        this.#idleWaiters.push(resolve)
      })
    }
    await this.#xds.settled()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#watch?.close()
    this.#debounce.close()
    this.#config.time.clearTimeout(this.#retry)
    await Promise.all([this.#xds.close(), this.#debug.close()])
    this.#wakeIdle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #reload(waitedMs: number): Promise<void> {
    this.#metrics.debounced(waitedMs)
    await this.#loop.reload()
    this.#readAgain()
    this.#wakeIdle()
  }

  /** Too many open files, a network that is gone for a moment, a full disk: that ends without an event. */
  #readAgain(): void {
    const { time } = this.#config
    time.clearTimeout(this.#retry)
    this.#retry = undefined
    const { unread, unsaved } = this.#loop
    if (!(unread || unsaved) || this.#closed) return
    const waitMs = unread ? readAgainMs : saveAgainMs
    this.#retry = time.setTimeout(() => this.#debounce.signal(), waitMs)
  }

  #wakeIdle(): void {
    const waiters = this.#idleWaiters
    this.#idleWaiters = []
    for (const resolve of waiters) resolve()
  }

  /** A snapshot that some proxy cannot be told of is refused before any is told. */
  async #check(snapshot: Snapshot): Promise<void> {
    const nodes = this.clients().map(({ node }) => node)
    await this.#resources.check(snapshot, nodes, async (resources) => {
      this.#xds.prepare(resources)
      await otherWork()
      if (this.#closed) throw new Error('the control plane was closed')
    })
  }

  #accept(current: CurrentConfig): void {
    const before = this.#resources.snapshot
    this.#resources.use(current.snapshot)
    this.#metrics.configAccepted()
    const { origin, files } = current
    if (origin === 'state') this.#log('warn', 'config', 'serving the last good configuration')
    else
      this.#log(
        'info',
        'config',
        `accepted ${files.length} ${files.length === 1 ? 'file' : 'files'}`,
        { files: files.length },
      )
    for (const diagnostic of current.diagnostics) {
      this.#log('warn', 'config', formatDiagnostic(diagnostic), { diagnostic })
    }
    // Before the first one there is nobody to tell.
    if (before !== undefined && before !== current.snapshot) {
      this.#metrics.pushed('config')
      this.#xds.push('config')
    }
    this.#config.events.accepted?.(current)
  }

  #refuse(refusal: Refusal): void {
    if (this.#closed) return
    this.#metrics.configRefused()
    const consequence = this.ready ? 'what was served is served on' : 'nothing is served'
    this.#log('error', 'config', `refused: ${refusal.message}; ${consequence}`)
    for (const diagnostic of refusal.diagnostics) {
      const level = diagnostic.severity === 'error' ? 'error' : 'warn'
      this.#log(level, 'config', formatDiagnostic(diagnostic), { diagnostic })
    }
    this.#config.events.refused?.(refusal)
  }

  #xdsEvents(): Partial<XdsServerEvents> {
    return {
      ...this.#metrics.events,
      connected: (client) =>
        this.#log('info', 'xds', `${clientName(client)} connected`, { peer: client.peer }),
      disconnected: (client) => {
        this.#resources.left(client.node)
        this.#log('info', 'xds', `${clientName(client)} disconnected`)
      },
      refused: ({ peer, status, message }) =>
        this.#log('warn', 'xds', `refused ${peer}: ${message}`, { status }),
      rejected: (event) => {
        this.#metrics.events.rejected(event)
        const { client, typeUrl, message } = event
        this.#log('error', 'xds', `${clientName(client)} refuses ${typeUrl}: ${message}`)
      },
      failed: (event) => {
        this.#metrics.events.failed(event)
        this.#log(
          'error',
          'xds',
          `nothing sent to ${clientName(event.client)}: ${messageOf(event.error)}`,
        )
      },
      converged: (convergence) => this.#noteConverged(convergence),
    }
  }

  #noteConverged(convergence: Convergence): void {
    const { pushed, durationMs, rejecting } = convergence
    const message = `${pushed} proxies answered within ${durationMs.toFixed(0)} ms`
    this.#log('info', 'xds', message, { pushed, durationMs, rejecting })
    this.#config.events.converged?.(convergence)
  }

  #log(
    level: 'info' | 'warn' | 'error',
    scope: string,
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): void {
    this.#config.log({ ...fields, level, scope, message: oneLine(message) })
  }
}

function text({ host, port }: Address): string {
  return `${host}:${port}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Proxies choose their names and reasons: a line break in one must not begin a new line of a log. */
function oneLine(message: string): string {
  return message.trim().replace(/\p{Cc}+/gu, ' ')
}
