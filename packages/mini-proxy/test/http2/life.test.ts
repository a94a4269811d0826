import { createHash } from 'node:crypto'
import type { RequestListener, ServerResponse } from 'node:http'
import { createServer as createHttp2, type Http2Server, type ServerHttp2Session } from 'node:http2'
import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { errorCode } from '../../src/http2/http2-fault.ts'
import { ask, h2 } from './h2-client.ts'
import { app, listening, mesh, type RunningMesh, type Version } from './mesh.ts'
import { get, RawClient } from './raw-client.ts'

function expectIdle(it: RunningMesh): void {
  for (const name of [
    'http2.streams_active',
    'http2.pending_send_bytes',
    'http.test.downstream_rq_active',
    'cluster.app.upstream_rq_active',
    'cluster.app.http2.streams_active',
    'cluster.app.http2.pending_send_bytes',
  ]) {
    expect([name, it.gauge(name)]).toEqual([name, 0])
  }
}

describe('a connection that drains', () => {
  test('finishes what is under way, and says in two steps that it takes no more', async () => {
    const waiting = Promise.withResolvers<ServerResponse>()
    const it = await mesh(await app(1, (_, response) => waiting.resolve(response)))
    const client = new RawClient(it.port)
    client.headers(1, true)
    client.send()
    const response = await waiting.promise
    const drained = it.proxy.drain()
    await expect.poll(() => client.pings).toBe(1)
    expect(client.goAways).toEqual([{ last: 0x7fff_ffff, code: 0 }])
    // On its way before the client had heard: it is served.
    client.headers(3, true)
    client.frames.writePing(Buffer.from('draining'), true)
    client.headers(5, true)
    client.send()
    await expect.poll(() => client.resets.get(5)).toBe(errorCode.refusedStream)
    expect(client.goAways[1]).toEqual({ last: 3, code: 0 })
    response.end('done')
    await expect.poll(() => client.ended.has(1)).toBe(true)
    client.frames.writeReset(3, errorCode.cancel)
    client.send()
    await client.whenClosed
    await drained
    expectIdle(it)
  })

  test('closes without a request for so long, with GOAWAY', async () => {
    const it = await mesh(await app(1, (_, response) => response.end()), {
      manager: { commonHttpProtocolOptions: { idleTimeout: '0.3s' } },
    })
    const client = new RawClient(it.port)
    client.headers(1, true)
    client.send()
    await client.whenClosed
    expect(client.goAways).toEqual([{ last: 1, code: 0 }])
    expectIdle(it)
  })

  test('is told to go after so many requests, of which none is lost', async () => {
    const it = await mesh(await app(1, (_, response) => response.end('x')), {
      manager: { commonHttpProtocolOptions: { maxRequestsPerConnection: 5 } },
    })
    const session = h2(it.port)
    const replies = await Promise.all(Array.from({ length: 5 }, () => ask(session)))
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    await expect.poll(() => session.closed || session.destroyed).toBe(true)
    expectIdle(it)
  })

  test('asks a silent client whether it is there, and ends if it is not', async () => {
    const connectionKeepalive = { interval: '0.2s', timeout: '0.2s' }
    const it = await mesh(await app(1, () => undefined), {
      manager: { http2ProtocolOptions: { connectionKeepalive } },
    })
    const client = new RawClient(it.port)
    client.headers(1, true)
    client.send()
    await client.whenClosed
    expect(client.pings).toBe(1)
    expect(it.counter('http2.keepalive_timeout')).toBe(1)
    await expect.poll(() => it.gauge('http2.streams_active')).toBe(0)
    expectIdle(it)
  })
})

describe('a request that is malformed', () => {
  const cases: [string, (readonly [string, string])[]][] = [
    ['an upper-case name', [...get, ['X-A', 'b']]],
    ['connection', [...get, ['connection', 'close']]],
    ['te: gzip', [...get, ['te', 'gzip']]],
    ['no path', get.filter(([name]) => name !== ':path')],
    ['two paths', [...get, [':path', '/b']]],
    ['a late pseudo field', [...get, ['a', 'b'], [':path', '/']]],
    ['a host that is another', [...get, ['host', 'other']]],
    ['two lengths', [...get, ['content-length', '0'], ['content-length', '0']]],
    ['a path with a blank', [...get.filter(([name]) => name !== ':path'), [':path', '/a b']]],
    ['a line break in a value', [...get, ['a', 'b\r\nc: d']]],
    ['a protocol that was not offered', [...get, [':protocol', 'websocket']]],
  ]
  test.each(cases)('%s, ends the connection', async (_, fields) => {
    let requests = 0
    const it = await mesh(await app(1, () => void requests++))
    const client = new RawClient(it.port)
    client.headers(1, true, fields)
    client.send()
    await client.whenClosed
    expect(client.goAways).toEqual([{ last: 1, code: errorCode.protocolError }])
    expect([requests, it.counter('http2.rx_messaging_error')]).toEqual([0, 1])
    expectIdle(it)
  })

  test('ends only its stream if so configured', async () => {
    const it = await mesh(await app(1, (_, response) => response.end('x')), {
      manager: { http2ProtocolOptions: { overrideStreamErrorOnInvalidHttpMessage: true } },
    })
    const client = new RawClient(it.port)
    client.headers(1, true, [...get, ['connection', 'close']])
    client.headers(3, true)
    client.send()
    await expect.poll(() => client.ended.has(3)).toBe(true)
    expect(client.resets.get(1)).toBe(errorCode.protocolError)
    expect(client.goAways).toEqual([])
    expectIdle(it)
  })

  test('by a body other than its length never reaches the app whole', async () => {
    const ends: string[] = []
    const it = await mesh(
      await app(1, (request) => {
        request.on('end', () => ends.push('end'))
        request.on('error', () => ends.push('error'))
        request.resume()
      }),
    )
    const client = new RawClient(it.port)
    client.headers(1, false, [...get, ['content-length', '10']])
    client.data(1, Buffer.from('short'), true)
    client.send()
    await client.whenClosed
    await expect.poll(() => ends.length).toBeLessThanOrEqual(1)
    expect(ends).not.toContain('end')
    expectIdle(it)
  })

  test('in its host is answered 400', async () => {
    const it = await mesh(await app(1, () => undefined))
    const client = new RawClient(it.port)
    const noHost = get.filter(([name]) => name !== ':authority')
    client.headers(1, true, noHost)
    client.send()
    await expect.poll(() => client.ended.has(1)).toBe(true)
    expect(client.goAways).toEqual([])
    expectIdle(it)
  })
})

describe('an upstream of HTTP/2', () => {
  /** One that can be told to go away. */
  async function server(
    handler: RequestListener,
    settings: object = {},
  ): Promise<{ port: number; sessions: ServerHttp2Session[]; server: Http2Server }> {
    const made = createHttp2({ settings }, handler as never)
    const sessions: ServerHttp2Session[] = []
    made.on('session', (it) => sessions.push(it))
    return { port: await listening(made), sessions, server: made }
  }

  test('that takes few streams gets no more at once, on as many connections as allowed', async () => {
    let now = 0
    let most = 0
    const { port, sessions } = await server(
      (_, response) => {
        now += 1
        most = Math.max(most, now)
        setTimeout(() => {
          now -= 1
          response.end('x')
        }, 10)
      },
      { maxConcurrentStreams: 3 },
    )
    const it = await mesh(port, {
      upstream: 2,
      http2: { maxConcurrentStreams: 3 },
      cluster: {
        circuitBreakers: { thresholds: [{ maxConnections: 2, maxPendingRequests: 100 }] },
      },
    })
    const session = h2(it.port)
    const replies = await Promise.all(Array.from({ length: 40 }, () => ask(session)))
    expect(replies.every(({ status }) => status === 200)).toBe(true)
    expect(most).toBe(6)
    expect(sessions.length).toBe(2)
    expectIdle(it)
  })

  test('that goes away gets no new request, and answers those it has', async () => {
    const waiting: ServerResponse[] = []
    const { port, sessions } = await server((_, response) => {
      if (waiting.push(response) !== 1) response.end('later')
    })
    const it = await mesh(port, { upstream: 2 })
    const session = h2(it.port)
    const first = ask(session)
    await expect.poll(() => waiting.length).toBe(1)
    sessions[0]?.goaway()
    await expect.poll(() => it.counter('cluster.app.upstream_cx_total')).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await ask(session)).body.toString()).toBe('later')
    expect(it.counter('cluster.app.upstream_cx_total')).toBe(2)
    waiting[0]?.end('first')
    expect((await first).body.toString()).toBe('first')
    expectIdle(it)
  })

  test('that resets a stream is answered for with 503, and the connection is kept', async () => {
    const { port } = await server((request, response) => {
      if (request.url === '/reset')
        (response as never as { stream: { close(code: number): void } }).stream.close(2)
      else response.end('x')
    })
    const it = await mesh(port, { upstream: 2 })
    const session = h2(it.port)
    expect((await ask(session, { ':path': '/reset' })).status).toBe(503)
    expect((await ask(session)).status).toBe(200)
    expect(it.counter('cluster.app.upstream_cx_total')).toBe(1)
    expectIdle(it)
  })

  test('that is not there is answered for with 503', async () => {
    const it = await mesh(1, { upstream: 2 })
    expect((await ask(h2(it.port))).status).toBe(503)
    expectIdle(it)
  })
})

describe('flow control', () => {
  const pairs: [Version, Version][] = [
    [2, 1],
    [2, 2],
  ]
  test('settings are acknowledged before what they let go', async () => {
    const it = await mesh(await app(1, (_, response) => void response.end('hello')))
    const client = new RawClient(it.port, [{ id: 4, value: 0 }])
    client.headers(1, true)
    client.send()
    await expect.poll(() => it.gauge('http2.pending_send_bytes')).toBe(5)
    client.frames.writeSettings([{ id: 4, value: 1 }])
    client.send()
    await expect.poll(() => client.order).toEqual(['ack', 'ack', 'data 1'])
  })

  test.each(pairs)(
    'slow readers get every byte and hold the app back (HTTP/%i, HTTP/%i)',
    async (_, up) => {
      const size = 24_000_000
      const body = Buffer.alloc(size)
      const random = seededRandom(5)
      for (let i = 0; i < size; i += 4) body.writeUInt32LE(Math.floor(random() * 2 ** 32), i)
      const it = await mesh(await app(up, (_request, response) => void response.end(body)), {
        upstream: up,
      })
      const session = h2(it.port)
      const stream = session.request({ ':path': '/' })
      const hash = createHash('sha256')
      let received = 0
      stream.pause()
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(it.gauge('http2.pending_send_bytes')).toBeLessThan(300_000)
      stream.on('data', (chunk: Buffer) => {
        hash.update(chunk)
        received += chunk.length
        if (received % 7 === 0) {
          stream.pause()
          setImmediate(() => stream.resume())
        }
      })
      stream.resume()
      await new Promise((resolve) => stream.once('end', resolve))
      expect(hash.digest('hex')).toBe(createHash('sha256').update(body).digest('hex'))
      expectIdle(it)
    },
  )

  test.each(pairs)(
    'slow apps get every byte and hold the client back (HTTP/%i, HTTP/%i)',
    async (_, up) => {
      const size = 24_000_000
      const body = Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz0123456789')
      let go: (() => void) | undefined
      const it = await mesh(
        await app(up, (request, response) => {
          const hash = createHash('sha256')
          go = () => {
            request.on('data', (chunk: Buffer) => void hash.update(chunk))
            request.on('end', () => response.end(hash.digest('hex')))
          }
        }),
        { upstream: up },
      )
      const session = h2(it.port)
      const stream = session.request({ ':method': 'POST', ':path': '/' })
      let answer = ''
      stream.setEncoding('utf8').on('data', (it: string) => {
        answer += it
      })
      stream.end(body)
      await expect.poll(() => go).toBeDefined()
      await new Promise((resolve) => setTimeout(resolve, 300))
      // The client is not let go on: most is still there.
      expect(stream.writableLength + stream.bufferSize).toBeGreaterThan(size / 2)
      go?.()
      await new Promise((resolve) => stream.once('end', resolve))
      expect(answer).toBe(createHash('sha256').update(body).digest('hex'))
      expectIdle(it)
    },
  )
})

describe('resets at any point', () => {
  const pairs: [Version, Version][] = [
    [2, 1],
    [1, 2],
    [2, 2],
  ]
  test.each(pairs)(
    'leave nothing behind (HTTP/%i in front of HTTP/%i)',
    async (down, up) => {
      const random = seededRandom(17)
      const it = await mesh(
        await app(up, (request, response) => {
          request.on('error', () => undefined)
          response.on('error', () => undefined)
          const dies = random() < 0.2
          if (dies) setTimeout(() => (response.socket ?? request.socket).destroy(), random() * 5)
          request.on('data', () => undefined)
          response.write(Buffer.alloc(Math.floor(random() * 200_000)))
          request.on('end', () => response.end('end'))
        }),
        { upstream: up },
      )
      let session = h2(it.port)
      let finished = 0
      let broken = 0
      const one = async (): Promise<void> => {
        if (session.destroyed || session.closed) session = h2(it.port)
        const stream = session.request({ ':method': 'POST', ':path': '/' })
        const over = new Promise<void>((resolve) => {
          stream.once('close', resolve)
          stream.on('error', () => undefined)
        })
        stream.resume()
        stream.once('end', () => void finished++)
        stream.write(Buffer.alloc(Math.floor(random() * 100_000)))
        if (random() < 0.5) setTimeout(() => stream.close(errorCode.cancel), random() * 10)
        else stream.end()
        await over
        if (stream.rstCode !== 0) broken++
      }
      const http1 = async (): Promise<void> => {
        const request = new AbortController()
        if (random() < 0.5) setTimeout(() => request.abort(), random() * 10)
        try {
          const body = Buffer.alloc(Math.floor(random() * 100_000))
          const { signal } = request
          const reply = await fetch(`http://127.0.0.1:${it.port}/`, {
            method: 'POST',
            body,
            signal,
          })
          await reply.arrayBuffer()
          finished++
        } catch {
          broken++
        }
      }
      for (let i = 0; i < 40; i++) {
        await Promise.all(Array.from({ length: 10 }, () => (down === 2 ? one() : http1())))
      }
      expect(finished).toBeGreaterThan(20)
      expect(broken).toBeGreaterThan(20)
      await expect.poll(() => it.gauge('http.test.downstream_rq_active')).toBe(0)
      await expect.poll(() => it.gauge('cluster.app.http2.streams_active')).toBe(0)
      expectIdle(it)
    },
    30_000,
  )
})
