import { connect } from 'node:net'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import {
  call,
  type ProxyUnderTest,
  rawUpstream,
  reflect,
  startProxy,
  upstream,
} from './proxy-under-test.ts'

/** Sends `bytes`, then the end, and waits until the proxy has closed. */
function send(port: number, bytes: Uint8Array): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const got: Buffer[] = []
    socket.on('data', (chunk: Buffer) => got.push(chunk))
    socket.on('error', () => {})
    socket.on('end', () => socket.end())
    socket.on('close', () => resolve(Buffer.concat(got)))
    socket.write(bytes, () => setImmediate(() => socket.end()))
  })
}

/** Nothing is left over, and the proxy still serves. */
async function isSound({ port, filter, stats, clusters }: ProxyUnderTest): Promise<void> {
  await vi.waitFor(() => expect(filter.activeConnections).toBe(0))
  expect(stats.gauge('http.test.downstream_rq_active').value).toBe(0)
  expect(stats.gauge('cluster.backend.upstream_rq_active').value).toBe(0)
  expect(clusters.get('backend')).toMatchObject({ requests: 0 })
  expect((await call(port)).status).toBeGreaterThan(0)
}

const requests = [
  'GET /a HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello',
  'PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: 1\r\n\r\n',
  'HEAD /d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
]

const mutations = fc.array(fc.record({ at: fc.nat(400), byte: fc.nat(255), cut: fc.nat(3) }), {
  maxLength: 5,
})

function mutate(
  text: string,
  changes: readonly { at: number; byte: number; cut: number }[],
): Buffer {
  let bytes = Buffer.from(text, 'latin1')
  for (const { at, byte, cut } of changes) {
    if (cut > 0) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + cut)])
    else if (at < bytes.length) bytes[at] = byte
  }
  return bytes
}

test('mutilated requests leave nothing behind', async () => {
  const proxy = await startProxy({ clusters: { backend: [await upstream(reflect)] } })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...requests), { minLength: 1, maxLength: 4 }),
      mutations,
      async (texts, changes) => {
        const answer = await send(proxy.port, mutate(texts.join(''), changes))
        const head = answer.subarray(0, 9).toString('latin1')
        expect(head === '' || head === 'HTTP/1.1 ').toBe(true)
      },
    ),
    { numRuns: 300 },
  )
  await isSound(proxy)
}, 30_000)

const responses = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: 1\r\n\r\n',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 200 OK\r\n\r\nuntil the end',
]

test('mutilated responses leave nothing behind', async () => {
  let answer: Buffer = Buffer.alloc(0)
  const backend = await rawUpstream((socket) => socket.on('data', () => socket.end(answer)))
  const proxy = await startProxy({
    clusters: { backend: [backend] },
    routes: [
      {
        name: 'all',
        domains: ['*'],
        routes: [
          {
            match: { prefix: '/' },
            route: {
              cluster: 'backend',
              retryPolicy: { retryOn: '5xx', retryBackOff: { baseInterval: '0.001s' } },
            },
          },
        ],
      },
    ],
  })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...responses), mutations, async (text, changes) => {
      answer = mutate(text, changes)
      const reply = await call(proxy.port).catch(() => ({ status: 0 }))
      expect(reply.status === 0 || reply.status >= 200).toBe(true)
    }),
    { numRuns: 300 },
  )
  answer = Buffer.from(responses[0] ?? '')
  await isSound(proxy)
}, 30_000)

test('clients that go away at any point leave nothing behind', async () => {
  const proxy = await startProxy({
    clusters: {
      backend: [
        await upstream((_request, response) =>
          setImmediate(() => response.end(Buffer.alloc(200_000))),
        ),
      ],
    },
  })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...requests),
      fc.nat(100),
      fc.nat(3),
      async (text, length, turns) => {
        const socket = connect(proxy.port, '127.0.0.1')
        socket.on('error', () => {})
        await new Promise((resolve) => socket.write(text.slice(0, length + 1), resolve))
        for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setImmediate(resolve))
        socket.destroy()
      },
    ),
    { numRuns: 200 },
  )
  await isSound(proxy)
}, 30_000)
