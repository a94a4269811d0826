const initialBytes = 1024

/** Bytes kept until more arrive. Grows by doubling, so that a peer that drips bytes costs no more than one that does not. */
export class HeldBytes {
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What is held now; valid until the next change. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  append(more: Uint8Array): void {
    const wanted = this.#length + more.length
    if (wanted > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(wanted, this.#bytes.length * 2, initialBytes))
      grown.set(this.bytes)
      this.#bytes = grown
    }
    this.#bytes.set(more, this.#length)
    this.#length = wanted
  }

  clear(): void {
    this.#bytes = Buffer.alloc(0)
    this.#length = 0
  }
}
