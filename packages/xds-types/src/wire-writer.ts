import { writeUtf8Backward } from './utf8.ts'

const initialBytes = 1024
/** A UTF-16 unit takes three bytes of UTF-8 at most. */
const bytesPerUnit = 3
const maxVarintBytes = 10
const maxUint32 = 0xffff_ffffn

/**
 * Writes a message from its last byte to its first, so that every length is known when it is due:
 * one pass, no measuring, no copying of nested messages.
 */
export class WireWriter {
  #bytes = new Uint8Array(initialBytes)
  #view = new DataView(this.#bytes.buffer)
  #at = initialBytes
  /** Values of the messages that are being written, the outer ones first. */
  readonly values: unknown[] = []
  /** How many of {@link values} count. */
  held = 0

  /** How many bytes have been written. A length is the difference of two of these. */
  get size(): number {
    return this.#bytes.length - this.#at
  }

  /** A copy of what was written; the writer can be used again after {@link reset}. */
  finish(): Uint8Array {
    return this.#bytes.slice(this.#at)
  }

  /** Forgets what was written and keeps the memory. */
  reset(): void {
    this.#at = this.#bytes.length
    this.values.length = 0
    this.held = 0
  }

  /** An unsigned 32-bit integer. */
  varint(value: number): void {
    if (this.#at < maxVarintBytes) this.#reserve(maxVarintBytes)
    let rest = value >>> 0
    if (rest < 0x80) {
      this.#at -= 1
      this.#bytes[this.#at] = rest
      return
    }
    let at = this.#at - varintLength(rest)
    this.#at = at
    while (rest > 0x7f) {
      this.#bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[at] = rest
  }

  /** A tag and the unsigned 32-bit integer that follows it: a length or a value. */
  head(tag: number, value: number): void {
    const at = this.#at
    if (at > maxVarintBytes && value < 0x80 && tag < 0x80) {
      this.#bytes[at - 1] = value
      this.#bytes[at - 2] = tag
      this.#at = at - 2
      return
    }
    this.varint(value)
    this.varint(tag)
  }

  /** A signed 32-bit integer, which the wire widens to 64 bits. */
  int32(value: number): void {
    if (value >= 0) this.varint(value)
    else this.varint64(BigInt(value))
  }

  /** A 64-bit integer, signed or not. */
  varint64(value: bigint): void {
    if (value >= 0n && value <= maxUint32) {
      this.varint(Number(value))
      return
    }
    this.#reserve(maxVarintBytes)
    const septets: number[] = []
    let rest = BigInt.asUintN(64, value)
    while (rest > 0x7fn) {
      septets.push(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    septets.push(Number(rest))
    this.#at -= septets.length
    this.#bytes.set(septets, this.#at)
  }

  fixed32(value: number): void {
    this.#reserve(4)
    this.#at -= 4
    this.#view.setUint32(this.#at, value, true)
  }

  fixed64(value: bigint): void {
    this.#reserve(8)
    this.#at -= 8
    this.#view.setBigUint64(this.#at, value, true)
  }

  float(value: number): void {
    this.#reserve(4)
    this.#at -= 4
    this.#view.setFloat32(this.#at, value, true)
  }

  double(value: number): void {
    this.#reserve(8)
    this.#at -= 8
    this.#view.setFloat64(this.#at, value, true)
  }

  /** Text with its length before it. */
  string(text: string): void {
    this.varint(this.text(text))
  }

  /** Text without its length, which is the answer. */
  text(text: string): number {
    this.#reserve(text.length * bytesPerUnit)
    const end = this.#at
    this.#at = writeUtf8Backward(this.#bytes, end, text)
    return end - this.#at
  }

  /** Bytes with their length before them. */
  bytes(value: Uint8Array): void {
    this.raw(value)
    this.varint(value.length)
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#at -= value.length
    this.#bytes.set(value, this.#at)
  }

  #reserve(count: number): void {
    if (this.#at >= count) return
    const size = this.size
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, size + count))
    grown.set(this.#bytes.subarray(this.#at), grown.length - size)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
    this.#at = grown.length - size
  }
}

function varintLength(value: number): number {
  if (value < 1 << 14) return 2
  if (value < 1 << 21) return 3
  return value < 1 << 28 ? 4 : 5
}
