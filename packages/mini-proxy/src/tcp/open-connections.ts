import type { Connection } from '../network/connection.ts'

/** Connections that somebody has taken over and that are not closed yet. */
export class OpenConnections {
  readonly #open = new Set<Connection>()
  readonly #whenEmpty: (() => void)[] = []
  /** One function for all of them: whoever calls it is the connection. */
  readonly #removeClosed: () => void

  constructor() {
    const remove = (socket: Connection): void => this.remove(socket)
    this.#removeClosed = function (this: unknown): void {
      remove(this as Connection)
    }
  }

  get size(): number {
    return this.#open.size
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#open.values()
  }

  /** Settles once there is none. */
  get empty(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#whenEmpty.push(resolve))
  }

  /** Keeps `socket` until it closes; then `onClose` is called. */
  add(socket: Connection, onClose?: () => void): void {
    this.#open.add(socket)
    socket.on('close', this.#removeClosed)
    if (onClose !== undefined) socket.on('close', onClose)
  }

  /** Gives a connection up to somebody else. */
  remove(socket: Connection): void {
    if (!this.#open.delete(socket) || this.#open.size > 0) return
    for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }

  /** Ends all of them now. */
  destroyAll(): void {
    for (const socket of this.#open) socket.destroy()
  }
}
