import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { connect as connectTls } from 'node:tls'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readClientHello } from './client-hello.ts'
import { readHttpPreface } from './http-preface.ts'

/** The first bytes that a real TLS client sends. */
async function hello(options: object): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const client = connectTls({ socket: connect(port, '127.0.0.1'), ...options })
  client.on('error', () => undefined)
  const [socket] = await once(server, 'connection')
  const [bytes] = await once(socket, 'data')
  client.destroy()
  socket.destroy()
  server.close()
  return bytes
}

/** The same handshake bytes in records of `size`. */
function inRecords(bytes: Buffer, size: number): Buffer {
  const body = bytes.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size)
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 0xff]), part)
  }
  return Buffer.concat(records)
}

describe('a ClientHello', () => {
  const options = { servername: 'Shop.Example', ALPNProtocols: ['h2', 'http/1.1'] }
  const expected = { kind: 'tls', hello: { serverName: 'shop.example', alpn: ['h2', 'http/1.1'] } }

  test('is read whole, and asks for more of every part of it', async () => {
    const bytes = await hello(options)

    expect(readClientHello(bytes)).toEqual(expected)
    for (let size = 0; size < bytes.length; size++) {
      expect(readClientHello(bytes.subarray(0, size))).toEqual({ kind: 'more' })
    }
  })

  test('may span records, but not any number of them', async () => {
    const bytes = await hello(options)

    expect(readClientHello(inRecords(bytes, 200))).toEqual(expected)
    expect(readClientHello(inRecords(bytes, 1))).toEqual({ kind: 'other' })
  })

  test('without extensions names nothing', async () => {
    expect(readClientHello(await hello({ servername: '' }))).toMatchObject({
      hello: { serverName: undefined, alpn: [] },
    })
  })

  test('that is none, or broken, is told from one, whatever the bytes', async () => {
    const bytes = await hello(options)

    expect(readClientHello(Buffer.from('GET / HTTP/1.1\r\n'))).toEqual({ kind: 'other' })
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255))), (changes) => {
        const broken = Buffer.from(bytes)
        for (const [at, byte] of changes) broken[at] = byte
        expect(['tls', 'more', 'other']).toContain(readClientHello(broken).kind)
      }),
    )
  })
})

test('ten thousand beginnings come to one verdict each, however they are cut', async () => {
  const options = { servername: 'shop.example', ALPNProtocols: ['h2', 'http/1.1'] }
  const bytes = await hello(options)
  const mutated = fc
    .tuple(
      fc.constantFrom(bytes, inRecords(bytes, 300), inRecords(bytes, 97)),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      fc.nat(2000),
    )
    .map(([of, changes, size]) => {
      const changed = Buffer.from(of)
      for (const [at, byte] of changes) changed[at % changed.length] = byte
      return changed.subarray(0, Math.max(1, size))
    })
  const soup = fc.uint8Array({ maxLength: 200 }).map((it) => Buffer.from(it))
  const kinds = new Map<string, number>()

  fc.assert(
    fc.property(fc.oneof(mutated, mutated, soup), fc.nat(), (input, cut) => {
      const whole = readClientHello(input)
      kinds.set(whole.kind, (kinds.get(whole.kind) ?? 0) + 1)
      // A verdict on a part is that on the whole: whoever peeks stops at the first.
      const part = readClientHello(input.subarray(0, cut % (input.length + 1)))
      if (part.kind !== 'more') expect(part).toEqual(whole)
      if (whole.kind === 'more') expect(part.kind).toBe('more')
      if (whole.kind === 'tls') expect(whole.hello.alpn.length).toBeLessThan(1000)
    }),
    { numRuns: 10_000, seed: 4 },
  )

  for (const kind of ['tls', 'more', 'other']) expect(kinds.get(kind)).toBeGreaterThan(200)
})

test.each([
  ['GET / HTTP/1.1\r\nhost: a\r\n', 'http/1.1'],
  ['POST /a?b HTTP/1.0\n', 'http/1.0'],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'h2c'],
  ['PRI * HTTP/2.0\r\n\r\nS', 'more'],
  ['', 'more'],
  ['GET', 'more'],
  [`GET /${'a'.repeat(500)}`, 'more'],
  [`GET /${'a'.repeat(9000)}`, undefined],
  ['GET / HTTP/3.0\r\n', undefined],
  ['SSH-2.0-OpenSSH_9.6\r\n', undefined],
  ['\u0016\u0003\u0001', undefined],
  ['*1\r\n$4\r\nPING\r\n', undefined],
])('the beginning %j is %s', (text, expected) => {
  expect(readHttpPreface(Buffer.from(text, 'latin1'))).toBe(expected)
})
