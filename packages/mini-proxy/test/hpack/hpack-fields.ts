import { HpackDecoder } from '../../src/hpack/hpack-decoder.ts'

/** Name and value. */
export type Field = readonly [name: string, value: string]

/** The fields of one block. */
export function decodeBlock(decoder: HpackDecoder, block: Buffer): Field[] {
  const fields: Field[] = []
  decoder.decode(block, 0, block.length, { onHeader: (name, value) => fields.push([name, value]) })
  return fields
}

/** The fields of the last of some blocks, given in hexadecimal, to a decoder of its own. */
export function fieldsOf(...blocks: readonly string[]): Field[] {
  const decoder = new HpackDecoder({ maxTableSize: 4096 })
  let fields: Field[] = []
  for (const block of blocks) fields = decodeBlock(decoder, bytesOf(block))
  return fields
}

/** Bytes of hexadecimal digits, between which may be spaces. */
export function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex')
}
