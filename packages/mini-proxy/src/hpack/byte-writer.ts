/**
 * Bytes that are appended to until somebody takes them. Grows by doubling and keeps its memory.
 *
 * The fields are open to the codec that writes into it: after {@link reserve} it stores into `bytes` and moves `length`.
 */
export class ByteWriter {
  bytes: Buffer
  /** How many of `bytes` are written. */
  length = 0

  /** @param capacity bytes that fit before the first growth. */
  constructor(capacity = 4096) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
  }

  /** Makes room for `count` more bytes; `bytes` may be another buffer afterwards. */
  reserve(count: number): void {
    const wanted = this.length + count
    if (wanted > this.bytes.length) this.#grow(wanted)
  }

  append(source: Uint8Array, start = 0, end: number = source.length): void {
    this.reserve(end - start)
    this.bytes.set(
      start === 0 && end === source.length ? source : source.subarray(start, end),
      this.length,
    )
    this.length += end - start
  }

  /** Forgets what is written; the memory is used again. */
  clear(): void {
    this.length = 0
  }

  /** Hands over what is written, and goes on in memory of its own of `capacity` bytes. */
  take(capacity: number = this.bytes.length): Buffer {
    const taken = this.bytes.subarray(0, this.length)
    this.bytes = Buffer.allocUnsafeSlow(capacity)
    this.length = 0
    return taken
  }

  #grow(wanted: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }
}
