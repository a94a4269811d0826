import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { errorCode } from '../../src/http2/http2-fault.ts'
import { ask, h2 } from './h2-client.ts'
import { app, mesh, type RunningMesh } from './mesh.ts'
import { get, RawClient } from './raw-client.ts'

const hello = (): Promise<number> => app(1, (_, response) => response.end('hello'))

/** Another client is served on, at once. */
async function servesOthers(it: RunningMesh): Promise<void> {
  const reply = await ask(h2(it.port))
  expect([reply.status, reply.body.toString()]).toEqual([200, 'hello'])
}

function expectIdle(it: RunningMesh): void {
  expect(it.gauge('http2.streams_active')).toBe(0)
  expect(it.gauge('http2.pending_send_bytes')).toBe(0)
  expect(it.gauge('http.test.downstream_rq_active')).toBe(0)
  expect(it.gauge('cluster.app.upstream_rq_active')).toBe(0)
}

const enhanceYourCalm = [{ last: expect.any(Number), code: errorCode.enhanceYourCalm }]

describe('a client that floods the connection is cut off, and others are served on', () => {
  test('with requests that it resets at once', async () => {
    const it = await mesh(await hello())
    const client = new RawClient(it.port)
    for (let i = 0; i < 2000; i++) {
      client.headers(2 * i + 1, true)
      client.frames.writeReset(2 * i + 1, errorCode.cancel)
    }
    client.send()
    await client.whenClosed
    expect(client.goAways).toEqual(enhanceYourCalm)
    expect(it.counter('http.test.downstream_rq_too_many_premature_resets')).toBe(1)
    // The rule applies after half of five hundred.
    expect(it.counter('http.test.downstream_rq_total')).toBe(250)
    await servesOthers(it)
    expectIdle(it)
  })

  test('with requests that it makes the proxy reset', async () => {
    const it = await mesh(await app(1, () => undefined))
    const client = new RawClient(it.port)
    for (let i = 0; i < 2000; i++) {
      client.headers(2 * i + 1, false)
      client.frames.writeWindowUpdate(2 * i + 1, 0x7fff_ffff)
    }
    client.send()
    await client.whenClosed
    expect(client.goAways).toEqual(enhanceYourCalm)
    expect(it.counter('http.test.downstream_rq_too_many_premature_resets')).toBe(1)
    expectIdle(it)
  })

  test('a client that resets one request of ten is not', async () => {
    const it = await mesh(await hello())
    const client = new RawClient(it.port)
    for (let i = 0; i < 70; i++) {
      for (let j = 0; j < 10; j++) {
        const id = 2 * (10 * i + j) + 1
        client.headers(id, true)
        if (j === 0) client.frames.writeReset(id, errorCode.cancel)
      }
      client.send()
      const last = 2 * (10 * i + 9) + 1
      await expect.poll(() => client.ended.has(last), { interval: 1 }).toBe(true)
    }
    expect(it.counter('http.test.downstream_rq_rx_reset')).toBe(70)
    expect(client.goAways).toEqual([])
    expectIdle(it)
  })

  test.each([
    ['PING', (it: RawClient) => it.frames.writePing(Buffer.alloc(8), false)],
    ['SETTINGS', (it: RawClient) => it.frames.writeSettings([])],
  ])('with %s, whose answers it does not read', async (_, write) => {
    const it = await mesh(await hello())
    const client = new RawClient(it.port)
    client.send()
    client.socket.pause()
    const before = process.memoryUsage().rss
    let sent = 0
    // More than the sockets between hold.
    while (!client.closed && sent < 5_000_000) {
      for (let i = 0; i < 5000; i++) write(client)
      sent += 5000
      if (!client.send()) {
        await Promise.race([
          client.whenClosed,
          new Promise((resolve) => client.socket.once('drain', resolve)),
        ])
      } else await new Promise(setImmediate)
      if (it.counter('http2.outbound_control_flood') > 0) break
    }
    expect(it.counter('http2.outbound_control_flood')).toBe(1)
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
    await servesOthers(it)
    client.socket.destroy()
    expectIdle(it)
  })

  test('with empty DATA', async () => {
    const it = await mesh(await hello())
    const client = new RawClient(it.port)
    client.headers(1, false)
    for (let i = 0; i < 100; i++) client.data(1, Buffer.alloc(0), false)
    client.send()
    await client.whenClosed
    expect(client.goAways).toEqual(enhanceYourCalm)
    expect(it.counter('http2.inbound_empty_frames_flood')).toBe(1)
    await servesOthers(it)
    expectIdle(it)
  })

  test('with PRIORITY', async () => {
    const it = await mesh(await hello())
    const client = new RawClient(it.port)
    for (let i = 0; i < 101; i++) client.frame(2, 0, 1, Buffer.from([0, 0, 0, 3, 1]))
    client.send()
    await client.whenClosed
    expect(client.goAways).toEqual(enhanceYourCalm)
    expect(it.counter('http2.inbound_priority_frames_flood')).toBe(1)
    await servesOthers(it)
  })

  test('with WINDOW_UPDATE', async () => {
    const it = await mesh(await hello())
    const client = new RawClient(it.port)
    for (let i = 0; i < 6; i++) client.frames.writeWindowUpdate(0, 1)
    client.send()
    await client.whenClosed
    expect(client.goAways).toEqual(enhanceYourCalm)
    expect(it.counter('http2.inbound_window_update_frames_flood')).toBe(1)
    await servesOthers(it)
  })

  test('with CONTINUATION', async () => {
    const it = await mesh(await hello())
    const client = new RawClient(it.port)
    client.send()
    // A head that never ends: the header of a literal without indexing, again and again.
    client.frame(1, 0, 1, Buffer.from([0x82, 0x86, 0x84]))
    for (let i = 0; i < 10_000; i++) client.frame(9, 0, 1, Buffer.from([0, 1, 97, 1, 98]))
    client.send()
    await client.whenClosed
    expect(client.goAways).toEqual(enhanceYourCalm)
    expect(it.counter('http2.header_overflow')).toBe(1)
    expect(it.counter('http.test.downstream_rq_total')).toBe(0)
    await servesOthers(it)
  })

  test('with a small block that stands for a large head', async () => {
    const it = await mesh(await hello())
    const client = new RawClient(it.port)
    const large = 'x'.repeat(3900)
    client.headers(1, true, [...get, ['x-large', large]])
    client.send()
    await expect.poll(() => client.ended.has(1)).toBe(true)
    // It is in the table now: a byte each.
    const block = Buffer.concat([Buffer.from([0x82, 0x86, 0x84]), Buffer.alloc(16_000, 0xbe)])
    const before = process.memoryUsage().rss
    for (let i = 0; i < 200; i++) client.frame(1, 0x5, 3 + 2 * i, block)
    client.send()
    await expect.poll(() => client.resets.size).toBe(200)
    expect(new Set(client.resets.values())).toEqual(new Set([errorCode.internalError]))
    expect(it.counter('http2.header_overflow')).toBe(200)
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
    await servesOthers(it)
    expectIdle(it)
  })

  test('with more streams than it may have open', async () => {
    const waiting: ServerResponse[] = []
    const it = await mesh(
      await app(1, (_, response) => {
        if (waiting.push(response) === 10) for (const each of waiting) each.end('hello')
        else if (waiting.length > 10) response.end('hello')
      }),
      { manager: { http2ProtocolOptions: { maxConcurrentStreams: 10 } } },
    )
    const client = new RawClient(it.port)
    for (let i = 0; i < 30; i++) client.headers(2 * i + 1, true)
    client.send()
    await expect.poll(() => client.ended.size).toBe(10)
    expect(client.resets.size).toBe(20)
    expect(new Set(client.resets.values())).toEqual(new Set([errorCode.refusedStream]))
    expect(it.counter('http2.stream_refused_errors')).toBe(20)
    await servesOthers(it)
    expectIdle(it)
  })
})

describe('a client that begins and does not go on is cut off, others are served on', () => {
  test.each([
    ['before its preface is whole', Buffer.from('PRI * HTTP/2.0')],
    ['within a frame', Buffer.from([0, 0, 50, 1, 4, 0, 0, 0, 1, 0x82])],
    ['within a header block', Buffer.from([0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82])],
  ])('%s', async (name, bytes) => {
    const it = await mesh(await hello(), { manager: { requestHeadersTimeout: '0.3s' } })
    const client = new RawClient(it.port)
    if (name.startsWith('before')) client.frames.out.clear()
    client.frames.out.append(bytes)
    client.send()
    await client.whenClosed
    if (!name.startsWith('before')) {
      expect(client.goAways).toEqual(enhanceYourCalm)
      expect(it.counter('http.test.downstream_rq_header_timeout')).toBe(1)
    }
    await servesOthers(it)
    expectIdle(it)
  })
})

describe('a client that takes nothing', () => {
  const size = 4_000_000
  const large = (): Promise<number> =>
    app(1, (request, response) => {
      response.end(request.url === '/large' ? Buffer.alloc(size, 'x') : 'hello')
    })
  const fields = get.map(([name, value]) => [name, name === ':path' ? '/large' : value] as const)

  test('of its windows holds up no more than a little per stream', async () => {
    const it = await mesh(await large(), {
      cluster: { circuitBreakers: { thresholds: [{ maxConnections: 200 }] } },
    })
    // INITIAL_WINDOW_SIZE
    const client = new RawClient(it.port, [{ id: 4, value: 0 }])
    for (let i = 0; i < 50; i++) client.headers(2 * i + 1, true, fields)
    client.send()
    await expect.poll(() => it.gauge('http2.pending_send_bytes')).toBeGreaterThan(50 * 30_000)
    await servesOthers(it)
    // What a stream holds at most, and one read of the upstream that came before it said so.
    expect(it.gauge('http2.pending_send_bytes')).toBeLessThan(50 * 200_000)
    client.socket.destroy()
    await expect.poll(() => it.gauge('http2.streams_active')).toBe(0)
    expectIdle(it)
  })

  test('any more of a stream that waits for the connection gets every byte once it does', async () => {
    const all = 200_000
    const it = await mesh(await app(1, (_, response) => response.end(Buffer.alloc(all, 'x'))))
    // INITIAL_WINDOW_SIZE
    const client = new RawClient(it.port, [{ id: 4, value: 65_535 }])
    client.headers(1, true, fields)
    client.frames.writeWindowUpdate(1, 1000)
    client.send()
    // Now it waits for the window of the connection; the client takes back what it gave to the stream, and more.
    await expect.poll(() => client.received.get(1)).toBe(65_535)
    client.frames.writeSettings([{ id: 4, value: 60_000 }])
    client.frames.writeWindowUpdate(0, 1_000_000)
    client.send()
    await expect.poll(() => client.order.filter((what) => what === 'ack').length).toBe(2)
    client.frames.writeWindowUpdate(1, 1_000_000)
    client.send()
    await expect.poll(() => client.ended.has(1)).toBe(true)
    expect(client.received.get(1)).toBe(all)
    expectIdle(it)
  })

  test('of its socket holds up no more, and gets every byte later', async () => {
    const it = await mesh(await large())
    const window = 0x7fff_ffff
    const client = new RawClient(it.port, [{ id: 4, value: window }])
    client.frames.writeWindowUpdate(0, window - 65_535)
    client.socket.pause()
    for (let i = 0; i < 10; i++) client.headers(2 * i + 1, true, fields)
    client.send()
    await expect.poll(() => it.gauge('http2.pending_send_bytes')).toBeGreaterThan(0)
    await servesOthers(it)
    expect(it.gauge('http2.pending_send_bytes')).toBeLessThan(10 * 200_000)
    client.socket.resume()
    await expect.poll(() => client.ended.size, { timeout: 5000 }).toBe(10)
    expect([...client.received.values()]).toEqual(Array.from({ length: 10 }, () => size))
    expectIdle(it)
  })

  test('loses a stream whose end waits for too long', async () => {
    const it = await mesh(await hello(), { manager: { streamIdleTimeout: '0.3s' } })
    const client = new RawClient(it.port, [{ id: 4, value: 0 }])
    client.headers(1, true)
    client.send()
    await expect.poll(() => client.resets.get(1), { timeout: 3000 }).toBe(errorCode.cancel)
    expect(it.counter('http2.tx_flush_timeout')).toBe(1)
    expectIdle(it)
  })
})
