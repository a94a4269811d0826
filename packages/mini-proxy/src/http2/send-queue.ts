/** Bytes of a body that wait until the peer lets them go. */
export class SendQueue {
  #chunks: Buffer[] = []
  #first = 0
  /** Bytes of the first chunk that are gone. */
  #offset = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Keeps a copy of the bytes from `start` on. */
  push(bytes: Uint8Array, start: number): void {
    const copy = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#chunks.push(Buffer.from(copy.subarray(start)))
    this.#length += bytes.length - start
  }

  /** Hands over at most `most` bytes from the front; they are in one piece, which may make it fewer. */
  shift(most: number): Buffer {
    const chunk = this.#chunks[this.#first]
    if (chunk === undefined) return nothing
    const end = Math.min(chunk.length, this.#offset + most)
    const taken = chunk.subarray(this.#offset, end)
    this.#offset = end
    this.#length -= taken.length
    if (end === chunk.length) this.#next()
    return taken
  }

  clear(): void {
    this.#chunks = []
    this.#first = 0
    this.#offset = 0
    this.#length = 0
  }

  #next(): void {
    this.#first += 1
    this.#offset = 0
    if (this.#length === 0) this.clear()
    else if (this.#first >= compactAt) {
      this.#chunks.splice(0, this.#first)
      this.#first = 0
    }
  }
}

const nothing = Buffer.alloc(0)
/** Chunks that are gone, before the rest moves up. */
const compactAt = 64
