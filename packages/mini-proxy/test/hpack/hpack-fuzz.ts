import { ByteWriter } from '../../src/hpack/byte-writer.ts'
import { HpackDecoder } from '../../src/hpack/hpack-decoder.ts'
import { HpackEncoder } from '../../src/hpack/hpack-encoder.ts'
import { HpackError } from '../../src/hpack/hpack-error.ts'
import { fieldDrawing, smallEntryBytes } from './drawn-fields.ts'
import { decodeBlock, type Field } from './hpack-fields.ts'
import { NaiveHpack } from './naive-hpack.ts'

/** What a fuzzing of HPACK has seen. */
export interface HpackFuzzReport {
  /** Blocks given to both decoders. */
  readonly blocks: number
  /** Blocks that both took. */
  readonly taken: number
  /** Blocks on which they do not agree; the first few in full. */
  readonly differences: number
  readonly examples: readonly object[]
}

/** A fault put between a block and the decoder, to show that the fuzzing would find one of its kind. */
export interface PlantedHpackFault {
  readonly block?: (block: Buffer) => Buffer
  readonly fields?: (fields: Field[] | undefined) => Field[] | undefined
}

const tableSize = 4096
const blocksOfConnection = 30

/**
 * Puts blocks of the encoder, most of them with some bytes changed, to the decoder and to the naive one. A connection
 * ends with the first block that is refused.
 */
export function fuzzHpack(
  random: () => number,
  wanted: number,
  planted: PlantedHpackFault = {},
): HpackFuzzReport {
  const draw = fieldDrawing(random)
  const answers: Answer[] = []
  while (answers.length < wanted) {
    // Mostly small ones, of which entries are evicted all the time.
    const encoder = new HpackEncoder({
      maxTableSize: random() < 0.3 ? tableSize : drawnSize(random),
    })
    const ask = pairOfDecoders(planted)
    // The others last longer, and see what becomes of their table.
    const isDamaging = random() < 0.9
    let taken = true
    for (let i = 0; i < blocksOfConnection && taken; i++) {
      if (random() < 0.1) encoder.setPeerTableSize(drawnSize(random))
      const block = encodeBlock(encoder, draw())
      const answer = ask(isDamaging ? damaged(block, random) : block)
      answers.push(answer)
      taken = answer.expected !== undefined && answer.got !== undefined
    }
  }
  const different = answers.filter((it) => JSON.stringify(it.got) !== JSON.stringify(it.expected))
  return {
    blocks: answers.length,
    taken: answers.filter((it) => it.expected !== undefined).length,
    differences: different.length,
    examples: different.slice(0, 3),
  }
}

/** A block, and what the two decoders make of it. */
interface Answer {
  readonly block: string
  readonly expected: Outcome
  readonly got: Outcome
}

/** The fields, and the bytes of the table after them. Undefined: no block. */
type Outcome = { readonly fields: Field[]; readonly tableBytes: number } | undefined

function pairOfDecoders(planted: PlantedHpackFault): (block: Buffer) => Answer {
  const decoder = new HpackDecoder({ maxTableSize: tableSize })
  const naive = new NaiveHpack(tableSize)
  return (block) => {
    const expected = naive.decode(block)
    const decoded = decodeOrRefuse(decoder, planted.block?.(block) ?? block)
    const got = planted.fields === undefined ? decoded : planted.fields(decoded)
    return {
      block: block.toString('hex'),
      expected: expected && { fields: expected, tableBytes: naive.tableBytes },
      got: got && { fields: got, tableBytes: decoder.tableBytes },
    }
  }
}

/** Faults of the kinds that a decoder may have. */
export const plantedHpackFaults: Readonly<Record<string, PlantedHpackFault>> = {
  'a table that is a byte smaller': { block: withSmallerTable },
  'the last byte overlooked': { block: (it) => it.subarray(0, -1) },
  'the first table size overlooked': {
    block: (it) => ((it[0] ?? 0) >> 5 === 1 ? it.subarray(1) : it),
  },
  'a bit of Huffman code changed': {
    block: (it) => Buffer.from(it.map((byte, at) => (at === 9 ? byte ^ 1 : byte))),
  },
  'a block cut off taken for a whole one': { fields: (it) => it ?? [] },
  'the last field lost': { fields: (it) => it?.slice(0, -1) },
}

/** A block that begins with a table size of two bytes, with one that is one less. */
function withSmallerTable(block: Buffer): Buffer {
  if (block[0] !== 0x3f || ((block[1] ?? 0) & 0x7f) === 0) return block
  return Buffer.from(block.map((byte, at) => (at === 1 ? byte - 1 : byte)))
}

/** The block that stands for fields. */
export function encodeBlock(encoder: HpackEncoder, fields: readonly Field[]): Buffer {
  const out = new ByteWriter(16)
  for (const [name, value] of fields) encoder.encode(name, value, out)
  return out.take()
}

function decodeOrRefuse(decoder: HpackDecoder, block: Buffer): Field[] | undefined {
  try {
    return decodeBlock(decoder, block)
  } catch (error) {
    if (error instanceof HpackError) return undefined
    throw error
  }
}

function drawnSize(random: () => number): number {
  const size = Math.floor(random() * 400)
  return random() < 0.5 ? size : size - (size % smallEntryBytes)
}

/** Half of the blocks as they are; the others with bytes changed, taken out, put in, or all of them drawn. */
function damaged(block: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * (block.length + 1))
  const byte = Buffer.from([Math.floor(random() * 256)])
  switch (Math.floor(random() * 10)) {
    case 0:
      return Buffer.concat([block.subarray(0, at), byte, block.subarray(at + 1)])
    case 1:
      return Buffer.concat([block.subarray(0, at), byte, block.subarray(at)])
    case 2:
      return Buffer.concat([block.subarray(0, at), block.subarray(at + 1)])
    case 3:
      return block.subarray(0, at)
    case 4:
      return Buffer.from(Array.from({ length: at }, () => Math.floor(random() * 256)))
    default:
      return block
  }
}
