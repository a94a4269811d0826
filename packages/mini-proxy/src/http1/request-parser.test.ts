import { createServer, request as nodeRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Http1Limits } from './http1-limits.ts'
import { createRequestParser, type RequestParserOptions } from './request-parser.ts'

const limits: Http1Limits = { maxHeadBytes: 2048, maxHeaders: 10, trailers: true }

interface Seen {
  events: unknown[]
  fault: { status: number; detail: string } | undefined
}

/** What the parser says of `pieces`; bodies are joined, as where they are cut is of no meaning. */
function parse(pieces: readonly Buffer[], options: RequestParserOptions = { limits }): Seen {
  const seen: Seen = { events: [], fault: undefined }
  let body: Buffer[] = []
  const parser = createRequestParser(
    {
      onRequest: ({ head, ...rest }) => {
        seen.events.push({ ...head, ...rest, headers: [...head.headers] })
        body = []
        if (rest.endStream) seen.events.push('end')
      },
      onData: (chunk, endStream) => {
        body.push(Buffer.from(chunk))
        if (endStream) seen.events.push(Buffer.concat(body).toString('latin1'), 'end')
      },
      onTrailers: (trailers) =>
        seen.events.push(Buffer.concat(body).toString('latin1'), [...trailers], 'end'),
      onFault: (fault) => {
        seen.fault = fault
      },
    },
    options,
  )
  for (const piece of pieces) {
    let rest = piece
    while (rest.length > 0) {
      const used = parser.execute(rest)
      if (used === 0) break
      rest = rest.subarray(used)
      if (parser.done) parser.next()
    }
  }
  return seen
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...places].map((from, i) =>
    Buffer.from(bytes.subarray(from, places[i] ?? bytes.length)),
  )
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\n'

/** Each of these was, somewhere, read in one way by a proxy and in another by the server behind it. */
const refused: readonly [name: string, bytes: string, status: number][] = [
  [
    'content-length beside chunked',
    `${get}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  [
    'two content-lengths that differ',
    `${get}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
    400,
  ],
  [
    'two content-lengths that are equal',
    `${get}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`,
    400,
  ],
  ['a list of content-lengths', `${get}Content-Length: 3, 3\r\n\r\nabc`, 400],
  ['a signed content-length', `${get}Content-Length: +3\r\n\r\nabc`, 400],
  ['a negative content-length', `${get}Content-Length: -3\r\n\r\nabc`, 400],
  ['a hexadecimal content-length', `${get}Content-Length: 0x3\r\n\r\nabc`, 400],
  ['an empty content-length', `${get}Content-Length:\r\n\r\n`, 400],
  ['a huge content-length', `${get}Content-Length: 9007199254740993\r\n\r\n`, 400],
  [
    'a content-length that wraps 64 bits',
    `${get}Content-Length: 18446744073709551619\r\n\r\nabc`,
    400,
  ],
  ['a content-length with a no-break space', `${get}Content-Length: 3\xa0\r\n\r\nabc`, 400],
  ['identity', `${get}Transfer-Encoding: identity\r\n\r\n`, 501],
  ['gzip before chunked', `${get}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
  [
    'chunked twice',
    `${get}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ['chunked before identity', `${get}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`, 501],
  ['xchunked', `${get}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 501],
  ['chunked with a vertical tab', `${get}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`, 400],
  ['chunked with a no-break space', `${get}Transfer-Encoding: chunked\xa0\r\n\r\n0\r\n\r\n`, 501],
  ['quoted chunked', `${get}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n`, 501],
  ['a space before the colon', `${get}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`, 400],
  ['a folded header', `${get}X: a\r\n b\r\n\r\n`, 400],
  ['a folded transfer-encoding', `${get}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`, 400],
  ['a space before the first header', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n', 400],
  ['a bare LF after the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n', 400],
  ['a bare LF after a header', `${get}X: a\nY: b\r\n\r\n`, 400],
  ['only bare LFs', 'GET / HTTP/1.1\nHost: a\n\n', 400],
  ['a bare CR in a value', `${get}X: a\rb\r\n\r\n`, 400],
  ['a bare CR as line end', `${get}X: a\rTransfer-Encoding: chunked\r\n\r\n`, 400],
  ['a NUL in a value', `${get}X: a\0b\r\n\r\n`, 400],
  ['a NUL in a name', `${get}X\0Y: a\r\n\r\n`, 400],
  ['DEL in a value', `${get}X: a\x7fb\r\n\r\n`, 400],
  ['an empty name', `${get}: a\r\n\r\n`, 400],
  ['a name with a space', `${get}X Y: a\r\n\r\n`, 400],
  ['a name that is no token', `${get}X[1]: a\r\n\r\n`, 400],
  ['a name of Latin-1 letters', `${get}Tr\xe4nsfer: a\r\n\r\n`, 400],
  ['a line without a colon', `${get}X\r\n\r\n`, 400],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['an empty host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400],
  ['two hosts', `${get}Host: b\r\n\r\n`, 400],
  ['two equal hosts', `${get}Host: a\r\n\r\n`, 400],
  ['a host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
  ['a host with user information', 'GET / HTTP/1.1\r\nHost: a@b\r\n\r\n', 400],
  ['a list of hosts', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
  ['two spaces in the request line', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a tab in the request line', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a space after the version', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n', 400],
  ['a method that is no token', 'G@T / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a space before the method', ' GET / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['HTTP/0.9', 'GET /\r\n\r\n', 400],
  ['a target without a slash', 'GET a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a target with bytes beyond ASCII', 'GET /\xfc HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a target with a fragment', 'GET /#a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['an asterisk for GET', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['an absolute target without a host', 'GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['an absolute target with user information', 'GET http://u@b/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['https on plain text', 'GET https://b/ HTTP/1.1\r\nHost: a\r\n\r\n', 403],
  ['another scheme', 'GET ftp://b/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['CONNECT to a path', 'CONNECT /a HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['a version in lower case', 'GET / http/1.1\r\nHost: a\r\n\r\n', 400],
  ['a version of two digits', 'GET / HTTP/1.10\r\nHost: a\r\n\r\n', 400],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: a\r\n\r\n', 505],
  ['HTTP/2 with prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a\r\n\r\n', 426],
  ['another expectation', `${get}Expect: tea\r\n\r\n`, 417],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00', 400],
  ['a head that is too large', `${get}X: ${'a'.repeat(2048)}\r\n\r\n`, 431],
  ['a head without an end', `${get}X: ${'a'.repeat(4096)}`, 431],
  ['too many headers', `${get}${'X: a\r\n'.repeat(10)}\r\n`, 431],
]

const chunked = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`

const refusedBodies: readonly [name: string, bytes: string][] = [
  ['an empty size', '\r\n'],
  ['a negative size', '-1\r\n'],
  ['a signed size', '+1\r\na\r\n'],
  ['a size with a prefix', '0x1\r\na\r\n'],
  ['a size with an underscore', '1_0\r\na\r\n'],
  ['a size with a space before', ' 1\r\na\r\n'],
  ['a size with a space after', '1 \r\na\r\n'],
  ['a size that ends with LF', '1\na\r\n'],
  ['a size that ends with CR', '1\ra'],
  ['a size of more than 53 bits', '20000000000000\r\n'],
  ['a size that wraps 64 bits', '10000000000000001\r\na\r\n'],
  ['a size of many zeros', `${'0'.repeat(17)}\r\n\r\n`],
  ['a chunk that is longer than its size', '1\r\nab\r\n'],
  ['a chunk that ends with LF', '1\r\na\n0\r\n\r\n'],
  ['an extension without a size', ';a\r\n'],
  ['an extension with LF', '1;a\n\r\na\r\n'],
  ['an extension with NUL', '1;\0\r\na\r\n'],
  ['a long extension', `1;${'a'.repeat(5000)}\r\na\r\n`],
  ['many extensions', '1;abcdefgh\r\na\r\n'.repeat(600)],
  ['trailers with content-length', '0\r\nContent-Length: 3\r\n\r\n'],
  ['trailers with transfer-encoding', '0\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['trailers with host', '0\r\nHost: b\r\n\r\n'],
  ['a folded trailer', '0\r\nX: a\r\n b\r\n\r\n'],
  ['a trailer with a bare LF', '0\r\nX: a\n\r\n\r\n'],
  ['a trailer without a colon', '0\r\nGET / HTTP/1.1\r\n\r\n'],
]

describe('refuses', () => {
  test.each(refused)('%s', (_name, bytes, status) => {
    expect(parse([Buffer.from(bytes, 'latin1')])).toEqual({
      events: [],
      fault: expect.objectContaining({ status }),
    })
  })

  test.each(refusedBodies)('a body with %s', (_name, bytes) => {
    const { events, fault } = parse([Buffer.from(chunked + bytes, 'latin1')])
    expect(events).toHaveLength(1)
    expect(fault).toMatchObject({ status: 400 })
  })

  test('trailers beyond the limit', () => {
    const bytes = `${chunked}0\r\n${'X: a\r\n'.repeat(11)}\r\n`
    expect(parse([Buffer.from(bytes)]).fault).toMatchObject({ status: 431 })
  })
})

describe('reads', () => {
  const whole: readonly [name: string, bytes: string, head: object][] = [
    [
      'an origin target',
      `${get}\r\n`,
      { method: 'GET', path: '/', authority: 'a', scheme: 'http' },
    ],
    [
      'an absolute target',
      'GET HTTP://b:81/c?d HTTP/1.1\r\nHost: a\r\n\r\n',
      { path: '/c?d', authority: 'b:81' },
    ],
    [
      'an absolute target without a path',
      'GET http://b?d HTTP/1.1\r\nHost: a\r\n\r\n',
      { path: '/?d', authority: 'b' },
    ],
    ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', { path: '*' }],
    [
      'CONNECT',
      'CONNECT b:443 HTTP/1.1\r\nHost: a\r\n\r\n',
      { authority: 'b:443', upgrade: 'CONNECT' },
    ],
    [
      'an upgrade',
      `${get}Connection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n`,
      { upgrade: 'websocket' },
    ],
    ['an IPv6 host', 'GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n', { authority: '[::1]:80' }],
    ['one empty line before the request', `\r\n${get}\r\n`, { path: '/' }],
    ['bytes beyond ASCII in a value', `${get}X: \xfc\r\n\r\n`, { headers: [['x', '\xfc']] }],
    [
      'values without the blanks around them',
      `${get}X: \t a b \t\r\n\r\n`,
      { headers: [['x', 'a b']] },
    ],
    ['a client that closes', `${get}Connection: close\r\n\r\n`, { keepAlive: false, headers: [] }],
    [
      'a client that waits',
      `${get}Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n`,
      { expectContinue: true },
    ],
  ]

  test.each(whole)('%s', (_name, bytes, head) => {
    const { events, fault } = parse([Buffer.from(bytes, 'latin1')])
    expect(fault).toBeUndefined()
    expect(events[0]).toMatchObject(head)
  })

  test('what Connection names as of this hop only, and drops it', () => {
    const bytes = `${get}Connection: x-hop, x-forwarded-for, Foo\r\nFoo: 1\r\nX-Hop: 1\r\nX-Forwarded-For: 1.2.3.4\r\nKeep-Alive: 5\r\nTE: gzip\r\n\r\n`
    expect(parse([Buffer.from(bytes)]).events[0]).toMatchObject({
      headers: [['x-forwarded-for', '1.2.3.4']],
    })
  })

  test('methods that are registered, and any other only if told to', () => {
    for (const method of ['PROPFIND', 'PURGE', 'PATCH', 'MKCALENDAR']) {
      const bytes = Buffer.from(`${get.replace('GET', method)}\r\n`)
      expect(parse([bytes]).events[0]).toMatchObject({ method })
    }
    for (const method of ['get', 'GETS', 'FROBNICATE']) {
      const bytes = Buffer.from(`${get.replace('GET', method)}\r\n`)
      expect(parse([bytes]).fault).toMatchObject({ status: 400, detail: 'unknown method' })
      const { events } = parse([bytes], { limits, customMethods: true })
      expect(events[0]).toMatchObject({ method })
    }
  })

  test('of TE only the wish for trailers', () => {
    for (const te of ['trailers', 'gzip;q=0.5, Trailers', ' trailers ,deflate']) {
      expect(parse([Buffer.from(`${get}TE: ${te}\r\n\r\n`)]).events[0]).toMatchObject({
        headers: [['te', 'trailers']],
      })
    }
  })

  test('chunks with extensions and trailers', () => {
    const bytes = `${chunked}5;a=b\r\nhello\r\n00A\r\n, trailers\r\n0;c\r\nX-Sum: 7\r\n\r\n`
    expect(parse([Buffer.from(bytes)])).toMatchObject({
      events: [{ method: 'POST' }, 'hello, trailers', [['x-sum', '7']], 'end'],
      fault: undefined,
    })
  })

  test('HTTP/1.0 where it is accepted', () => {
    const options = { limits, acceptHttp10: true, defaultHostForHttp10: 'default' }
    expect(parse([Buffer.from('GET / HTTP/1.0\r\n\r\n')], options).events[0]).toMatchObject({
      authority: 'default',
      version: '1.0',
      keepAlive: false,
    })
  })

  test('requests that follow each other at once', () => {
    const bytes = `${get}\r\n${chunked}1\r\na\r\n0\r\n\r\n\r\n${get}Content-Length: 2\r\n\r\nbc${get}\r\n`
    const { events } = parse([Buffer.from(bytes)])
    expect(events.filter((it) => typeof it === 'string')).toEqual([
      'end',
      'a',
      'end',
      'bc',
      'end',
      'end',
    ])
  })
})

const samples = [
  ...refused.map(([, bytes]) => bytes),
  ...refusedBodies.map(([, bytes]) => chunked + bytes),
  `\r\n${get}\r\n${chunked}5;a=b\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n${get}Content-Length: 11\r\n\r\nhello world`,
].map((it) => Buffer.from(it, 'latin1'))

describe('however the bytes are cut', () => {
  test.each(samples.map((bytes, i) => [i, bytes] as const))(
    'sample %i gives the same one by one',
    (_i, bytes) => {
      expect(parse([...bytes].map((byte) => Buffer.of(byte)))).toEqual(parse([bytes]))
    },
  )

  test('any sample gives the same in any pieces', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(fc.nat(8192), { maxLength: 12 }),
        (bytes, cuts) => {
          expect(parse(split(bytes, cuts))).toEqual(parse([bytes]))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('mutilated samples never throw, and give the same in any pieces', () => {
    const mutation = fc.record({ at: fc.nat(300), byte: fc.nat(255), cut: fc.boolean() })
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(mutation, { maxLength: 6 }),
        fc.array(fc.nat(4096), { maxLength: 6 }),
        (sample, mutations, cuts) => {
          let bytes = Buffer.from(sample)
          for (const { at, byte, cut } of mutations) {
            if (cut) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
            else if (at < bytes.length) bytes[at] = byte
          }
          expect(parse(split(bytes, cuts))).toEqual(parse([bytes]))
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('noise never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (pieces) => {
        const seen = parse(pieces.map((it) => Buffer.from(it)))
        expect(seen.events.length === 0 || seen.fault === undefined).toBe(true)
      }),
    )
  })
})

describe('agrees with node:http', () => {
  test('on well-formed requests', async () => {
    const server = createServer((request, response) => {
      const body: Buffer[] = []
      request.on('data', (chunk: Buffer) => body.push(chunk))
      request.on('end', () => {
        const headers = Object.fromEntries(
          Object.entries(request.headersDistinct).filter(
            ([name]) => !['host', 'connection', 'transfer-encoding'].includes(name),
          ),
        )
        response.end(
          JSON.stringify({
            method: request.method,
            path: request.url,
            headers,
            body: Buffer.concat(body).toString('latin1'),
          }),
        )
      })
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const token = fc.stringMatching(/^x-[a-z0-9!#$%&'*+.^_`|~-]{1,12}$/)
    const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/)
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
          fc.stringMatching(/^\/[a-zA-Z0-9/?&=%._~-]{0,30}$/),
          fc.uniqueArray(fc.tuple(token, value), { maxLength: 6, selector: ([name]) => name }),
          fc.string({ maxLength: 50 }),
          async (method, path, headers, text) => {
            const body = Buffer.from(text).toString('latin1')
            const payload = method === 'GET' ? '' : body
            const theirs = await ask(port, { method, path, headers, payload })
            const lines = headers.map(([name, it]) => `${name}: ${it}\r\n`).join('')
            const framing = method === 'GET' ? '' : `content-length: ${payload.length}\r\n`
            const bytes = `${method} ${path} HTTP/1.1\r\nhost: a\r\n${lines}${framing}\r\n${payload}`
            const [head, ...rest] = parse([Buffer.from(bytes, 'latin1')], {}).events as [
              { method: string; path: string; headers: [string, string][] },
              ...string[],
            ]
            const ours = {
              method: head.method,
              path: head.path,
              headers: Object.fromEntries(head.headers.map(([name, it]) => [name, [it]])),
              body: rest.filter((it) => it !== 'end').join(''),
            }
            expect(ours).toEqual(theirs)
          },
        ),
        { numRuns: 60 },
      )
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })
})

interface Plain {
  method: string
  path: string
  headers: [string, string][]
  payload: string
}

function ask(port: number, { method, path, headers, payload }: Plain): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const all = {
      ...Object.fromEntries(headers),
      ...(method === 'GET' ? {} : { 'content-length': payload.length }),
    }
    const request = nodeRequest({ port, method, path, headers: all, agent: false }, (response) => {
      const body: Buffer[] = []
      response.on('data', (chunk: Buffer) => body.push(chunk))
      response.on('end', () => resolve(JSON.parse(Buffer.concat(body).toString())))
    })
    request.on('error', reject)
    request.end(payload, 'latin1')
  })
}
