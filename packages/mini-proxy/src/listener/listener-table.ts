import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import { heldBytesOf } from '../channel/open-channel.ts'
import type { FilterRegistry } from '../filters/filter-registry.ts'
import type { Connection } from '../network/connection.ts'
import { hostPort } from '../network/ip-address.ts'
import type { HeavyStream } from '../network/network-filter.ts'
import type { DrainStrategy } from '../proxy-options.ts'
import type { Counter, Gauge } from '../stats/stats.ts'
import { within } from '../within.ts'
import { type CompiledListener, compileListener, type ListenAddress } from './compile-listener.ts'
import type { PortSource } from './port-source.ts'
import { PortTable } from './port-table.ts'
import { type ListenerContext, RunningListener } from './running-listener.ts'
import { type ListenerPlan, WarmingListeners } from './warming-listeners.ts'

export interface ListenerTableOptions {
  readonly context: Omit<ListenerContext, 'listenerFor'>
  readonly registry: FilterRegistry
  /** Connections of a version that was replaced or removed are ended after so long. */
  readonly drainMs: number
  /** Who holds the ports; undefined: this process binds its own. */
  readonly ports?: PortSource | undefined
  /** Whether the connections of such a version are told at once to leave, or one after the other. */
  readonly drainStrategy: DrainStrategy
  /** Connections over all listeners; more are closed as they come. */
  readonly maxConnections: number
}

/** Longer than a request takes to arrive that was sent before its client could know of the end. */
const idleGraceMs = 500

/** A connection that holds less is not what fills the memory; Envoy's is a share of what a stream may buffer, which this is too. */
const heavyBytes = 65_536
/** Of a stream of HTTP/2, whose window and queue let it hold no more than a few times as much. */
const heavyStreamBytes = 16_384
/** At one time, as Envoy. */
const maxShed = 50

/** The listeners in force, their ports, and the older versions that still have connections. */
export class ListenerTable {
  readonly #options: ListenerTableOptions
  readonly #context: ListenerContext
  readonly #current = new Map<string, { json: ListenerJson; listener: RunningListener }>()
  readonly #warming: WarmingListeners
  readonly #ports: PortTable
  readonly #draining = new Map<RunningListener, () => void>()
  #byAddress: ReadonlyMap<string, RunningListener> = new Map()
  readonly #stats: TableStats
  /** Others count their own under the same name. */
  #shownWarming = 0
  #connections = 0
  /** Of them, those that the limit is about. */
  #counted = 0
  // One function for all connections: of many that are idle each should cost little.
  readonly #onClosed = (): void => {
    this.#connections--
  }
  readonly #onCountedClosed = (): void => {
    this.#counted--
  }
  /** Which listeners were told to leave: they get no port again. */
  #drained: 'none' | 'inbound' | 'all' = 'none'

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
      warming: stats.gauge('listener_manager.total_listeners_warming'),
    }
    const { timers, secrets } = this.#context
    this.#warming = new WarmingListeners({ timers, secrets, onTired: () => void this.#activate() })
    this.#ports = new PortTable({
      timers: this.#context.timers,
      log: this.#context.log,
      created: this.#stats.created,
      failed: this.#stats.failed,
      ports: options.ports,
      admits: (socket, to) => this.#admits(socket, to),
    })
  }

  /** Names and bound addresses of the listeners that have a port. */
  get bound(): Map<string, ListenAddress> {
    return this.#ports.bound
  }

  /** Connections that are open, old versions included. */
  get activeConnections(): number {
    return this.#connections
  }

  /**
   * Compiles what is new; `commit` then swaps, and settles once the new ports are bound or have failed to be. What waits for
   * secrets is swapped in when they are there.
   *
   * @throws {ProxyError} a listener cannot be honored; nothing has changed
   */
  prepare(wanted: ReadonlyMap<string, ListenerJson>): { commit(): Promise<void> } {
    const plans = new Map<string, ListenerPlan>()
    for (const [name, json] of wanted) {
      if (this.#warming.jsonOf(name) === json || this.#current.get(name)?.json === json) continue
      plans.set(name, { json, compiled: compileListener(json, this.#options.registry) })
    }
    return { commit: () => this.#commit(wanted, plans) }
  }

  /**
   * Stops accepting and asks connections to end; settles once none is left or after `boundMs`. Idle connections are first left
   * a moment, in which a request that is on its way is still answered.
   */
  async drain(boundMs: number, inboundOnly: boolean): Promise<void> {
    if (!(inboundOnly && this.#drained === 'all')) this.#drained = inboundOnly ? 'inbound' : 'all'
    const leaving = this.#running().filter((it) => this.#leaves(it))
    this.#ports.release(new Set(leaving))
    const older = inboundOnly ? [] : [...this.#draining.keys()]
    const all = [...leaving, ...older]
    const { timers } = this.#context
    const graceMs = Math.min(boundMs, idleGraceMs)
    await within(graceMs, timers, Promise.all(all.map((it) => it.drain('wait'))))
    await within(boundMs - graceMs, timers, Promise.all(all.map((it) => it.drain('close'))))
    for (const listener of all) listener.close()
  }

  /** Ends everything now. */
  close(): void {
    this.#drained = 'all'
    void this.#ports.assign([])
    for (const stop of this.#draining.values()) stop()
    for (const { listener } of this.#current.values()) listener.close()
    this.#current.clear()
    this.#warming.clear()
    this.#byAddress = new Map()
  }

  /** Leaves connections in the system's queue, or takes them again. */
  setAccepting(accepts: boolean): void {
    this.#ports.setAccepting(accepts)
  }

  /**
   * Ends the streams, and the connections that are no streams', which hold most of what was read or is to be written; says how
   * many.
   */
  shedLargest(): number {
    const listeners = new Set([...this.#running(), ...this.#draining.keys()])
    const held: HeavyStream[] = []
    for (const listener of listeners) {
      for (const socket of listener.connections()) {
        const bytes = heldBytesOf(socket)
        if (bytes >= heavyBytes) held.push({ bytes, reset: () => void socket.destroy() })
      }
      held.push(...listener.heavyStreams(heavyStreamBytes))
    }
    held.sort((a, b) => b.bytes - a.bytes)
    const heaviest = held.slice(0, maxShed)
    for (const it of heaviest) it.reset()
    return heaviest.length
  }

  #running(): RunningListener[] {
    return [...this.#current.values()].map((it) => it.listener)
  }

  async #commit(
    wanted: ReadonlyMap<string, ListenerJson>,
    plans: ReadonlyMap<string, ListenerPlan>,
  ): Promise<void> {
    this.#warming.retain(wanted)
    for (const [name, plan] of plans) this.#warming.add(name, plan)
    await this.#activate(wanted)
  }

  /** Swaps in what is ready, and out what is not `wanted` any more. */
  async #activate(wanted: ReadonlyMap<string, unknown> = this.#current): Promise<void> {
    const replaced = new Map<RunningListener, RunningListener | undefined>()
    for (const [name, { listener }] of this.#current) {
      if (wanted.has(name)) continue
      this.#current.delete(name)
      replaced.set(listener, undefined)
      this.#stats.removed.inc()
    }
    for (const [name, { json, compiled }] of this.#warming.takeReady()) {
      const previous = this.#current.get(name)?.listener
      const listener = new RunningListener(compiled, this.#context, previous)
      this.#current.set(name, { json, listener })
      if (previous !== undefined) replaced.set(previous, listener)
      this.#announce(compiled, previous !== undefined)
    }
    this.#stats.warming.add(this.#warming.size - this.#shownWarming)
    this.#shownWarming = this.#warming.size
    this.#byAddress = indexByAddress(this.#running())
    const bound = this.#ports.assign(this.#listening())
    for (const [listener, next] of replaced) this.#retire(listener, next)
    this.#stats.active.set(this.#current.size)
    await bound
  }

  #announce(plan: CompiledListener, isChange: boolean): void {
    this.#stats[isChange ? 'modified' : 'added'].inc()
    for (const part of plan.ignored) {
      this.#context.warnOnce(part, `${part} is accepted but does nothing`)
    }
  }

  /** Those that may have a port. */
  #listening(): RunningListener[] {
    return this.#running().filter((it) => !this.#leaves(it))
  }

  #leaves(listener: RunningListener): boolean {
    return this.#drained === 'all' || (this.#drained === 'inbound' && listener.compiled.inbound)
  }

  #admits(socket: Connection, to: RunningListener): boolean {
    const isCounted = !to.compiled.ignoresGlobalLimit
    if (isCounted && this.#counted >= this.#options.maxConnections) {
      this.#stats.overflow.inc()
      to.countGlobalOverflow()
      return false
    }
    this.#connections++
    socket.on('close', this.#onClosed)
    if (isCounted) {
      this.#counted++
      socket.on('close', this.#onCountedClosed)
    }
    return true
  }

  #retire(listener: RunningListener, next: RunningListener | undefined): void {
    const { timers } = this.#context
    const { drainMs, drainStrategy } = this.#options
    const stop = (): void => {
      timers.clearTimeout(timer)
      this.#draining.delete(listener)
      this.#stats.draining.set(this.#draining.size)
      listener.close(next)
    }
    const timer = timers.setTimeout(stop, drainMs)
    this.#draining.set(listener, stop)
    this.#stats.draining.set(this.#draining.size)
    const overMs = drainStrategy === 'gradual' ? drainMs : 0
    void listener.drain('wait', next, overMs).then(stop)
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
  readonly warming: Gauge
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
