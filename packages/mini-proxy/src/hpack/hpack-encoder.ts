import { intern } from '../http/intern.ts'
import type { ByteWriter } from './byte-writer.ts'
import { entryOverhead } from './decoder-table.ts'
import { EncoderTable } from './encoder-table.ts'
import { FoundFields } from './found-fields.ts'
import { huffmanSize, writeHuffman } from './huffman-encode.ts'
import { type IndexingPolicy, policyWith } from './indexing-policy.ts'
import { staticIndex, staticNames, staticValues } from './static-table.ts'

/** What an encoder may use. */
export interface HpackEncoderOptions {
  /** Bytes of the dynamic table, if the peer allows so many. Default: 4096. */
  readonly maxTableSize?: number
}

/** What the protocol gives a table before any settings are exchanged. */
const initialTableSize = 4096

/** How many fields are remembered that were sent; a power of two. */
const slots = 64

/** The most bytes of an integer beyond its first: seven bits each. */
const maxIntegerBytes = 6

/** Entries that take more than one part in so many of the table are not added: they would evict everything else. */
const largestShare = 4

/**
 * Encodes header blocks (HPACK).
 *
 * A field that a table holds takes one or two bytes, and one look into a small cache to find. Of the others a name that
 * is new is added to the dynamic table with its first value, and a field when it comes for the second time: request ids
 * and the like, which come once, evict nothing. Huffman code is used for what is added and so sent once, if it is
 * shorter; decoding it again and again would cost the peer more than the bytes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541
 */
export class HpackEncoder {
  readonly #table = new EncoderTable(initialTableSize)
  readonly #maxTableSize: number
  readonly #found = new FoundFields()
  /** Hashes of fields that were sent and not added. */
  readonly #sent: Int32Array = new Int32Array(slots)
  /** The smallest size since the last block, while the peer has to be told; otherwise -1. */
  #smallestSize = -1

  constructor(options: HpackEncoderOptions = {}) {
    this.#maxTableSize = options.maxTableSize ?? initialTableSize
    this.setPeerTableSize(initialTableSize)
  }

  /** Takes what the peer's SETTINGS_HEADER_TABLE_SIZE allows. Not within a block. */
  setPeerTableSize(size: number): void {
    const capacity = Math.min(size, this.#maxTableSize)
    if (capacity === this.#table.capacity) return
    this.#smallestSize =
      this.#smallestSize === -1 ? capacity : Math.min(this.#smallestSize, capacity)
    this.#table.resize(capacity)
  }

  /**
   * Appends a field. Characters of `name` and `value` are bytes, well formed; the name is in lower case.
   *
   * Changes of the table's size go before the first field after {@link setPeerTableSize}.
   */
  encode(name: string, value: string, out: ByteWriter): void {
    if (this.#smallestSize >= 0) this.#writeSizeUpdates(out)
    const index = this.#recall(name, value)
    if (index > 0) writeInteger(out, 0x80, 0x7f, index)
    else this.#search(name, value, out)
  }

  /** Appends a field that may be put into no table, here or on any hop behind. */
  encodeSecret(name: string, value: string, out: ByteWriter): void {
    if (this.#smallestSize >= 0) this.#writeSizeUpdates(out)
    const nameIndex = staticIndex.get(name)?.index ?? this.#addedNameIndex(name)
    writeInteger(out, 0x10, 0x0f, nameIndex)
    writeText(nameIndex, name, value, out)
  }

  /** The index of a field that was found not long ago, or 0. */
  #recall(name: string, value: string): number {
    const id = this.#found.recall(name, value)
    if (id < 0) return -id
    return this.#table.holds(id) ? this.#table.indexOf(id) : 0
  }

  #search(name: string, value: string, out: ByteWriter): void {
    const values = staticIndex.get(name)?.values
    const index = values === undefined || values.size === 0 ? undefined : values.get(value)
    const hash = hashOf(name, value)
    const id = index === undefined ? this.#table.find(name, value, hash) : -index
    if (id === undefined) this.#writeNew(name, value, hash, out)
    else this.#writeIndexed(id, out)
  }

  /** Writes a field that no table holds. */
  #writeNew(name: string, value: string, hash: number, out: ByteWriter): void {
    const inStatic = staticIndex.get(name)
    const nameIndex = inStatic?.index ?? this.#addedNameIndex(name)
    const policy = policyWith(value, inStatic?.policy ?? (nameIndex === 0 ? 'first' : 'second'))
    const size = name.length + value.length + entryOverhead
    if (this.#isAdded(size, hash, policy)) {
      writeInteger(out, 0x40, 0x3f, nameIndex)
      if (nameIndex === 0) writeShortest(name, out)
      writeShortest(value, out)
      this.#table.add(intern(name), ownCopy(value), hash)
    } else {
      writeInteger(out, policy === 'never' ? 0x10 : 0x00, 0x0f, nameIndex)
      writeText(nameIndex, name, value, out)
    }
  }

  /** The index of a dynamic entry that has the name, or 0. */
  #addedNameIndex(name: string): number {
    const newest = this.#table.findName(name)
    return newest === undefined ? 0 : this.#table.indexOf(newest)
  }

  #writeIndexed(id: number, out: ByteWriter): void {
    const name = id < 0 ? staticNames[-id] : this.#table.nameOf(id)
    const value = id < 0 ? staticValues[-id] : this.#table.valueOf(id)
    this.#found.add(name ?? '', value ?? '', id)
    writeInteger(out, 0x80, 0x7f, id < 0 ? -id : this.#table.indexOf(id))
  }

  #isAdded(size: number, hash: number, policy: IndexingPolicy): boolean {
    if (policy === 'never' || size * largestShare > this.#table.capacity) return false
    if (policy === 'first') return true
    const slot = hash & (slots - 1)
    if (this.#sent[slot] === hash) return true
    this.#sent[slot] = hash
    return false
  }

  #writeSizeUpdates(out: ByteWriter): void {
    const { capacity } = this.#table
    if (this.#smallestSize < capacity) writeInteger(out, 0x20, 0x1f, this.#smallestSize)
    writeInteger(out, 0x20, 0x1f, capacity)
    this.#smallestSize = -1
  }
}

/** Characters at the end of a value that tell it from others; ids differ there. */
const hashedCharacters = 8

/** Tells fields apart well enough: if two look the same, one is added to the table sooner than it should be. */
function hashOf(name: string, value: string): number {
  let hash = Math.imul(name.length, 31) ^ name.charCodeAt(name.length - 1) ^ (value.length << 8)
  for (let i = Math.max(0, value.length - hashedCharacters); i < value.length; i++) {
    hash = Math.imul(hash ^ value.charCodeAt(i), 0x0100_0193)
  }
  return hash ^ (hash >>> 15)
}

/** Writes an integer into the bits of `mask` and as many bytes as it takes beyond. RFC 7541 5.1. */
function writeInteger(out: ByteWriter, first: number, mask: number, value: number): void {
  out.reserve(maxIntegerBytes)
  const { bytes } = out
  if (value < mask) {
    bytes[out.length++] = first | value
    return
  }
  bytes[out.length++] = first | mask
  let rest = value - mask
  while (rest >= 0x80) {
    bytes[out.length++] = (rest & 0x7f) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  bytes[out.length++] = rest
}

function writeShortest(text: string, out: ByteWriter): void {
  const size = huffmanSize(text)
  if (size >= text.length) {
    writePlain(text, out)
    return
  }
  writeInteger(out, 0x80, 0x7f, size)
  out.reserve(size)
  out.length = writeHuffman(text, out.bytes, out.length)
}

/** The strings of a field that is not added: the name only if it was not told by an index. */
function writeText(nameIndex: number, name: string, value: string, out: ByteWriter): void {
  if (nameIndex === 0) writePlain(name, out)
  writePlain(value, out)
}

/** Up to here a loop is faster than a call into Node: the length of a UUID is below. */
const shortText = 40

function writePlain(text: string, out: ByteWriter): void {
  const { length } = text
  writeInteger(out, 0x00, 0x7f, length)
  out.reserve(length)
  if (length > shortText) out.bytes.write(text, out.length, length, 'latin1')
  else for (let i = 0; i < length; i++) out.bytes[out.length + i] = text.charCodeAt(i)
  out.length += length
}

/** The same characters in memory of their own: a piece of a larger text would keep all of that alive. */
function ownCopy(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
