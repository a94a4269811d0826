/** Keeps the body of a request as it passes, so that it can be sent again; gives up beyond a limit. */
export class ReplayBuffer {
  readonly #limitBytes: number
  #chunks: Buffer[] = []
  #bytes = 0
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
    return this.#bytes > this.#limitBytes
  }

  get chunks(): readonly Buffer[] {
    return this.#chunks
  }

  add(chunk: Uint8Array): void {
    if (this.#abandoned || chunk.length === 0) return
    this.#chunks.push(Buffer.from(chunk))
    this.#bytes += chunk.length
  }

  /** The body will not be sent again. */
  abandon(): void {
    this.#abandoned = true
    this.#chunks = []
    this.#bytes = 0
  }
}
