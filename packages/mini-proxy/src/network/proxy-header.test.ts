import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maxProxyHeaderBytes, readProxyHeader, writeProxyHeader } from './proxy-header.ts'

const port = fc.integer({ min: 0, max: 65_535 })
const octet = fc.integer({ min: 0, max: 255 })
const ipv4 = fc
  .tuple(fc.integer({ min: 1, max: 223 }), octet, octet, octet)
  .map((it) => it.join('.'))
const ipv6 = fc
  .tuple(
    fc.constant(0x2001),
    ...Array.from({ length: 7 }, () => fc.integer({ min: 0, max: 0xffff })),
  )
  .map((groups) => groups.map((it) => it.toString(16)).join(':'))
const ends = fc.oneof(fc.tuple(ipv4, ipv4), fc.tuple(ipv6, ipv6)).chain(([source, destination]) =>
  fc.record({
    sourceAddress: fc.constant(source),
    sourcePort: port,
    destinationAddress: fc.constant(destination),
    destinationPort: port,
  }),
)
const version = fc.constantFrom(1 as const, 2 as const)

/** The same address, as bytes would have it. */
function canonical(address: string): string {
  return address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address
}

/** A header of version 2 from its parts. */
function binary(command: number, family: number, rest: Uint8Array): Buffer {
  const fixed = Buffer.from('0d0a0d0a000d0a515549540a0000' + '0000', 'hex')
  fixed[12] = command
  fixed[13] = family
  fixed.writeUInt16BE(rest.length, 14)
  return Buffer.concat([fixed, rest])
}

const fourAndFour = Buffer.from([192, 0, 2, 1, 192, 0, 2, 2, 0x12, 0x34, 0x01, 0xbb])

describe('a PROXY header', () => {
  test('that was written is read again, whatever follows it', () => {
    fc.assert(
      fc.property(version, ends, fc.uint8Array({ maxLength: 50 }), (of, addresses, after) => {
        const header = writeProxyHeader(of, addresses)
        const read = readProxyHeader(Buffer.concat([header, after]))

        expect(read).toMatchObject({ kind: 'header', version: of, length: header.length })
        const found = read.kind === 'header' ? read.addresses : undefined
        expect(found && { ...found, sourceAddress: canonical(found.sourceAddress) }).toEqual({
          ...addresses,
          sourceAddress: canonical(addresses.sourceAddress),
          destinationAddress: found?.destinationAddress,
        })
        expect(canonical(found?.destinationAddress ?? '')).toBe(
          canonical(addresses.destinationAddress),
        )
      }),
      { numRuns: 2000, seed: 1 },
    )
  })

  test('asks for more of every part of it', () => {
    fc.assert(
      fc.property(version, ends, (of, addresses) => {
        const header = writeProxyHeader(of, addresses)
        for (let size = 0; size < header.length; size++) {
          expect(readProxyHeader(header.subarray(0, size))).toEqual({ kind: 'more' })
        }
      }),
      { numRuns: 200, seed: 2 },
    )
  })

  test.each([
    ['PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n', '192.0.2.1', 1],
    ['PROXY TCP6 2001:db8::1 ::1 65535 0\r\n', '2001:db8::1', 65_535],
  ])('in text: %j', (text, sourceAddress, sourcePort) => {
    expect(readProxyHeader(Buffer.from(text))).toMatchObject({
      kind: 'header',
      version: 1,
      length: text.length,
      addresses: { sourceAddress, sourcePort },
    })
  })

  test.each(['PROXY UNKNOWN\r\n', 'PROXY UNKNOWN ffff::1 whatever it says\r\n'])(
    'that knows nothing has no addresses: %j',
    (text) => {
      expect(readProxyHeader(Buffer.from(`${text}GET`))).toEqual({
        kind: 'header',
        version: 1,
        length: text.length,
        addresses: undefined,
      })
    },
  )

  test.each([
    'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n',
    'PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n',
    'PROXY TCP4 192.0.2.1 192.0.2.256 1 2\r\n',
    'PROXY TCP4 ::1 ::2 1 2\r\n',
    'PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n',
    'PROXY TCP4 0.0.0.0 192.0.2.2 1 2\r\n',
    'PROXY TCP4 192.0.2.1 224.0.0.1 1 2\r\n',
    'PROXY TCP4 192.0.2.1 255.255.255.255 1 2\r\n',
    'PROXY TCP6 ff02::1 ::1 1 2\r\n',
    'PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n',
    'PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n',
    `PROXY UNKNOWN ${'x'.repeat(100)}\r\n`,
  ])('in text is broken: %j', (text) => {
    expect(readProxyHeader(Buffer.from(text))).toEqual({ kind: 'broken', version: 1 })
  })

  test('in binary shows extensions that are well formed', () => {
    const extension = Buffer.from([0x04, 0, 2, 9, 9])
    const header = binary(0x21, 0x11, Buffer.concat([fourAndFour, extension]))

    expect(readProxyHeader(header)).toEqual({
      kind: 'header',
      version: 2,
      length: header.length,
      addresses: {
        sourceAddress: '192.0.2.1',
        sourcePort: 0x1234,
        destinationAddress: '192.0.2.2',
        destinationPort: 443,
      },
      extensions: extension,
    })
    expect(
      readProxyHeader(binary(0x21, 0x11, Buffer.concat([fourAndFour, extension.subarray(1)]))),
    ).toEqual({ kind: 'broken', version: 2 })
  })

  test('in binary of a proxy itself has no addresses, whatever it carries', () => {
    expect(readProxyHeader(binary(0x20, 0x00, Buffer.alloc(0)))).toMatchObject({ length: 16 })
    expect(readProxyHeader(binary(0x20, 0x11, fourAndFour))).toEqual({
      kind: 'header',
      version: 2,
      length: 28,
      addresses: undefined,
    })
  })

  test.each([
    ['version 1', 0x11, 0x11, fourAndFour],
    ['version 3', 0x31, 0x11, fourAndFour],
    ['a command of 2', 0x22, 0x11, fourAndFour],
    ['no family', 0x21, 0x01, fourAndFour],
    ['a Unix socket', 0x21, 0x31, Buffer.alloc(216)],
    ['no transport', 0x21, 0x10, fourAndFour],
    ['too few addresses', 0x21, 0x11, fourAndFour.subarray(1)],
    ['too few for IPv6', 0x21, 0x21, fourAndFour],
  ])('in binary is broken with %s', (_, command, family, rest) => {
    expect(readProxyHeader(binary(command, family, rest))).toEqual({ kind: 'broken', version: 2 })
  })

  test.each([
    'GET / HTTP/1.1\r\n',
    'PROXYING',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\r\n\r\nX',
    '\x16\x03\x01',
  ])('is not what begins with %j', (text) => {
    expect(readProxyHeader(Buffer.from(text))).toEqual({ kind: 'none' })
  })

  test('of addresses of two families, or of none, is that of the proxy itself', () => {
    const mixed = {
      sourceAddress: '192.0.2.1',
      sourcePort: 1,
      destinationAddress: '::1',
      destinationPort: 2,
    }

    for (const addresses of [mixed, undefined, { ...mixed, sourceAddress: '' }]) {
      expect(`${writeProxyHeader(1, addresses)}`).toBe('PROXY UNKNOWN\r\n')
      expect(readProxyHeader(writeProxyHeader(2, addresses))).toMatchObject({
        kind: 'header',
        addresses: undefined,
      })
    }
  })

  test('is read in bounded time and room, to the same end however the bytes come', () => {
    const soup = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(
          version,
          ends,
          fc.array(fc.tuple(fc.nat(), octet), { maxLength: 4 }),
          fc.uint8Array({ maxLength: 40 }),
        )
        .map(([of, addresses, changes, after]) => {
          const bytes = Buffer.concat([writeProxyHeader(of, addresses), after])
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte
          return bytes
        }),
      fc
        .string({ unit: fc.constantFrom(...'PROXY TCP46UNKNOWN0123456789.:\r\n'), maxLength: 150 })
        .map((it) => Buffer.from(`PROXY ${it}`)),
    )
    const kinds = new Map<string, number>()

    fc.assert(
      fc.property(soup, (bytes) => {
        const whole = readProxyHeader(bytes)
        kinds.set(whole.kind, (kinds.get(whole.kind) ?? 0) + 1)
        if (whole.kind === 'header') expect(whole.length).toBeLessThanOrEqual(bytes.length)
        let first = readProxyHeader(bytes.subarray(0, 0))
        let size = 0
        while (first.kind === 'more' && size < bytes.length) {
          size += 1
          first = readProxyHeader(bytes.subarray(0, size))
        }
        expect(first).toEqual(whole)
        expect(readProxyHeader(bytes.subarray(0, maxProxyHeaderBytes))).toEqual(whole)
      }),
      { numRuns: 10_000, seed: 3 },
    )

    for (const kind of ['header', 'broken', 'none', 'more']) {
      expect(kinds.get(kind)).toBeGreaterThan(100)
    }
  })
})

test('extensions that fill a header to its last byte are in it, one byte more is not', () => {
  const ends = { sourceAddress: '10.0.0.1', sourcePort: 1 }
  const addresses = { ...ends, destinationAddress: '10.0.0.2', destinationPort: 2 }
  // Of what the length can say, twelve bytes are addresses and ports, and three begin an extension.
  const most = 65_535 - 12 - 3
  for (const [size, length] of [
    [most - 1, 65_534],
    [most, 65_535],
    [most + 1, 12],
    [most + 3, 12],
  ] as const) {
    const header = writeProxyHeader(2, addresses, [{ type: 0xe0, value: new Uint8Array(size) }])
    expect(header.length).toBe(16 + length)
    expect(readProxyHeader(header)).toMatchObject({ kind: 'header', length: 16 + length })
  }
})
