/** What the peer may send on a connection: it is told to go on once half of it was taken by whoever it is for. */
export class ReceiveWindow {
  readonly #size: number
  #left: number
  #taken = 0

  constructor(size: number) {
    this.#size = size
    this.#left = size
  }

  /** Bytes arrived; false: more than allowed. */
  receive(bytes: number): boolean {
    this.#left -= bytes
    return this.#left >= 0
  }

  /** Bytes were taken; returns what to tell the peer, 0 for nothing yet. */
  credit(bytes: number): number {
    this.#taken += bytes
    if (this.#taken < this.#size / 2) return 0
    const increment = this.#taken
    this.#left += increment
    this.#taken = 0
    return increment
  }
}
