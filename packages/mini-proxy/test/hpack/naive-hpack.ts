import { codeLengths, codes, endOfString } from '../../src/hpack/huffman-code.ts'
import { staticNames, staticValues } from '../../src/hpack/static-table.ts'
import type { Field } from './hpack-fields.ts'

/**
 * A decoder that follows the text of RFC 7541 and nothing else: a list for the table, a text of bits for Huffman code.
 * What the tests compare the real one with.
 */
export class NaiveHpack {
  readonly #maxTableSize: number
  #table: Field[] = []
  #capacity: number
  #block: number[] = []
  #position = 0

  constructor(maxTableSize: number) {
    this.#maxTableSize = maxTableSize
    this.#capacity = Math.min(maxTableSize, 4096)
  }

  get tableBytes(): number {
    return this.#table.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0)
  }

  /** The fields of a block, or undefined if it is none. */
  decode(block: Buffer): Field[] | undefined {
    this.#block = [...block]
    this.#position = 0
    const fields: Field[] = []
    try {
      this.#sizes()
      while (this.#position < this.#block.length) fields.push(this.#field())
      return fields
    } catch {
      return undefined
    }
  }

  #sizes(): void {
    let count = 0
    while (this.#peek().startsWith('001')) {
      count += 1
      const size = this.#integer(5)
      if (size > this.#maxTableSize || count > 2) throw new Error('size')
      this.#capacity = size
      this.#evict()
    }
  }

  #field(): Field {
    const bits = this.#peek()
    if (bits.startsWith('1')) return this.#entry(this.#integer(7))
    if (bits.startsWith('001')) throw new Error('size among fields')
    const index = this.#integer(bits.startsWith('01') ? 6 : 4)
    const name = index === 0 ? this.#string() : this.#entry(index)[0]
    const field: Field = [name, this.#string()]
    if (bits.startsWith('01')) {
      this.#table.unshift(field)
      this.#evict()
    }
    return field
  }

  /** An entry that is too large goes as well: it is the newest, and so the last to go. */
  #evict(): void {
    while (this.tableBytes > this.#capacity) this.#table.pop()
  }

  #entry(index: number): Field {
    if (index === 0) throw new Error('index 0')
    const name = staticNames[index]
    if (name !== undefined) return [name, staticValues[index] ?? '']
    const field = this.#table[index - 62]
    if (field === undefined) throw new Error('index')
    return field
  }

  /** The next byte as bits; empty at the end. */
  #peek(): string {
    const byte = this.#block[this.#position]
    return byte === undefined ? '' : byte.toString(2).padStart(8, '0')
  }

  #next(): number {
    const byte = this.#block[this.#position++]
    if (byte === undefined) throw new Error('end')
    return byte
  }

  #integer(bits: number): number {
    let value = this.#next() % 2 ** bits
    if (value < 2 ** bits - 1) return value
    for (let weight = 1; ; weight *= 128) {
      const byte = this.#next()
      value += (byte % 128) * weight
      if (value >= 2 ** 28 || weight > 2 ** 21) throw new Error('integer')
      if (byte < 128) return value
    }
  }

  #string(): string {
    const huffman = this.#peek().startsWith('1')
    const length = this.#integer(7)
    if (this.#position + length > this.#block.length) throw new Error('string')
    const bytes = this.#block.slice(this.#position, this.#position + length)
    this.#position += length
    return huffman ? fromHuffman(bytes) : Buffer.from(bytes).toString('latin1')
  }
}

const symbolOf = new Map(
  Array.from(codeLengths, (length, symbol) => [
    (codes[symbol] ?? 0).toString(2).padStart(length, '0'),
    symbol,
  ]),
)

function fromHuffman(bytes: number[]): string {
  const decoded: number[] = []
  let code = ''
  for (const bit of bytes.map((it) => it.toString(2).padStart(8, '0')).join('')) {
    code += bit
    const symbol = symbolOf.get(code)
    if (symbol === undefined) continue
    if (symbol === endOfString) throw new Error('end of string')
    decoded.push(symbol)
    code = ''
  }
  if (code.length > 7 || code.includes('0')) throw new Error('padding')
  return Buffer.from(decoded).toString('latin1')
}
