import { readUtf8 } from './utf8.ts'
import { WireFault } from './wire-fault.ts'

/** What becomes of fields that their message's type does not have. */
export type UnknownFields = 'keep' | 'drop' | 'refuse'

const maxVarintBytes = 10
const overlongVarint = 'a varint must not be longer than 10 bytes'
const maxGroupDepth = 100

/** Reads the primitives of the wire format, in order, from `bytes`. */
export class WireReader {
  readonly #bytes: Uint8Array
  #madeView: DataView | undefined
  /** Whether the last byte that {@link #septets} read ended a varint. */
  #isVarintOver = false
  position = 0
  /** Where the message that is being read ends. */
  limit: number
  /** How many messages are open. */
  depth = 0
  readonly unknownFields: UnknownFields

  constructor(bytes: Uint8Array, unknownFields: UnknownFields = 'keep') {
    this.unknownFields = unknownFields
    this.#bytes = bytes
    this.limit = bytes.length
  }

  /** Whether the message that is being read has more. Throws if it was overrun. */
  get hasMore(): boolean {
    if (this.position > this.limit) throw new WireFault('a length must not end inside a field')
    return this.position < this.limit
  }

  /** A varint cut to its low 32 bits, unsigned. */
  varint32(): number {
    // Nearly all tags, lengths and numbers take one byte, and most others two.
    const first = this.#bytes[this.position] ?? 0xff
    if (first < 0x80) {
      this.position += 1
      return first
    }
    const second = this.#bytes[this.position + 1] ?? 0xff
    if (second < 0x80) {
      this.position += 2
      return (first & 0x7f) | (second << 7)
    }
    return this.#longVarint32()
  }

  /** A varint, unsigned. */
  varint64(): bigint {
    const low = this.#septets(4)
    if (this.#isVarintOver) return BigInt(low)
    const middle = this.#septets(4)
    if (this.#isVarintOver) return (BigInt(middle) << 28n) | BigInt(low)
    const high = this.#septets(2)
    if (!this.#isVarintOver) throw new WireFault(overlongVarint)
    return (BigInt(high & 0xff) << 56n) | (BigInt(middle) << 28n) | BigInt(low)
  }

  /** Whether any bit of a varint is set. */
  bool(): boolean {
    const first = this.#bytes[this.position] ?? 0xff
    if (first >= 0x80) return this.varint64() !== 0n
    this.position += 1
    return first !== 0
  }

  fixed32(): number {
    return this.#view.getUint32(this.#advance(4), true)
  }

  fixed64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true)
  }

  float(): number {
    return this.#view.getFloat32(this.#advance(4), true)
  }

  double(): number {
    return this.#view.getFloat64(this.#advance(8), true)
  }

  /** A copy of a length-delimited field's content. */
  bytes(): Uint8Array {
    const length = this.varint32()
    const start = this.#advance(length)
    return this.#bytes.slice(start, start + length)
  }

  string(): string {
    const length = this.varint32()
    const start = this.#advance(length)
    const text = readUtf8(this.#bytes, start, start + length)
    if (text === undefined) throw new WireFault('a string must be valid UTF-8')
    return text
  }

  /** Makes the length-delimited field that begins here the {@link limit}, and returns the former one. */
  enter(): number {
    const outer = this.limit
    const end = this.varint32() + this.position
    if (end > outer) throw new WireFault('a length must not exceed what holds it')
    this.limit = end
    return outer
  }

  /**
   * Whether a message of two bytes begins here, length before it: field 1 and a varint other than 0.
   * If so, the varint is next.
   */
  isSmallWrapper(): boolean {
    const at = this.position
    const value = this.#bytes[at + 2] ?? 0
    const isSmall = value > 0 && value < 0x80 && at + 3 <= this.limit
    if (!isSmall || this.#bytes[at] !== 2 || this.#bytes[at + 1] !== 0x08) return false
    this.position = at + 2
    return true
  }

  /** Skips the value of a field of that wire type. */
  skip(wireType: number, number: number, depth = 0): void {
    if (wireType === 0) this.varint64()
    else if (wireType === 1) this.#advance(8)
    else if (wireType === 2) this.#advance(this.varint32())
    else if (wireType === 3) this.#skipGroup(number, depth + 1)
    else if (wireType === 5) this.#advance(4)
    else throw new WireFault(`there is no wire type ${wireType}`)
  }

  /** The bytes from `start` to here, copied. */
  since(start: number): Uint8Array {
    return this.#bytes.slice(start, this.position)
  }

  #skipGroup(number: number, depth: number): void {
    if (depth > maxGroupDepth) throw new WireFault('groups must not nest deeper than 100')
    for (;;) {
      const tag = this.varint32()
      if ((tag & 7) === 4) {
        if (tag >>> 3 !== number) throw new WireFault('a group must end with its own number')
        return
      }
      this.skip(tag & 7, tag >>> 3, depth)
    }
  }

  #longVarint32(): number {
    let value = 0
    for (let i = 0; i < maxVarintBytes; i++) {
      const byte = this.#next()
      if (i < 5) value |= (byte & 0x7f) << (7 * i)
      if (byte < 0x80) return value >>> 0
    }
    throw new WireFault(overlongVarint)
  }

  /** At most `count` septets of a varint as one number, which stays below 2^28. */
  #septets(count: number): number {
    let value = 0
    for (let i = 0; i < count; i++) {
      const byte = this.#next()
      value |= (byte & 0x7f) << (7 * i)
      this.#isVarintOver = byte < 0x80
      if (this.#isVarintOver) break
    }
    return value
  }

  /** Made when it is first needed, for most messages have no field of fixed width. */
  get #view(): DataView {
    const { buffer, byteOffset, byteLength } = this.#bytes
    this.#madeView ??= new DataView(buffer, byteOffset, byteLength)
    return this.#madeView
  }

  #next(): number {
    const byte = this.#bytes[this.position]
    if (byte === undefined) throw new WireFault('the message must not end inside a field')
    this.position += 1
    return byte
  }

  #advance(count: number): number {
    const start = this.position
    if (start + count > this.#bytes.length) {
      throw new WireFault('the message must not end inside a field')
    }
    this.position = start + count
    return start
  }
}
