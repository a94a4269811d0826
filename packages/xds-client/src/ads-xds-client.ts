import type { AdsSource } from './bootstrap/bootstrap.ts'
import { ConfigState } from './config-state.ts'
import { XdsClientError } from './errors.ts'
import { readConfigFile } from './persist/config-file.ts'
import { ConfigSaver } from './persist/config-saver.ts'
import type { AdsResponse } from './protocol/response.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import { type ResourceType, typeUrls } from './resource-type.ts'
import type { AdsConnection, Answer } from './transport/ads-connection.ts'
import { UpdateStats } from './update-stats.ts'
import { WarnOnce } from './warn-once.ts'
import type { XdsClient, XdsStatus } from './xds-client.ts'
import { emptyView, type XdsView } from './xds-view.ts'

const scope = 'xds-client'
const times = { rewarmMs: 1000, holdMs: 5000 }
// A control plane that has not answered after this long counts as out of reach: what was persisted is used.
const patienceMs = 3000
// The longest that Node's timers can wait.
const maxTimerMs = 2 ** 31 - 1

/** The client over gRPC: joins the state, the stream, the clock and the file. */
export class AdsXdsClient implements XdsClient {
  readonly ready: Promise<void>
  readonly #settleReady: PromiseWithResolvers<void>
  readonly #options: ResolvedOptions
  readonly #stats: UpdateStats
  readonly #state: ConfigState
  readonly #saver: ConfigSaver | undefined
  readonly #timers = new Set<unknown>()
  #connection: AdsConnection | undefined
  #deadline: { readonly at: number; readonly timer: unknown } | undefined
  #phase: 'new' | 'running' | 'closed' = 'new'
  #view: XdsView = emptyView
  #controlPlane = ''
  #connected = false
  #answered = false
  #restored = false
  #unsaved = false

  constructor(options: ResolvedOptions) {
    this.#options = options
    const { bootstrap, check, clock, limits, log, persist, stats, timers, wallClock } = options
    this.#settleReady = Promise.withResolvers()
    this.ready = this.#settleReady.promise
    // Whoever does not wait for it shall not be killed by its rejection.
    this.ready.catch(() => undefined)
    this.#stats = new UpdateStats(stats)
    const warnings = new WarnOnce(log)
    const onWarning = (type: ResourceType, name: string, message: string) =>
      warnings.warn({ level: 'warn', scope, message, type, resource: name })
    const { maxResources } = limits
    this.#state = new ConfigState({ bootstrap, check, maxResources, times, onWarning }, clock.now())
    if (persist !== undefined) {
      const content = () => ({
        nodeId: bootstrap.node.id ?? '',
        savedAt: wallClock(),
        config: this.#state.save(),
      })
      this.#saver = new ConfigSaver(persist, content, timers, log)
    }
  }

  get view(): XdsView {
    return this.#view
  }

  async start(): Promise<void> {
    if (this.#phase !== 'new') {
      throw new XdsClientError(
        'ERR_XDS_CLIENT_STARTED',
        `expected a new client, got a ${this.#phase} one`,
      )
    }
    this.#checkStatics()
    this.#phase = 'running'
    this.#publish()
    const { ads, cds, lds } = this.#options.bootstrap
    if (ads === undefined) return
    for (const [type, source] of Object.entries({ cds, lds })) {
      if (source !== undefined)
        this.#giveUpAfter(type as 'cds' | 'lds', source.initialFetchTimeoutMs)
    }
    if (this.#saver !== undefined) this.#after(patienceMs, () => this.#onUnreachable())
    await this.#connect(ads)
  }

  async #connect(source: AdsSource): Promise<void> {
    // Loaded when needed: a proxy of static resources alone does without gRPC.
    const { AdsConnection } = await import('./transport/ads-connection.ts')
    if (this.#phase === 'closed') return
    this.#connection = new AdsConnection({
      source,
      node: this.#options.bootstrap.node,
      state: this.#state,
      maxMessageBytes: this.#options.limits.maxMessageBytes,
      timers: this.#options.timers,
      random: this.#options.random,
      log: this.#options.log,
      onResponse: (response, fullState) => this.#onResponse(response, fullState),
      onConnected: (connected) => this.#onConnected(connected),
      onUnreachable: () => {
        this.#stats.failed()
        this.#onUnreachable()
      },
      onSubscribe: (type) => this.#stats.attempt(type),
    })
    this.#connection.open()
  }

  status(): XdsStatus {
    return {
      connected: this.#connected,
      controlPlane: this.#controlPlane,
      types: this.#state.typeStatus(),
      resources: this.#state.resourceStatus(),
    }
  }

  async close(): Promise<void> {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#connected = false
    this.#connection?.close()
    for (const timer of this.#timers) this.#options.timers.clearTimeout(timer)
    if (this.#deadline !== undefined) this.#options.timers.clearTimeout(this.#deadline.timer)
    this.#settleReady.reject(new XdsClientError('ERR_XDS_CLIENT_CLOSED', 'the client was closed'))
    await this.#saver?.close()
  }

  #checkStatics(): void {
    const { bootstrap, check } = this.#options
    const { clusters, listeners, secrets } = bootstrap.staticResources
    const all = [
      ...secrets.map((resource) => [typeUrls.sds, resource] as const),
      ...clusters.map((resource) => [typeUrls.cds, resource] as const),
      ...listeners.map((resource) => [typeUrls.lds, resource] as const),
    ]
    for (const [typeUrl, resource] of all) {
      const reason = check(typeUrl, resource)
      if (reason === undefined) continue
      const what = `static ${typeUrl.slice(typeUrl.lastIndexOf('.') + 1).toLowerCase()}`
      const message = `${what} ${JSON.stringify(resource.name ?? '')}: ${reason}`
      throw new XdsClientError('ERR_XDS_CLIENT_STATIC_RESOURCE', message)
    }
  }

  #onResponse(response: AdsResponse, fullState: boolean): Answer | undefined {
    const { clock, log, wallClock } = this.#options
    const { typeUrl, version } = response
    const instant = { now: clock.now(), at: wallClock() }
    const outcome = this.#state.receive(response, fullState, instant)
    this.#controlPlane = response.controlPlane || this.#controlPlane
    if (outcome === undefined) {
      log({ level: 'warn', scope, message: 'response of a type that nobody asked for', typeUrl })
      return undefined
    }
    this.#answered = true
    const { type, fault } = outcome
    this.#stats.answered(type, fault)
    const resources = response.resources.length
    if (fault === undefined) {
      log({ level: 'debug', scope, message: 'accepted', type, version, resources })
    } else {
      log({ level: 'warn', scope, message: 'rejected', type, version, reason: fault })
    }
    this.#unsaved = true
    this.#publish()
    return { type, fault }
  }

  #onConnected(connected: boolean): void {
    const { bootstrap, log } = this.#options
    this.#connected = connected
    this.#stats.connected(connected)
    if (!connected) {
      this.#stats.failed()
      // Half an answer is none: traffic needs the rest.
      if (!this.#state.complete) this.#answered = false
      this.#onUnreachable()
      return
    }
    const message = 'connected to the control plane'
    log({ level: 'info', scope, message, target: bootstrap.ads?.target ?? '' })
  }

  #onUnreachable(): void {
    if (this.#answered || this.#restored || this.#options.persist === undefined) return
    this.#restored = true
    void this.#restore(this.#options.persist)
  }

  async #restore(path: string): Promise<void> {
    const { bootstrap, clock, log, wallClock } = this.#options
    try {
      const file = await readConfigFile(path)
      // The control plane may have answered while the file was read.
      if (file === undefined || this.#phase === 'closed') return
      if (this.#answered) {
        this.#restored = false
        return
      }
      const nodeId = bootstrap.node.id ?? ''
      if (file.nodeId !== nodeId) throw new Error(`expected node ${nodeId}, got ${file.nodeId}`)
      const faults = this.#state.restore(file.config, { now: clock.now(), at: wallClock() })
      const savedAt = new Date(file.savedAt).toISOString()
      log({ level: 'info', scope, message: 'using the saved configuration', file: path, savedAt })
      for (const reason of faults) {
        log({
          level: 'warn',
          scope,
          message: 'part of the saved configuration is left out',
          reason,
        })
      }
      this.#publish()
      this.#connection?.restate()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log({
        level: 'warn',
        scope,
        message: 'the saved configuration is ignored',
        file: path,
        reason,
      })
    }
  }

  #publish(): void {
    const { onUpdate, log } = this.#options
    const { view } = this.#state
    if (view !== this.#view) {
      this.#view = view
      try {
        onUpdate(view)
      } catch (error) {
        log({ level: 'error', scope, message: 'the data plane refused a view', error })
      }
    }
    this.#stats.warming(this.#state.warming)
    if (this.#state.complete) this.#onComplete()
    this.#awaitDeadline()
  }

  #onComplete(): void {
    this.#settleReady.resolve()
    // Not before: the whole of an earlier start is worth more than the half of this one.
    if (this.#unsaved) this.#saver?.changed()
    this.#unsaved = false
  }

  #awaitDeadline(): void {
    const { clock, timers } = this.#options
    const at = this.#state.nextDeadline(clock.now())
    if (this.#deadline?.at === at) return
    if (this.#deadline !== undefined) timers.clearTimeout(this.#deadline.timer)
    this.#deadline = undefined
    if (at === Infinity) return
    const waitMs = Math.min(Math.max(0, Math.ceil(at - clock.now())), maxTimerMs)
    const timer = timers.setTimeout(() => {
      this.#deadline = undefined
      this.#state.settle(clock.now())
      this.#publish()
      this.#connection?.subscribe()
    }, waitMs)
    this.#deadline = { at, timer }
  }

  #giveUpAfter(type: 'cds' | 'lds', ms: number): void {
    if (ms === 0) return
    this.#after(ms, () => {
      if (this.#state.isOpen(type)) return
      this.#stats.timedOut(type)
      this.#state.giveUpOn(type, this.#options.clock.now())
      this.#publish()
    })
  }

  #after(ms: number, run: () => void): void {
    const timer = this.#options.timers.setTimeout(
      () => {
        this.#timers.delete(timer)
        run()
      },
      Math.min(ms, maxTimerMs),
    )
    this.#timers.add(timer)
  }
}
