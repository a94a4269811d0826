const initialBytes = 1024
/** Shared: most messages hold nothing. */
const nothing = Buffer.alloc(0)

/** Bytes kept until more arrive. Grows by doubling, so that a peer that drips bytes costs no more than one that does not. */
export class HeldBytes {
  #bytes: Buffer = nothing
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What is held now; valid until the next change. */
  get bytes(): Buffer {
    return this.#length === 0 ? nothing : this.#bytes.subarray(0, this.#length)
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
    this.#bytes = nothing
    this.#length = 0
  }
}
