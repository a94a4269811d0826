import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { bytesOf } from '../../test/hpack/hpack-fields.ts'
import { ByteWriter } from '../hpack/byte-writer.ts'
import { HpackDecoder } from '../hpack/hpack-decoder.ts'
import { HpackEncoder } from '../hpack/hpack-encoder.ts'
import { FieldBlock } from './field-block.ts'
import { FieldDecoder } from './field-decoder.ts'
import { requestHeadOf } from './request-head.ts'
import { responseHeadOf } from './response-head.ts'

const limits = { maxHeadBytes: 1000, maxHeaders: 20 }

/** What a block says, whichever message it is of. */
function meaningOf(block: FieldBlock): unknown {
  const request = requestHeadOf(block, true)
  const response = responseHeadOf(block)
  const lines = (head: object) => ('headers' in head ? [...block.takeHeaders()] : [])
  const { overflow, contentLength, expect: expected, host } = block
  return { request, response, lines: lines(request), overflow, contentLength, expected, host }
}

function decode(decoder: FieldDecoder, hex: string): FieldBlock {
  const bytes = bytesOf(hex)
  return decoder.decode(bytes, 0, bytes.length)
}

const addPath = '44 02 2f 61' // :path /a
const addOtherPath = '44 02 2f 62' // :path /b
/** GET, http, the authority, and the newest entry. */
const get = '82 86 01 01 61 be'

describe('a block that comes again', () => {
  test('is known, and every head has a list of its own', () => {
    const decoder = new FieldDecoder(limits, 4096)
    decode(decoder, `82 86 ${addPath}`)
    const first = requestHeadOf(decode(decoder, get), false)
    if ('detail' in first) throw new Error(first.detail)
    first.headers.append('a', 'b')
    first.path = '/rewritten'
    const known = decode(decoder, get)
    expect(known.target).toBeDefined()
    expect(requestHeadOf(known, false)).toMatchObject({ method: 'GET', path: '/a' })
    expect(known.takeHeaders().size).toBe(0)
  })

  test('asks for the same protocol again', () => {
    const decoder = new FieldDecoder(limits, 4096)
    const hex = (text: string) => Buffer.from(text).toString('hex')
    const connect = `02 07 ${hex('CONNECT')} 00 09 ${hex(':protocol')} 09 ${hex('websocket')} 86 84 01 01 61`
    const heads = [1, 2, 3].map(() => requestHeadOf(decode(decoder, connect), true))
    for (const head of heads) {
      expect(head).toMatchObject({ method: 'GET', path: '/', upgrade: 'websocket' })
      expect('headers' in head && head.headers.has('sec-websocket-key')).toBe(true)
    }
  })

  test('means something else once an entry was added', () => {
    const decoder = new FieldDecoder(limits, 4096)
    decode(decoder, `82 86 ${addPath}`)
    expect(requestHeadOf(decode(decoder, get), false)).toMatchObject({ path: '/a' })
    decode(decoder, `82 86 ${addOtherPath}`)
    expect(requestHeadOf(decode(decoder, get), false)).toMatchObject({ path: '/b' })
  })

  test('means nothing once the table was emptied', () => {
    const decoder = new FieldDecoder(limits, 4096)
    decode(decoder, `82 86 ${addPath}`)
    decode(decoder, get)
    decode(decoder, '20 82')
    expect(() => decode(decoder, get)).toThrow('index 62')
  })

  test('is refused if the table had to become smaller first', () => {
    const decoder = new FieldDecoder(limits, 4096)
    decode(decoder, '82 86 84')
    decode(decoder, '82 86 84')
    decoder.setMaxTableSize(100)
    expect(() => decode(decoder, '82 86 84')).toThrow('no table size update')
  })

  test('adds its entry each time', () => {
    const decoder = new FieldDecoder(limits, 4096)
    for (let i = 0; i < 3; i++) decode(decoder, `82 86 ${addPath}`)
    expect(requestHeadOf(decode(decoder, '82 86 01 01 61 c0'), false)).toMatchObject({ path: '/a' })
    expect(() => decode(decoder, '82 86 c1')).toThrow('index 65')
  })

  test.each([
    ['malformed', '82 86 84 00 01 41 01 61'],
    ['too long', `82 86 84 ${'90 '.repeat(18)}`],
    ['secret', '82 86 84 10 01 61 01 62'],
  ])('is judged again if it is %s', (_, hex) => {
    const decoder = new FieldDecoder(limits, 4096)
    const told = [decode(decoder, hex), decode(decoder, hex)].map((it) => ({
      ...{ fault: it.fault, overflow: it.overflow, kept: it.mayBeKept },
      secrets: [...(it.takeHeaders().secretNames ?? [])],
    }))
    expect(told[1]).toEqual(told[0])
    expect(told[0]).toMatchObject({ kept: false })
  })
})

/** Draws the fields of heads that come again and again, some of them malformed. */
function drawFields(random: () => number): [name: string, value: string][] {
  const among = (...of: readonly string[]): string => of[Math.floor(random() * of.length)] ?? ''
  const head: [string, string][] =
    random() < 0.3
      ? [[':status', among('200', '404', '101', '2000')]]
      : [
          [':method', among('GET', 'POST', 'CONNECT')],
          [':scheme', 'http'],
          [':authority', 'a'],
          [':path', among('/a', '/b', '/c/d', 'x')],
        ]
  const rare: [number, string, string][] = [
    [0.3, 'content-length', among('1', '23', 'x')],
    [0.2, 'host', among('a', 'b')],
    [0.1, 'x-id', among('0', '1', '2', '3', '4')],
    [0.05, 'te', among('trailers', 'gzip')],
  ]
  for (const [share, name, value] of rare) if (random() < share) head.push([name, value])
  return head
}

test('says of every block what a decoder without memory says', () => {
  const random = seededRandom(7)
  let repeated = 0
  let blocks = 0
  for (let connection = 0; connection < 60; connection++) {
    const encoder = new HpackEncoder({ maxTableSize: (connection % 4) * 100 })
    const plain = new HpackDecoder({ maxTableSize: 4096 })
    const decoder = new FieldDecoder(limits, 4096)
    const seen = new Set<string>()
    for (let i = 0; i < 100; i++) {
      const out = new ByteWriter()
      if (random() < 0.02) encoder.setPeerTableSize(Math.floor(random() * 200))
      for (const [name, value] of drawFields(random)) encoder.encode(name, value, out)
      if (random() < 0.05) encoder.encodeSecret('x-secret', 's', out)
      const bytes = Buffer.from(out.bytes.subarray(0, out.length))
      const fresh = new FieldBlock(limits)
      plain.decode(bytes, 0, bytes.length, fresh)
      expect(meaningOf(decoder.decode(bytes, 0, bytes.length))).toEqual(meaningOf(fresh))
      blocks += 1
      if (seen.has(bytes.toString('hex'))) repeated += 1
      seen.add(bytes.toString('hex'))
    }
  }
  expect(blocks).toBe(6000)
  expect(repeated).toBeGreaterThan(500)
})
