import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { bytesOf, decodeBlock } from '../../test/hpack/hpack-fields.ts'
import { ByteWriter } from './byte-writer.ts'
import { HpackDecoder } from './hpack-decoder.ts'
import { HpackEncoder } from './hpack-encoder.ts'

type Fields = readonly (readonly [name: string, value: string])[]

/** The bytes of a block in hexadecimal. */
function hexOf(encoder: HpackEncoder, ...fields: Fields): string {
  const out = new ByteWriter(1)
  for (const [name, value] of fields) encoder.encode(name, value, out)
  return out.take().toString('hex')
}

function hex(spaced: string): string {
  return spaced.replaceAll(' ', '')
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

describe('a field', () => {
  test('that the static table holds is its index', () => {
    expect(hexOf(new HpackEncoder(), [':method', 'GET'], [':status', '500'])).toBe('828e')
  })

  test('whose name is new is added at once, and its index from then on', () => {
    const encoder = new HpackEncoder()
    expect(hexOf(encoder, ['custom-key', 'custom-value'])).toBe(
      hex('40 88 25a849e95ba97d7f 89 25a849e95bb8e8b4bf'),
    )
    expect(hexOf(encoder, ['custom-key', 'custom-value'])).toBe('be')
  })

  test('with a name whose values rarely change is added at once', () => {
    const encoder = new HpackEncoder()
    expect(hexOf(encoder, [':authority', 'www.example.com'])).toBe(
      hex('41 8c f1e3c2e5f23a6ba0ab90f4ff'),
    )
    expect(hexOf(encoder, [':authority', 'www.example.com'])).toBe('be')
  })

  test('with another known name is added when it comes again, as it may come only once', () => {
    const encoder = new HpackEncoder()
    expect(hexOf(encoder, [':path', '/a/b'])).toBe(hex('04 04 2f612f62'))
    expect(hexOf(encoder, [':path', '/a/b'])).toBe(hex('44 83 606c47'))
    expect(hexOf(encoder, [':path', '/a/b'])).toBe('be')
  })

  test('with a name of the dynamic table names its index', () => {
    const encoder = new HpackEncoder()
    hexOf(encoder, ['x-id', '1'])
    expect(hexOf(encoder, ['x-id', '2'])).toBe(hex('0f 2f 01 32'))
  })

  test.each([
    ['authorization', 'Basic eHh4OnlleTp6eno='],
    ['proxy-authorization', 'Basic eHh4OnlleTp6eno='],
    ['cookie', 'short=1'],
    ['set-cookie', 'short=1'],
  ])('that is secret is never added, nor may others add it: %s', (name, value) => {
    const encoder = new HpackEncoder()
    const first = hexOf(encoder, [name, value])
    expect(first.slice(0, 2)).toBe('1f')
    expect(hexOf(encoder, [name, value])).toBe(first)
    expect(hexOf(encoder, [name, value])).toBe(first)
  })

  test('of odd or no characters is told apart from what was not sent yet', () => {
    expect(hexOf(new HpackEncoder(), ['', ''])).toBe(hex('40 00 00'))
    expect(hexOf(new HpackEncoder(), ['\n', ''])).toBe(hex('40 01 0a 00'))
  })

  test('that its sender wants in no table is sent as such, though a table holds it', () => {
    const encoder = new HpackEncoder()
    hexOf(encoder, ['x-a', 'b'])
    const out = new ByteWriter()
    encoder.encodeSecret('x-a', 'b', out)
    encoder.encodeSecret(':path', '/', out)
    encoder.encodeSecret('x-b', '', out)
    expect(out.take().toString('hex')).toBe(hex('1f 2f 01 62  14 01 2f  10 03 782d62 00'))
  })

  test('of a long cookie may be added', () => {
    const encoder = new HpackEncoder()
    const cookie = ['cookie', 'session=0123456789abcdef'] as const
    expect(hexOf(encoder, cookie).slice(0, 2)).toBe('0f')
    hexOf(encoder, cookie)
    expect(hexOf(encoder, cookie)).toBe('be')
  })

  test('that would evict much of the table is not added', () => {
    const encoder = new HpackEncoder()
    hexOf(encoder, ['x-small', '1'])
    const large = ['x-large', 'v'.repeat(1100)] as const
    for (let i = 0; i < 3; i++) expect(hexOf(encoder, large).slice(0, 2)).toBe('00')
    expect(hexOf(encoder, ['x-small', '1'])).toBe('be')
  })

  test('whose Huffman code would be longer is sent as it is', () => {
    expect(hexOf(new HpackEncoder(), ['x', '\x80\x81'])).toBe(hex('40 01 78 02 8081'))
  })

  test('that is long gets a length of several bytes', () => {
    expect(hexOf(new HpackEncoder(), [':path', 'a'.repeat(2000)]).slice(0, 8)).toBe('047fd10e')
  })
})

describe('the table', () => {
  test('of a peer that takes less is made smaller, which the peer is told first', () => {
    const encoder = new HpackEncoder()
    encoder.setPeerTableSize(256)
    expect(hexOf(encoder, [':method', 'GET'], [':method', 'GET'])).toBe(hex('3f e1 01 82 82'))
    expect(hexOf(encoder, [':method', 'GET'])).toBe('82')
  })

  test('that was smaller in between is told both sizes', () => {
    const encoder = new HpackEncoder()
    encoder.setPeerTableSize(0)
    encoder.setPeerTableSize(100)
    expect(hexOf(encoder, [':method', 'GET'])).toBe(hex('20 3f 45 82'))
  })

  test('takes no more than it was made for, whatever the peer takes', () => {
    const encoder = new HpackEncoder({ maxTableSize: 4096 })
    encoder.setPeerTableSize(1_000_000)
    expect(hexOf(encoder, [':method', 'GET'])).toBe('82')
    expect(hexOf(new HpackEncoder({ maxTableSize: 10_000 }), [':method', 'GET'])).toBe('82')
  })

  test('that is smaller from the beginning is told', () => {
    const encoder = new HpackEncoder({ maxTableSize: 100 })
    expect(hexOf(encoder, [':method', 'GET'])).toBe(hex('3f 45 82'))
  })

  test('of no size holds nothing', () => {
    const encoder = new HpackEncoder({ maxTableSize: 0 })
    for (const size of ['20', '', '']) {
      expect(hexOf(encoder, ['x-a', 'b'])).toBe(hex(`${size} 00 03 782d61 01 62`))
    }
  })

  test('forgets what was evicted, also what was found just before', () => {
    const encoder = new HpackEncoder()
    const decoder = new HpackDecoder({ maxTableSize: 4096 })
    for (let round = 0; round < 50; round++) {
      const fields: Fields = [
        ['x-a', 'b'],
        ['x-a', 'b'],
        [`x-${round}`, 'v'.repeat(900)],
      ]
      expect(decodeBlock(decoder, bytesOf(hexOf(encoder, ...fields)))).toEqual(fields)
    }
  })

  test('keeps no text alive of which its entries were pieces', () => {
    // Enough large texts to be seen, each with one short piece that is added.
    const encoder = new HpackEncoder()
    const before = heapBytes()
    for (let i = 0; i < 60; i++) {
      const text = Buffer.alloc(1_000_000, String.fromCharCode(97 + (i % 26))).toString('latin1')
      hexOf(encoder, [`x-piece-${i}`, text.slice(1000, 1020)])
    }
    expect(heapBytes() - before).toBeLessThan(30_000_000)
  })
})
