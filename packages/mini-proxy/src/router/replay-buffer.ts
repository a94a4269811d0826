import { HeldBytes } from '../http/held-bytes.ts'

/** Keeps the body of a request as it passes, so that it can be sent again; gives up beyond a limit. */
export class ReplayBuffer {
  readonly #limitBytes: number
  /** In one piece: an object per chunk would let a client of one-byte chunks take many times the limit. */
  readonly #held = new HeldBytes()
  #abandoned = false

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** The body so far is all there. */
  get whole(): boolean {
    return !this.#abandoned
  }

  /** No more can be kept without giving up. */
  get full(): boolean {
    return this.#held.length > this.#limitBytes
  }

  /** What is kept. It stays as it is while more is added. */
  get bytes(): Buffer {
    return this.#held.bytes
  }

  add(chunk: Uint8Array): void {
    if (!this.#abandoned) this.#held.append(chunk)
  }

  /** The body will not be sent again. */
  abandon(): void {
    this.#abandoned = true
    this.#held.clear()
  }
}
