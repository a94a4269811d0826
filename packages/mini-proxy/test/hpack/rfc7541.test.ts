import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { HpackDecoder } from '../../src/hpack/hpack-decoder.ts'
import { bytesOf, decodeBlock, type Field } from './hpack-fields.ts'

interface Sequence {
  readonly maxTableSize: number
  readonly blocks: readonly {
    readonly id: string
    readonly hex: string
    readonly fields: readonly Field[]
    readonly tableBytes: number
  }[]
}

const file = new URL('../fixtures/hpack/rfc7541-appendix-c.json', import.meta.url)
const sequences: Sequence[] = JSON.parse(readFileSync(file, 'utf8'))

test('the examples of the RFC are all there', () => {
  expect(sequences.flatMap((it) => it.blocks)).toHaveLength(16)
})

test.each(sequences)(
  'decodes the examples of the RFC: $blocks.0.id',
  ({ maxTableSize, blocks }) => {
    const decoder = new HpackDecoder({ maxTableSize })
    for (const { hex, fields, tableBytes } of blocks) {
      expect(decodeBlock(decoder, bytesOf(hex))).toEqual(fields)
      expect(decoder.tableBytes).toBe(tableBytes)
    }
  },
)
