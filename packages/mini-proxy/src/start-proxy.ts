import {
  type Bootstrap,
  createXdsClient,
  type XdsClient,
  type XdsLimits,
  type XdsStatus,
} from '@meshwright/xds-client'
import type { ServerState } from './admin/admin-page.ts'
import { type AdminServer, serveAdmin } from './admin/admin-server.ts'
import { createProxy } from './create-proxy.ts'
import { defaultAmbient } from './defaults.ts'
import type { BoundAddress, DrainOptions, MeshProxy } from './proxy.ts'
import type { ProxyOptions } from './proxy-options.ts'

/** A proxy that takes its configuration from a bootstrap and the control plane that it names. */
export interface StartProxyOptions extends Omit<ProxyOptions, 'node'> {
  /** As `parseBootstrap` of `@meshwright/xds-client` gives it. */
  readonly bootstrap: Bootstrap
  /** A file that keeps the accepted resources, for a start while the control plane cannot be reached. Default: none. */
  readonly persist?: string
  readonly limits?: XdsLimits
  /** Called on `POST /quitquitquit`. Default: the proxy is closed. */
  readonly onQuit?: () => void
}

/** A proxy at work, with its client and its admin API. */
export interface StartedProxy extends AsyncDisposable {
  readonly proxy: MeshProxy
  /** Where the admin API is bound; undefined if the bootstrap names none. */
  readonly admin: BoundAddress | undefined
  /** Resolves once the first configuration is complete and in force. Rejects when it cannot be, and when closed before. */
  readonly ready: Promise<void>
  /** How it stands with the control plane. */
  status(): XdsStatus
  /** Leaves the control plane, stops accepting and lets connections finish; the admin API stays. */
  drain(options?: DrainOptions): Promise<void>
  /** Ends everything now. */
  close(): Promise<void>
}

/**
 * Starts a proxy: static resources are in force when it resolves, the control plane's when `ready` does.
 *
 * Rejects when a static resource cannot be honored or the admin address cannot be bound.
 */
export async function startProxy(options: StartProxyOptions): Promise<StartedProxy> {
  const { node, json } = options.bootstrap
  const localCluster = json.clusterManager?.localClusterName
  const proxy = createProxy({ ...options, node, ...(localCluster && { localCluster }) })
  const state = new StateGauge(proxy)
  const client = clientOf(options, proxy)
  const running = new Running(proxy, client.xds, state, client.applied)
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

function clientOf(options: StartProxyOptions, proxy: MeshProxy): AppliedClient {
  const log = options.log ?? defaultAmbient.log
  const { bootstrap, clock, timers, wallClock, random, persist, limits } = options
  let applied = Promise.resolve()
  const xds = createXdsClient({
    bootstrap,
    log,
    check: (typeUrl, resource) => proxy.check(typeUrl, resource),
    stats: proxy.stats,
    onUpdate: (view) => {
      // The client shows nothing that was not checked: a failure here is a fault of this program, and the old view stays.
      applied = proxy.apply(view)
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

class Running implements StartedProxy {
  readonly proxy: MeshProxy
  readonly ready: Promise<void>
  readonly #client: XdsClient
  readonly #state: StateGauge
  #admin: AdminServer | undefined

  constructor(
    proxy: MeshProxy,
    client: XdsClient,
    state: StateGauge,
    applied: () => Promise<void>,
  ) {
    this.proxy = proxy
    this.#client = client
    this.#state = state
    this.ready = client.ready.then(applied).then(() => {
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

  async serveAdmin(options: StartProxyOptions): Promise<void> {
    const { admin, json, node } = options.bootstrap
    if (admin === undefined) return
    const clock = options.clock ?? defaultAmbient.clock
    const startedAt = clock.now()
    const source = {
      proxy: this.proxy,
      state: () => this.#state.state,
      node,
      bootstrap: json,
      dynamicResources: () => this.#client.status().resources.filter((it) => it.state === 'active'),
      uptimeSeconds: () => (clock.now() - startedAt) / 1000,
      onQuit: options.onQuit ?? (() => void this.close()),
    }
    this.#admin = await serveAdmin(source, admin)
  }

  async drain(options?: DrainOptions): Promise<void> {
    this.#state.set('DRAINING')
    await this.#client.close()
    await this.proxy.drain(options)
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
