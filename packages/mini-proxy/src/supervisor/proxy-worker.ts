import process from 'node:process'
import type { AdminSource } from '../admin/admin-page.ts'
import { type AdminAnswer, type AdminRequest, answerPage } from '../admin/admin-server.ts'
import { bootstrapOptions } from '../bootstrap-options.ts'
import { createProxy } from '../create-proxy.ts'
import { launchProxy } from '../launch-proxy.ts'
import type { HeldSocket, PortClaim, PortSource } from '../listener/port-source.ts'
import type { MeshProxy } from '../proxy.ts'
import type { ProxyOptions } from '../proxy-options.ts'
import { type ProxyView, viewOf } from '../view.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import { recordStats } from './stat-records.ts'
import { changedView, changeOf } from './view-change.ts'
import { isWholeView } from './whole-view.ts'

/** What a worker of your own may replace; the rest comes from the supervisor. */
export interface WorkerOptions
  extends Pick<ProxyOptions, 'httpFilters' | 'originalDestination' | 'resolver'> {
  /** Called once the first configuration is in force. */
  readonly onReady?: () => void
}

/**
 * Makes this process a worker of `superviseProxy`: for a module of your own, named as its `worker`, that brings filters
 * along. Does nothing but wait for the supervisor, and ends with it.
 *
 * @throws {Error} nobody forked this process
 */
export function runProxyWorker(options: WorkerOptions = {}): void {
  if (process.send === undefined) throw new Error('no supervisor has forked this process')
  new ProxyWorker(options).run()
}

/** Connections may finish for so long after the supervisor has gone. */
const orphanDrainMs = 5000

class ProxyWorker {
  readonly #options: WorkerOptions
  #proxy: MeshProxy | undefined
  #isLeader = false
  /** Whether a first view may go to the others: theirs may be more than what a leader that just began has got. */
  #mayShare: (view: ProxyView) => boolean = () => true
  #hasShared = false
  #page: ((request: AdminRequest) => AdminAnswer) | undefined
  #leave: (boundMs: number) => Promise<void> = async () => undefined
  #view: ProxyView = viewOf({})
  #staged: ProxyView | undefined
  #applied: Promise<void> = Promise.resolve()
  #ids = 0
  readonly #waiting = new Map<number, (message: ToWorker, handle: unknown) => void>()
  #leaving = false
  #wasReady = false

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  run(): void {
    process.on('message', (message: ToWorker, handle: unknown) => this.#hear(message, handle))
    process.once('disconnect', () => void this.#drain(orphanDrainMs))
    // A terminal tells the whole group; when to end is the supervisor's to say.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => undefined)
  }

  #hear(message: ToWorker, handle: unknown): void {
    switch (message.kind) {
      case 'start':
        this.#start(message).catch((error: unknown) => {
          this.#send({ kind: 'failed', reason: reasonOf(error) })
        })
        break
      case 'stats':
        this.#send({ kind: 'stats', id: message.id, stats: this.#stats() })
        break
      case 'page':
        this.#answer(message)
        break
      case 'settle':
        void this.#applied.then(() => this.#send({ kind: 'settled', id: message.id }))
        break
      case 'clusters':
        this.#send({ kind: 'clusters', id: message.id, clusters: this.#proxy?.clusters ?? [] })
        break
      case 'view':
        this.#staged = changedView(this.#staged ?? this.#view, message.change)
        this.#send({ kind: 'staged', id: message.id })
        break
      case 'swap':
        this.#swap(message, handle)
        break
      case 'drain':
        void this.#drain(message.boundMs)
        break
      case 'port':
        this.#settle(message.id, message, handle)
    }
  }

  async #start(start: WorkerStart): Promise<void> {
    const { bootstrap, role, persist, drainMs, drainStrategy, maxConnections } = start
    const options = {
      ...this.#options,
      log: (entry: Parameters<NonNullable<ProxyOptions['log']>>[0]) =>
        this.#send({ kind: 'log', entry }),
      ports: this.#ports(),
      ...(drainMs !== undefined && { drainMs }),
      ...(drainStrategy && { drainStrategy }),
      ...(maxConnections !== undefined && { maxConnections }),
    }
    if (role === 'follower') {
      const proxy = createProxy({ ...bootstrapOptions(bootstrap), ...options })
      this.#proxy = proxy
      this.#page = (request) => answerPage(sourceOf(proxy), request)
      this.#leave = (boundMs) => proxy.drain({ boundMs })
      return
    }
    this.#isLeader = true
    if (start.succeeds) this.#mayShare = () => false
    const launched = await launchProxy(
      {
        ...options,
        bootstrap: { ...bootstrap, admin: undefined },
        onQuit: () => this.#send({ kind: 'quit' }),
        ...(persist !== undefined && { persist }),
      },
      (view) => this.#share(view),
    )
    this.#proxy = launched.proxy
    this.#page = (request) => launched.page(request)
    this.#leave = (boundMs) => launched.drain({ boundMs })
    if (start.succeeds) {
      this.#mayShare = (view) => isWholeView(view, launched.status(), bootstrap)
    }
    await launched.ready
    // It may have become whole by an answer that changed nothing.
    if (!this.#hasShared) await this.#share(launched.proxy.view)
    this.#ready()
  }

  /** Settles once every worker has the view, if they are to have it. */
  async #share(view: ProxyView): Promise<void> {
    if (!(this.#hasShared || this.#mayShare(view))) return
    this.#hasShared = true
    const first = this.#view.listeners.size + this.#view.clusters.size === 0
    const change = changeOf(this.#view, view, first)
    this.#view = view
    await this.#ask((id) => ({ kind: 'view', id, change }))
  }

  /** The leader goes on, a follower puts into force what it has. */
  #swap(message: Extract<ToWorker, { kind: 'swap' }>, handle: unknown): void {
    const staged = this.#staged
    this.#staged = undefined
    if (staged === undefined || this.#isLeader) {
      this.#settle(message.id, message, handle)
      return
    }
    this.#view = staged
    this.#applied = (this.#proxy?.apply(staged) ?? Promise.resolve()).then(
      () => this.#ready(),
      (error: unknown) => this.#send({ kind: 'failed', reason: reasonOf(error) }),
    )
  }

  #ready(): void {
    if (this.#wasReady) return
    this.#wasReady = true
    this.#send({ kind: 'ready' })
    this.#options.onReady?.()
  }

  #ports(): PortSource {
    return {
      claim: async (claim: PortClaim) => {
        const { message, handle } = await this.#ask((id) => ({ kind: 'listen', id, claim }))
        if (message.kind === 'port' && message.error !== undefined) throw new Error(message.error)
        // What `child.send` carries beside the message.
        return handle as HeldSocket
      },
      release: (key) => this.#send({ kind: 'release', key }),
    }
  }

  #answer({ id, method, url }: Extract<ToWorker, { kind: 'page' }>): void {
    if (this.#page === undefined) {
      const page = { status: 503, contentType: 'text/plain', body: 'starting\n' }
      this.#send({ kind: 'page', id, page })
      return
    }
    const { page, afterwards } = this.#page({ method, url })
    this.#send({ kind: 'page', id, page })
    if (page.status < 400) afterwards?.()
  }

  async #drain(boundMs: number): Promise<void> {
    if (this.#leaving) return
    this.#leaving = true
    await this.#leave(boundMs)
    this.#send({ kind: 'final', stats: this.#stats() })
    await this.#proxy?.close()
    if (process.connected) process.disconnect()
    // Whatever else keeps the process is no business of its clients.
    process.exit(0)
  }

  #stats(): ReturnType<typeof recordStats> {
    return recordStats(this.#proxy?.stats.list() ?? [])
  }

  #ask(message: (id: number) => FromWorker): Promise<{ message: ToWorker; handle: unknown }> {
    this.#ids += 1
    const id = this.#ids
    return new Promise((resolve) => {
      this.#waiting.set(id, (reply, handle) => resolve({ message: reply, handle }))
      this.#send(message(id))
    })
  }

  #settle(id: number, message: ToWorker, handle: unknown): void {
    this.#waiting.get(id)?.(message, handle)
    this.#waiting.delete(id)
  }

  #send(message: FromWorker): void {
    // The supervisor may have gone: then nobody wants to know.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined)
  }
}

/** Of a follower, which is asked only for what changes it. */
function sourceOf(proxy: MeshProxy): AdminSource {
  const onQuit = (): void => undefined
  return { proxy, state: () => 'LIVE', node: {}, uptimeSeconds: () => 0, onQuit }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
