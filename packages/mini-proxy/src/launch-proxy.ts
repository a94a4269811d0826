import {
  createXdsClient,
  type XdsClient,
  type XdsStats,
  type XdsStatus,
} from '@meshwright/xds-client'
import type { AdminSource, ServerState } from './admin/admin-page.ts'
import {
  type AdminAnswer,
  type AdminRequest,
  type AdminServer,
  answerPage,
  serveAdmin,
} from './admin/admin-server.ts'
import { bootstrapOptions } from './bootstrap-options.ts'
import { createProxy } from './create-proxy.ts'
import { defaultAmbient } from './defaults.ts'
import type { BoundAddress, DrainOptions, MeshProxy } from './proxy.ts'
import type { StartedProxy, StartProxyOptions } from './start-proxy.ts'
import type { StatsStore } from './stats/stats-store.ts'
import type { ProxyView } from './view.ts'

/** A started proxy as the code around it sees it. */
export interface LaunchedProxy extends StartedProxy {
  /** A page of the admin API, whether or not it is served. */
  page(request: AdminRequest): AdminAnswer
}

/** Called with every view before it is put into force, which waits for it. */
export type BeforeApply = (view: ProxyView) => Promise<void>

/** What `startProxy` does, and tells more. */
export async function launchProxy(
  options: StartProxyOptions,
  beforeApply?: BeforeApply,
): Promise<LaunchedProxy> {
  const proxy = createProxy({ ...bootstrapOptions(options.bootstrap), ...options })
  const state = new StateGauge(proxy)
  const client = clientOf(options, proxy, beforeApply)
  const running = new Running(options, proxy, client, state)
  try {
    await client.xds.start()
    await client.applied()
    await running.serveAdmin(options)
    return running
  } catch (error) {
    await running.close()
    throw error
  }
}

interface AppliedClient {
  readonly xds: XdsClient
  /** Settles when the latest view is in force, ports bound; rejects when it could not be. */
  readonly applied: () => Promise<void>
}

function clientOf(
  options: StartProxyOptions,
  proxy: MeshProxy,
  beforeApply: BeforeApply | undefined,
): AppliedClient {
  const log = options.log ?? defaultAmbient.log
  const { bootstrap, clock, timers, wallClock, random, persist, limits } = options
  let applied = Promise.resolve()
  const xds = createXdsClient({
    bootstrap,
    log,
    check: (typeUrl, resource) => proxy.check(typeUrl, resource),
    stats: addingTo(proxy.stats),
    onUpdate: (view) => {
      // The client shows nothing that was not checked: a failure here is a fault of this program, and the old view stays.
      applied =
        beforeApply === undefined
          ? proxy.apply(view)
          : applied
              .catch(() => undefined)
              .then(() => beforeApply(view))
              .then(() => proxy.apply(view))
      applied.catch((error: unknown) => {
        log({
          level: 'error',
          scope: 'config',
          message: `a view was not applied: ${String(error)}`,
        })
      })
    },
    ...(clock && { clock }),
    ...(timers && { timers }),
    ...(wallClock && { wallClock }),
    ...(random && { random }),
    ...(persist !== undefined && { persist }),
    ...(limits && { limits }),
  })
  return { xds, applied: () => applied }
}

/** Listeners warm in the client, for routes, and in the proxy, for secrets: what both have adds up under one name. */
function addingTo(stats: StatsStore): XdsStats {
  const shown = new Map<string, number>()
  return {
    counter: (name) => stats.counter(name),
    gauge: (name) => ({
      set(value) {
        stats.gauge(name).add(value - (shown.get(name) ?? 0))
        shown.set(name, value)
      },
    }),
  }
}

/** Codes of Envoy's `server.state`. */
const stateCodes: Readonly<Record<ServerState, number>> = {
  LIVE: 0,
  DRAINING: 1,
  PRE_INITIALIZING: 2,
  INITIALIZING: 3,
}

class StateGauge {
  readonly #proxy: MeshProxy
  #state: ServerState = 'INITIALIZING'

  constructor(proxy: MeshProxy) {
    this.#proxy = proxy
    this.set('INITIALIZING')
  }

  get state(): ServerState {
    return this.#state
  }

  set(state: ServerState): void {
    this.#state = state
    const { stats } = this.#proxy
    stats.gauge('server.state').set(stateCodes[state])
    stats.gauge('server.live').set(state === 'LIVE' ? 1 : 0)
    // One thread serves; it is there once there is something to serve.
    stats.gauge('listener_manager.workers_started').set(state === 'INITIALIZING' ? 0 : 1)
  }
}

class Running implements LaunchedProxy {
  readonly proxy: MeshProxy
  readonly ready: Promise<void>
  readonly #client: XdsClient
  readonly #state: StateGauge
  readonly #source: AdminSource
  #admin: AdminServer | undefined

  constructor(
    options: StartProxyOptions,
    proxy: MeshProxy,
    { xds, applied }: AppliedClient,
    state: StateGauge,
  ) {
    this.proxy = proxy
    this.#client = xds
    this.#state = state
    this.#source = this.#sourceOf(options)
    this.ready = xds.ready.then(applied).then(() => {
      if (state.state === 'INITIALIZING') state.set('LIVE')
    })
    // Who closes before it is ready need not have asked for it.
    this.ready.catch(() => undefined)
  }

  get admin(): BoundAddress | undefined {
    return this.#admin?.address
  }

  status(): XdsStatus {
    return this.#client.status()
  }

  page(request: AdminRequest): AdminAnswer {
    return answerPage(this.#source, request)
  }

  async serveAdmin({ bootstrap }: StartProxyOptions): Promise<void> {
    if (bootstrap.admin !== undefined) this.#admin = await serveAdmin(this.#source, bootstrap.admin)
  }

  async drain(options?: DrainOptions): Promise<void> {
    this.#state.set('DRAINING')
    await this.#client.close()
    await this.proxy.drain(options)
  }

  #sourceOf(options: StartProxyOptions): AdminSource {
    const { json, node } = options.bootstrap
    const clock = options.clock ?? defaultAmbient.clock
    const startedAt = clock.now()
    return {
      proxy: this.proxy,
      state: () => this.#state.state,
      node,
      bootstrap: json,
      dynamicResources: () => this.#client.status().resources.filter((it) => it.state === 'active'),
      uptimeSeconds: () => (clock.now() - startedAt) / 1000,
      onQuit: options.onQuit ?? (() => void this.close()),
    }
  }

  async close(): Promise<void> {
    await this.#client.close()
    await this.proxy.close()
    await this.#admin?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
