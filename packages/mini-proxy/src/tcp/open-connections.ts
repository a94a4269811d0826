import { Bag, type Bagged } from '../bag.ts'
import type { Connection } from '../network/connection.ts'

/** A connection among those that are open. */
export interface OpenConnection extends Bagged {
  readonly connection: Connection
}

/** Connections that somebody has taken over and that are not closed yet. */
export class OpenConnections {
  readonly #open = new Bag<OpenConnection>()
  readonly #whenEmpty: (() => void)[] = []

  get size(): number {
    return this.#open.size
  }

  *[Symbol.iterator](): Generator<Connection> {
    for (const { connection } of this.#open) yield connection
  }

  /** Settles once there is none. */
  get empty(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#whenEmpty.push(resolve))
  }

  /** Keeps `connection` until it closes; then `onClose` is called. */
  add(connection: Connection, onClose?: () => void): OpenConnection {
    const item: OpenConnection = { connection, placeInBag: -1 }
    this.#open.add(item)
    connection.on('close', () => {
      this.remove(item)
      onClose?.()
    })
    return item
  }

  /** Gives a connection up to somebody else. */
  remove(item: OpenConnection): void {
    if (!this.#open.delete(item) || this.#open.size > 0) return
    for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }

  /** Ends all of them now. */
  destroyAll(): void {
    for (const { connection } of this.#open) connection.destroy()
  }
}
