import type { Duplex } from 'node:stream'

/** Connections that somebody has taken over and that are not closed yet. */
export class OpenConnections {
  readonly #open = new Set<Duplex>()
  readonly #whenEmpty: (() => void)[] = []

  get size(): number {
    return this.#open.size
  }

  [Symbol.iterator](): Iterator<Duplex> {
    return this.#open.values()
  }

  /** Settles once there is none. */
  get empty(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#whenEmpty.push(resolve))
  }

  /** Keeps `socket` until it closes; then `onClose` is called. */
  add(socket: Duplex, onClose?: () => void): void {
    this.#open.add(socket)
    socket.once('close', () => {
      this.remove(socket)
      onClose?.()
    })
  }

  /** Gives a connection up to somebody else. */
  remove(socket: Duplex): void {
    if (!this.#open.delete(socket) || this.#open.size > 0) return
    for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }

  /** Ends all of them now. */
  destroyAll(): void {
    for (const socket of this.#open) socket.destroy()
  }
}
