import { createHash, randomFillSync } from 'node:crypto'

/** Bytes of the longest body. */
export const maxBodyBytes = 8 * 1024 * 1024

/** How many places bodies may begin at; any two of them look different from their first bytes on. */
const starts = 65_536
const pool = randomFillSync(Buffer.alloc(maxBodyBytes + starts))

/** The body of so many bytes that goes with this number; not to be changed. */
export function body(number: number, bytes: number): Buffer {
  const start = (number * 9973) % starts
  return pool.subarray(start, start + bytes)
}

/** What the trailers after a body say of it. */
export function sumOf(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

/** Bytes against those that are expected, as they come. */
export class Comparison {
  readonly #expected: Buffer
  bytes = 0
  /** So far. */
  isRight = true

  constructor(expected: Buffer) {
    this.#expected = expected
  }

  add(chunk: Buffer): void {
    const expected = this.#expected.subarray(this.bytes, this.bytes + chunk.length)
    if (!chunk.equals(expected)) this.isRight = false
    this.bytes += chunk.length
  }

  get isWhole(): boolean {
    return this.isRight && this.bytes === this.#expected.length
  }

  toString(): string {
    return `${this.bytes} of ${this.#expected.length} bytes, ${this.isRight ? 'right' : 'WRONG'}`
  }
}
