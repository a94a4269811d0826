import type { Socket } from 'node:net'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { FilterRegistry } from '../filters/filter-registry.ts'
import { hostPort } from '../network/ip-address.ts'
import type { Counter, Gauge } from '../stats/stats.ts'
import { type CompiledListener, compileListener, type ListenAddress } from './compile-listener.ts'
import { type ListenerContext, RunningListener } from './running-listener.ts'
import { ServerSocket } from './server-socket.ts'

export interface ListenerTableOptions {
  readonly context: Omit<ListenerContext, 'listenerFor'>
  readonly registry: FilterRegistry
  /** Connections of a version that was replaced or removed are ended after so long. */
  readonly drainMs: number
  /** Connections over all listeners; more are closed as they come. */
  readonly maxConnections: number
}

/** The listeners in force, their ports, and the older versions that still have connections. */
export class ListenerTable {
  readonly #options: ListenerTableOptions
  readonly #context: ListenerContext
  readonly #current = new Map<string, { json: ListenerJson; listener: RunningListener }>()
  readonly #sockets = new Map<string, ServerSocket>()
  readonly #draining = new Map<RunningListener, () => void>()
  #byAddress: ReadonlyMap<string, RunningListener> = new Map()
  readonly #stats: TableStats
  #connections = 0

  constructor(options: ListenerTableOptions) {
    this.#options = options
    this.#context = {
      ...options.context,
      listenerFor: (address, port) => this.#listenerFor(address, port),
    }
    const { stats } = options.context
    this.#stats = {
      added: stats.counter('listener_manager.listener_added'),
      modified: stats.counter('listener_manager.listener_modified'),
      removed: stats.counter('listener_manager.listener_removed'),
      created: stats.counter('listener_manager.listener_create_success'),
      failed: stats.counter('listener_manager.listener_create_failure'),
      overflow: stats.counter('listener_manager.downstream_global_cx_overflow'),
      active: stats.gauge('listener_manager.total_listeners_active'),
      draining: stats.gauge('listener_manager.total_listeners_draining'),
    }
  }

  /** Names and bound addresses of the listeners that have a port. */
  get bound(): Map<string, ListenAddress> {
    const bound = new Map<string, ListenAddress>()
    for (const socket of this.#sockets.values()) {
      const { name } = socket.owner.compiled
      if (socket.bound !== undefined && !bound.has(name)) bound.set(name, socket.bound)
    }
    return bound
  }

  /** Connections that are open, old versions included. */
  get activeConnections(): number {
    return this.#connections
  }

  /**
   * Compiles what is new; `commit` then swaps, and settles once the new ports are bound or have failed to be.
   *
   * @throws {ProxyError} a listener cannot be honored; nothing has changed
   */
  prepare(wanted: ReadonlyMap<string, ListenerJson>): { commit(): Promise<void> } {
    const compiled = new Map<string, CompiledListener>()
    for (const [name, json] of wanted) {
      if (this.#current.get(name)?.json === json) continue
      compiled.set(name, compileListener(json, this.#options.registry))
    }
    return { commit: () => this.#commit(wanted, compiled) }
  }

  /** Stops accepting and asks connections to end; settles once none is left or after `boundMs`. */
  async drain(boundMs: number, inboundOnly: boolean): Promise<void> {
    const leaving = this.#running().filter((it) => !inboundOnly || it.compiled.inbound)
    for (const [key, socket] of this.#sockets) {
      if (!leaving.includes(socket.owner)) continue
      socket.close()
      this.#sockets.delete(key)
    }
    const older = inboundOnly ? [] : [...this.#draining.keys()]
    const all = [...leaving, ...older]
    await within(boundMs, this.#context.timers, Promise.all(all.map((it) => it.drain())))
    for (const listener of all) listener.close()
  }

  /** Ends everything now. */
  close(): void {
    for (const socket of this.#sockets.values()) socket.close()
    this.#sockets.clear()
    for (const stop of this.#draining.values()) stop()
    for (const { listener } of this.#current.values()) listener.close()
    this.#current.clear()
    this.#byAddress = new Map()
  }

  #running(): RunningListener[] {
    return [...this.#current.values()].map((it) => it.listener)
  }

  async #commit(
    wanted: ReadonlyMap<string, ListenerJson>,
    compiled: ReadonlyMap<string, CompiledListener>,
  ): Promise<void> {
    const replaced = new Map<RunningListener, RunningListener | undefined>()
    for (const [name, { listener }] of this.#current) {
      if (wanted.has(name)) continue
      this.#current.delete(name)
      replaced.set(listener, undefined)
      this.#stats.removed.inc()
    }
    for (const [name, plan] of compiled) {
      const previous = this.#current.get(name)?.listener
      const listener = new RunningListener(plan, this.#context, previous)
      // Present: the plans were made from the same map.
      this.#current.set(name, { json: wanted.get(name) ?? {}, listener })
      if (previous !== undefined) replaced.set(previous, listener)
      this.#announce(plan, previous !== undefined)
    }
    this.#byAddress = indexByAddress(this.#running())
    const bound = this.#assignSockets()
    for (const [listener, next] of replaced) this.#retire(listener, next)
    this.#stats.active.set(this.#current.size)
    await Promise.all(bound)
  }

  #announce(plan: CompiledListener, isChange: boolean): void {
    this.#stats[isChange ? 'modified' : 'added'].inc()
    for (const part of plan.ignored) {
      this.#context.warnOnce(part, `${part} is accepted but does nothing`)
    }
  }

  /** Gives each port to its new owner, closes those nobody wants, then opens what is missing. */
  #assignSockets(): Promise<void>[] {
    const wanted = new Map<string, { owner: RunningListener; address: ListenAddress }>()
    for (const owner of this.#running()) {
      if (!owner.compiled.bindToPort) continue
      for (const address of owner.compiled.addresses) {
        wanted.set(socketKey(owner.compiled.name, address), { owner, address })
      }
    }
    for (const [key, socket] of this.#sockets) {
      const owner = wanted.get(key)?.owner
      if (owner !== undefined) {
        socket.owner = owner
        continue
      }
      socket.close()
      this.#sockets.delete(key)
    }
    return [...wanted]
      .filter(([key]) => !this.#sockets.has(key))
      .map(([key, { owner, address }]) => this.#bind(key, owner, address))
  }

  async #bind(key: string, owner: RunningListener, address: ListenAddress): Promise<void> {
    const socket = new ServerSocket(owner, (accepted) => this.#admits(accepted))
    this.#sockets.set(key, socket)
    try {
      await socket.bind(address)
      this.#stats.created.inc()
    } catch (error) {
      // Forgotten, so that the next view tries again.
      if (this.#sockets.get(key) === socket) this.#sockets.delete(key)
      this.#stats.failed.inc()
      const { name } = owner.compiled
      const where = hostPort(address.address, address.port)
      const why = error instanceof Error ? error.message : String(error)
      this.#context.log({
        level: 'error',
        scope: 'listener',
        message: `listener ${name} cannot bind ${where}: ${why}`,
      })
    }
  }

  #admits(socket: Socket): boolean {
    if (this.#connections >= this.#options.maxConnections) {
      this.#stats.overflow.inc()
      return false
    }
    this.#connections++
    socket.once('close', () => {
      this.#connections--
    })
    return true
  }

  #retire(listener: RunningListener, next: RunningListener | undefined): void {
    const { timers } = this.#context
    const stop = (): void => {
      timers.clearTimeout(timer)
      this.#draining.delete(listener)
      this.#stats.draining.set(this.#draining.size)
      listener.close(next)
    }
    const timer = timers.setTimeout(stop, this.#options.drainMs)
    this.#draining.set(listener, stop)
    this.#stats.draining.set(this.#draining.size)
    void listener.drain(next).then(stop)
  }

  #listenerFor(address: string, port: number): RunningListener | undefined {
    const wildcard = address.includes(':') ? '::' : '0.0.0.0'
    return (
      this.#byAddress.get(hostPort(address, port)) ?? this.#byAddress.get(hostPort(wildcard, port))
    )
  }
}

interface TableStats {
  readonly added: Counter
  readonly modified: Counter
  readonly removed: Counter
  readonly created: Counter
  readonly failed: Counter
  readonly overflow: Counter
  readonly active: Gauge
  readonly draining: Gauge
}

/** A port that the system chooses belongs to one listener; any other to whoever names it. */
function socketKey(name: string, { address, port }: ListenAddress): string {
  return port === 0 ? `${name} ${hostPort(address, 0)}` : hostPort(address, port)
}

function indexByAddress(listeners: readonly RunningListener[]): Map<string, RunningListener> {
  const index = new Map<string, RunningListener>()
  for (const listener of listeners) {
    for (const { address, port } of listener.compiled.addresses) {
      index.set(hostPort(address, port), listener)
    }
  }
  return index
}

async function within(
  ms: number,
  timers: ListenerContext['timers'],
  work: Promise<unknown>,
): Promise<void> {
  let timer: unknown
  const bound = new Promise<void>((resolve) => {
    if (Number.isFinite(ms)) timer = timers.setTimeout(resolve, ms)
  })
  await Promise.race([work, bound])
  if (timer !== undefined) timers.clearTimeout(timer)
}
