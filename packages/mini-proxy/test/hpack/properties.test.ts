import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteWriter } from '../../src/hpack/byte-writer.ts'
import { HpackDecoder } from '../../src/hpack/hpack-decoder.ts'
import { HpackEncoder } from '../../src/hpack/hpack-encoder.ts'
import { decodedBound, decodeHuffman } from '../../src/hpack/huffman-decode.ts'
import { huffmanSize, writeHuffman } from '../../src/hpack/huffman-encode.ts'
import { decodeBlock, type Field } from './hpack-fields.ts'
import { encodeBlock } from './hpack-fuzz.ts'

const text = (max: number) =>
  fc.uint8Array({ maxLength: max }).map((it) => Buffer.from(it).toString('latin1'))

/** Names and values of which some come again. */
const field: fc.Arbitrary<Field> = fc.tuple(
  fc.oneof(
    fc.constantFrom(':path', ':status', 'cookie', 'authorization', 'user-agent', 'x-a', 'x-b'),
    text(20).filter((it) => it !== ''),
  ),
  fc.oneof(fc.constantFrom('', '200', '/', 'a', 'v'.repeat(100), 'v'.repeat(1500)), text(60)),
)

/** What happens on a connection: a block, or a change of the table's size by the peer. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ fields: fc.array(field, { maxLength: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ size: fc.constantFrom(0, 33, 64, 200, 4096, 10_000) }) },
)

test('what was encoded is decoded, whatever the sizes of the table', () => {
  fc.assert(
    fc.property(fc.array(step), fc.nat({ max: 10_000 }), (steps, maxTableSize) => {
      const encoder = new HpackEncoder({ maxTableSize })
      const decoder = new HpackDecoder({ maxTableSize: 4096 })
      for (const it of steps) {
        if ('size' in it) {
          encoder.setPeerTableSize(it.size)
          decoder.setMaxTableSize(it.size)
        } else {
          expect(decodeBlock(decoder, encodeBlock(encoder, it.fields))).toEqual(it.fields)
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('the decoder holds no more than the peer may fill', () => {
  fc.assert(
    fc.property(fc.array(fc.array(field)), fc.nat({ max: 5000 }), (blocks, size) => {
      const encoder = new HpackEncoder()
      const decoder = new HpackDecoder({ maxTableSize: 4096 })
      encoder.setPeerTableSize(size)
      decoder.setMaxTableSize(size)
      for (const fields of blocks) {
        decodeBlock(decoder, encodeBlock(encoder, fields))
        expect(decoder.tableBytes).toBeLessThanOrEqual(Math.min(size, 4096))
      }
    }),
  )
})

test('Huffman code of any text has the size that was told, and is decoded to the text', () => {
  fc.assert(
    fc.property(text(300), (it) => {
      const code = Buffer.alloc(huffmanSize(it) + 8, 0x55)
      const end = writeHuffman(it, code, 4)
      expect(end).toBe(4 + huffmanSize(it))
      const target = Buffer.alloc(decodedBound(end - 4))
      const length = decodeHuffman(code, 4, end, target)
      expect(target.toString('latin1', 0, length)).toBe(it)
      // Nothing was written around it.
      expect([code[3], code[end]]).toEqual([0x55, 0x55])
    }),
  )
})

test('a writer keeps what it has when it grows, and what was taken when it goes on', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (pieces) => {
      const out = new ByteWriter(1)
      for (const piece of pieces) out.append(piece)
      const taken = out.take(2)
      out.append(Buffer.alloc(100, 0xaa))
      expect(taken).toEqual(Buffer.concat(pieces))
    }),
  )
})
