import { intern } from '../http/intern.ts'
import { DecoderTable } from './decoder-table.ts'
import { isFieldName, isFieldValue } from './field-form.ts'
import { HpackError } from './hpack-error.ts'
import type { HpackSink } from './hpack-sink.ts'
import { decodedBound, decodeHuffman } from './huffman-decode.ts'
import { staticCount, staticNames, staticValues } from './static-table.ts'

/** What a decoder's peer may do. */
export interface HpackDecoderOptions {
  /** Bytes of the dynamic table that the peer may fill: SETTINGS_HEADER_TABLE_SIZE as sent to it. */
  readonly maxTableSize: number
}

/** What the protocol gives a table before any settings are exchanged. */
const initialTableSize = 4096

/** A size may be given at most twice: the smallest one since the last block, then the one now. RFC 7541 4.2. */
const maxSizeUpdates = 2

/** Integers of more bits are refused; nothing in a block is near. */
const maxIntegerBits = 28

/** First bits of the representations of a field: RFC 7541 6. */
const indexedBit = 0x80
const incrementalBit = 0x40
const sizeUpdateBit = 0x20
const neverIndexedBit = 0x10

const huffmanBit = 0x80

const initialScratchBytes = 256
/** A larger one, made for one long string, is not kept. */
const maxKeptScratchBytes = 4096

/**
 * Decodes header blocks (HPACK), with the dynamic table that all blocks of one direction of a connection share.
 *
 * Work and memory are linear in the bytes of a block: a reference to an entry gives its strings and copies nothing, and
 * every entry that is evicted was added by bytes before. A block is always decoded to its end, so that the table stays
 * the same as the peer's; how much of it is kept is the sink's business.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541
 */
export class HpackDecoder {
  /** Another number as soon as the same bytes could mean something else than before. */
  generation = 0
  readonly #table: DecoderTable
  #maxTableSize: number
  /** The smallest limit since the last block: a table that is larger has to be resized to it first. */
  #smallestLimit: number
  /** Where the next read begins; what `#read…` returns was read before it. */
  #at = 0
  #end = 0
  #scratch: Buffer = Buffer.allocUnsafeSlow(initialScratchBytes)

  constructor(options: HpackDecoderOptions) {
    this.#maxTableSize = options.maxTableSize
    this.#smallestLimit = options.maxTableSize
    this.#table = new DecoderTable(Math.min(options.maxTableSize, initialTableSize))
  }

  /** Bytes in the dynamic table, by the counting of RFC 7541 4.1. */
  get tableBytes(): number {
    return this.#table.bytes
  }

  /** Sets the limit, once the peer acknowledged the SETTINGS that named it. */
  setMaxTableSize(size: number): void {
    this.generation += 1
    this.#maxTableSize = size
    this.#smallestLimit = Math.min(this.#smallestLimit, size)
  }

  /**
   * Decodes the bytes of a whole block, from `start` to `end`.
   *
   * @throws {HpackError} if they are no block; the decoder is of no use any more.
   */
  decode(block: Uint8Array, start: number, end: number, sink: HpackSink): void {
    // Trailers without a field. An encoder that is not asked for one cannot tell its table's size either.
    if (start === end) return
    this.#at = start
    this.#end = end
    this.#readSizeUpdates(block)
    while (this.#at < end) {
      const first = block[this.#at] ?? 0
      if (first >= indexedBit) this.#readIndexed(block, first, sink)
      else this.#readLiteral(block, first, sink)
    }
  }

  #readSizeUpdates(block: Uint8Array): void {
    for (let updates = 0; this.#at < this.#end; updates++) {
      const first = block[this.#at] ?? 0
      if ((first & 0xe0) !== sizeUpdateBit) break
      if (updates === maxSizeUpdates) throw new HpackError('more than two table size updates')
      const size = this.#readInteger(block, 0x1f)
      const limit = updates === 0 ? this.#limitOfFirst() : this.#maxTableSize
      if (size > limit) throw new HpackError(`table size ${size}, the limit is ${limit}`)
      this.generation += 1
      this.#table.resize(size)
      this.#smallestLimit = this.#maxTableSize
    }
    if (this.#table.capacity > this.#smallestLimit) {
      throw new HpackError(`no table size update, the limit is now ${this.#smallestLimit}`)
    }
    this.#smallestLimit = this.#maxTableSize
  }

  #limitOfFirst(): number {
    return this.#table.capacity > this.#smallestLimit ? this.#smallestLimit : this.#maxTableSize
  }

  #readIndexed(block: Uint8Array, first: number, sink: HpackSink): void {
    let index = first & 0x7f
    if (index === 0x7f) index = this.#readInteger(block, 0x7f)
    else this.#at += 1
    if (index > staticCount) {
      const distance = this.#distanceOf(index)
      const table = this.#table
      const wellFormed = table.isWellFormed(distance)
      sink.onHeader(table.nameAt(distance), table.valueAt(distance), wellFormed, false)
    } else if (index > 0) {
      sink.onHeader(staticNames[index] ?? '', staticValues[index] ?? '', true, false)
    } else throw new HpackError('index 0')
  }

  #readLiteral(block: Uint8Array, first: number, sink: HpackSink): void {
    if ((first & 0xe0) === sizeUpdateBit) {
      throw new HpackError('a table size update that is not at the beginning')
    }
    const incremental = first >= incrementalBit
    const index = this.#readInteger(block, incremental ? 0x3f : 0x0f)
    let name: string
    let nameForm = true
    if (index === 0) {
      name = this.#readString(block)
      if (incremental) name = intern(name)
      nameForm = isFieldName(name)
    } else if (index <= staticCount) name = staticNames[index] ?? ''
    else {
      const distance = this.#distanceOf(index)
      name = this.#table.nameAt(distance)
      nameForm = this.#table.isNameWellFormed(distance)
    }
    const value = this.#readString(block)
    const form = nameForm && isFieldValue(value)
    if (incremental) {
      this.generation += 1
      this.#table.add(name, value, nameForm, form)
    }
    sink.onHeader(name, value, form, first >= neverIndexedBit && !incremental)
  }

  #distanceOf(index: number): number {
    const distance = index - staticCount - 1
    if (distance < this.#table.count) return distance
    throw new HpackError(`index ${index}, the table ends at ${staticCount + this.#table.count}`)
  }

  /** Reads an integer whose first bits are those of `mask` in the next byte. RFC 7541 5.1. */
  #readInteger(block: Uint8Array, mask: number): number {
    let value = this.#readByte(block) & mask
    if (value < mask) return value
    for (let shift = 0; shift < maxIntegerBits; shift += 7) {
      const byte = this.#readByte(block)
      value += (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new HpackError('an integer that is too large')
  }

  #readByte(block: Uint8Array): number {
    if (this.#at >= this.#end) throw new HpackError('the block ends within a field')
    return block[this.#at++] ?? 0
  }

  #readString(block: Uint8Array): string {
    const huffman = this.#at < this.#end && (block[this.#at] ?? 0) >= huffmanBit
    const length = this.#readInteger(block, 0x7f)
    const start = this.#at
    const end = start + length
    if (end > this.#end) throw new HpackError('the block ends within a string')
    this.#at = end
    return huffman ? this.#decodeHuffman(block, start, end) : latin1(block, start, end)
  }

  #decodeHuffman(block: Uint8Array, start: number, end: number): string {
    const bound = decodedBound(end - start)
    if (bound > this.#scratch.length) this.#scratch = Buffer.allocUnsafeSlow(bound * 2)
    const length = decodeHuffman(block, start, end, this.#scratch)
    if (length < 0) throw new HpackError('bytes that are no Huffman code')
    const text = this.#scratch.toString('latin1', 0, length)
    if (this.#scratch.length > maxKeptScratchBytes) {
      this.#scratch = Buffer.allocUnsafeSlow(initialScratchBytes)
    }
    return text
  }
}

function latin1(block: Uint8Array, start: number, end: number): string {
  if (Buffer.isBuffer(block)) return block.toString('latin1', start, end)
  return Buffer.from(block.buffer, block.byteOffset, block.byteLength).toString(
    'latin1',
    start,
    end,
  )
}
