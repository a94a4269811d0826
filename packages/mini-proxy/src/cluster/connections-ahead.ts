import type { Socket } from 'node:net'
import type { Timers } from '../ambient.ts'
import { type Deadlines, deadlinesOn, type Expiring } from '../http/deadlines.ts'
import type { PoolBreaker } from '../http/pool.ts'
import { connectAhead, lacksRoom, type PoolLoad } from '../http/preconnect.ts'
import type { OutgoingConnection } from '../network/connection.ts'

/** What {@link ConnectionsAhead} knows of its host. Durations in milliseconds. */
export interface ConnectionsAheadOptions {
  connect(): Socket
  readonly connectEvent: 'connect' | 'secureConnect'
  readonly connectTimeoutMs: number
  /** For how many connections there is to be one, per connection that is in use. */
  ratio(): number
  readonly breaker: Pick<PoolBreaker, 'admitConnection' | 'releaseConnection'>
  readonly timers: Timers
}

/** Connections to a host for clients that are still to come, each for one of them: what pools are for requests. */
export class ConnectionsAhead {
  readonly #options: ConnectionsAheadOptions
  readonly #deadlines: Deadlines
  readonly #spare = new Set<SpareConnection>()
  #used = 0
  #isOver = false

  constructor(options: ConnectionsAheadOptions) {
    this.#options = options
    this.#deadlines = deadlinesOn(options.timers)
  }

  get load(): PoolLoad {
    return { pending: 0, active: this.#used, capacity: this.#spare.size }
  }

  /** One that is connected, or else one that is being made. It counts as admitted; its taker releases it. */
  take(): SpareConnection | undefined {
    const [oldest] = this.#spare
    const taken = [...this.#spare].find((it) => it.connected) ?? oldest
    if (taken === undefined) return undefined
    this.#spare.delete(taken)
    taken.giveAway()
    return taken
  }

  /** A client uses this connection, which was `opened` for it or not: others are opened for those that follow. */
  use(connection: OutgoingConnection, opened: 0 | 1): void {
    this.#used++
    connection.on('close', () => {
      this.#used--
    })
    if (this.#isOver) return
    connectAhead(this, this.#options.ratio(), () => this.#connect(), opened)
  }

  /** As the pools of requests do. */
  preconnect(ratio: number): boolean {
    return !this.#isOver && lacksRoom(this.load, ratio, 1) && this.#connect()
  }

  /** Closes those that nobody uses, and opens no more. */
  close(): void {
    this.#isOver = true
    for (const it of this.#spare) it.connection.destroy()
  }

  #connect(): boolean {
    const { breaker, connect } = this.#options
    if (!breaker.admitConnection()) return false
    const spare = new SpareConnection(connect(), this.#options, {
      deadlines: this.#deadlines,
      onOver: () => this.#spare.delete(spare),
      onClosed: () => breaker.releaseConnection(),
    })
    this.#spare.add(spare)
    return true
  }
}

/** Envoy's `TcpProtocolOptions.idle_timeout`. */
const idleTimeoutMs = 600_000

interface SpareContext {
  readonly deadlines: Deadlines
  /** No client can have it any more. */
  readonly onOver: () => void
  /** The system has it back. */
  readonly onClosed: () => void
}

/** A connection that nobody uses yet. What its host says first stays in it; when the host ends it, it is over. */
class SpareConnection implements Expiring {
  readonly connection: Socket
  connected = false
  deadline: number
  watchedAt = -1
  readonly #deadlines: Deadlines
  readonly #onOver: () => void
  readonly #events: Readonly<Record<string, () => void>>

  constructor(
    connection: Socket,
    { connectEvent, connectTimeoutMs }: ConnectionsAheadOptions,
    { deadlines, onOver, onClosed }: SpareContext,
  ) {
    this.connection = connection
    this.#deadlines = deadlines
    this.#onOver = onOver
    this.#events = {
      [connectEvent]: () => this.#onConnected(),
      readable: () => {
        // Nothing to read is the end, and is heard of only by reading it.
        if (connection.readableLength === 0) connection.read()
      },
      end: () => this.#end(),
      // Close follows.
      error: () => undefined,
      close: () => {
        deadlines.remove(this)
        onOver()
        onClosed()
      },
    }
    this.deadline = deadlines.after(connectTimeoutMs)
    deadlines.add(this)
    for (const [name, listener] of Object.entries(this.#events)) {
      if (name !== 'readable') connection.on(name, listener)
    }
  }

  giveAway(): void {
    this.#deadlines.remove(this)
    for (const [name, listener] of Object.entries(this.#events)) this.connection.off(name, listener)
  }

  onDeadline(): void {
    this.#end()
  }

  /** It is given to nobody from now on; that it is closed is told later. */
  #end(): void {
    this.#onOver()
    this.connection.destroy()
  }

  #onConnected(): void {
    this.connected = true
    this.deadline = this.#deadlines.after(idleTimeoutMs)
    const { readable } = this.#events
    if (readable !== undefined) this.connection.on('readable', readable)
  }
}
