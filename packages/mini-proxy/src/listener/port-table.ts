import type { Log, Timers } from '../ambient.ts'
import type { Connection } from '../network/connection.ts'
import { hostPort } from '../network/ip-address.ts'
import type { Counter } from '../stats/stats.ts'
import type { ListenAddress } from './compile-listener.ts'
import type { PortSource } from './port-source.ts'
import type { RunningListener } from './running-listener.ts'
import { ServerSocket } from './server-socket.ts'

export interface PortTableOptions {
  readonly timers: Timers
  readonly log: Log
  readonly created: Counter
  readonly failed: Counter
  /** Who holds the ports; undefined: this process binds its own. */
  readonly ports: PortSource | undefined
  /** May refuse a connection. */
  readonly admits: (connection: Connection, to: RunningListener) => boolean
}

/** The ports that listeners own. A port stays open while it changes hands. */
export class PortTable {
  readonly #options: PortTableOptions
  readonly #ports = new Map<string, Port>()
  #accepts = true

  constructor(options: PortTableOptions) {
    this.#options = options
  }

  /** Names of listeners with the first address that each has bound. */
  get bound(): Map<string, ListenAddress> {
    const bound = new Map<string, ListenAddress>()
    for (const { socket } of this.#ports.values()) {
      const { name } = socket.owner.compiled
      if (socket.bound !== undefined && !bound.has(name)) bound.set(name, socket.bound)
    }
    return bound
  }

  /**
   * Gives each port to its new owner, closes those nobody wants, and opens what is missing. Settles once every port was
   * tried; one that cannot be bound is tried again until it can or nobody wants it.
   */
  async assign(listeners: readonly RunningListener[]): Promise<void> {
    const wanted = this.#portsOf(listeners)
    for (const [key, port] of this.#ports) {
      const owner = wanted.get(key)?.owner
      if (owner === undefined) this.#close(key, port)
      else this.#give(port.socket, owner)
    }
    for (const [key, { owner, address }] of wanted) {
      if (!this.#ports.has(key)) this.#open(key, owner, address)
    }
    await Promise.all([...this.#ports.values()].map((it) => it.tried))
  }

  /** Closes the ports of these listeners; connections live on. */
  release(listeners: ReadonlySet<RunningListener>): void {
    for (const [key, port] of this.#ports) {
      if (listeners.has(port.socket.owner)) this.#close(key, port)
    }
  }

  /** Of two listeners with one address the one that was there first has it. */
  #portsOf(listeners: readonly RunningListener[]): Map<string, Wanted> {
    const ports = new Map<string, Wanted>()
    for (const owner of listeners) {
      if (!owner.compiled.bindToPort) continue
      for (const address of owner.compiled.addresses) {
        const key = keyOf(owner.compiled.name, address)
        const other = ports.get(key)?.owner.compiled.name
        if (other === undefined) ports.set(key, { owner, address })
        else this.#reportFailure(owner, address, `it is the address of ${other}`)
      }
    }
    return ports
  }

  /** Takes connections, or leaves those that come in the system's queue; but for listeners that must be reached. */
  setAccepting(accepts: boolean): void {
    this.#accepts = accepts
    for (const { socket } of this.#ports.values()) this.#give(socket, socket.owner)
  }

  #give(socket: ServerSocket, owner: RunningListener): void {
    socket.owner = owner
    socket.setAccepting(this.#accepts || owner.compiled.bypassOverload)
  }

  #close(key: string, port: Port): void {
    this.#ports.delete(key)
    port.socket.close()
    this.#options.ports?.release(key)
    if (port.retry !== undefined) this.#options.timers.clearTimeout(port.retry)
  }

  #open(key: string, owner: RunningListener, address: ListenAddress): void {
    const socket = new ServerSocket(owner, this.#options.admits)
    this.#give(socket, owner)
    const port: Port = { socket, tried: Promise.resolve(), retry: undefined }
    this.#ports.set(key, port)
    port.tried = this.#bind(key, port, address, true)
  }

  async #bind(key: string, port: Port, address: ListenAddress, isFirst: boolean): Promise<void> {
    const { ports } = this.#options
    try {
      const held = await ports?.claim({ key, ...address })
      // Somebody may have lost interest while the port was on its way.
      if (this.#ports.get(key) !== port) {
        held?.close()
        return
      }
      await port.socket.bind(address, held)
      this.#options.created.inc()
    } catch (error) {
      if (this.#ports.get(key) !== port) return
      ports?.release(key)
      const why = error instanceof Error ? error.message : String(error)
      if (isFirst) this.#reportFailure(port.socket.owner, address, `${why}; trying again`)
      port.retry = this.#options.timers.setTimeout(() => {
        port.retry = undefined
        port.tried = this.#bind(key, port, address, false)
      }, retryMs)
    }
  }

  #reportFailure({ compiled }: RunningListener, to: ListenAddress, why: string): void {
    this.#options.failed.inc()
    const where = hostPort(to.address, to.port)
    this.#options.log({
      level: 'error',
      scope: 'listener',
      message: `listener ${compiled.name} cannot bind ${where}: ${why}`,
    })
  }
}

interface Wanted {
  readonly owner: RunningListener
  readonly address: ListenAddress
}

interface Port {
  readonly socket: ServerSocket
  /** Settles after the latest attempt to bind. */
  tried: Promise<void>
  retry: unknown
}

/** A port is taken mostly by a predecessor that is about to end. */
const retryMs = 1000

/** A port that the system chooses belongs to one listener; any other to whoever names it. */
function keyOf(name: string, { address, port }: ListenAddress): string {
  return port === 0 ? `${name} ${hostPort(address, 0)}` : hostPort(address, port)
}
