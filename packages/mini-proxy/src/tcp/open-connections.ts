import type { Duplex } from 'node:stream'

/** The connections that a filter has taken over and that are not closed yet. */
export class OpenConnections {
  readonly #open = new Set<Duplex>()

  get size(): number {
    return this.#open.size
  }

  /** Keeps `socket` until it closes; then `onClose` is called. */
  add(socket: Duplex, onClose: () => void): void {
    this.#open.add(socket)
    socket.once('close', () => {
      this.#open.delete(socket)
      onClose()
    })
  }

  /** Ends all of them now. */
  destroyAll(): void {
    for (const socket of this.#open) socket.destroy()
  }
}
