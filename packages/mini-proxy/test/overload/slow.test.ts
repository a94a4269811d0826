import { createServer } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { clientPreface } from '../../src/http2/frame-format.ts'
import { atEnd, listening } from '../http2/mesh.ts'
import { get, RawClient } from '../http2/raw-client.ts'
import { type AloneOptions, ProxyAlone } from './proxy-alone.ts'
import { ManySockets, served } from './slow-peers.ts'

const kibibyte = 1024
const mebibyte = 1024 * kibibyte
const largeBytes = 16 * mebibyte
const patience = { timeout: 60_000, interval: 50 }
const timeout = 120_000

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A client's preface, empty SETTINGS, and these bytes. */
function http2Start(more: readonly number[]): Buffer {
  const settings = [0, 0, 0, 4, 0, 0, 0, 0, 0]
  return Buffer.concat([Buffer.from(clientPreface, 'latin1'), Buffer.from([...settings, ...more])])
}

/** A proxy before an app that answers `/large` with much and all else with little. */
async function alone(manager: AloneOptions['manager'] = {}): Promise<ProxyAlone> {
  const large = Buffer.alloc(largeBytes, 'x')
  const appPort = await listening(
    createServer((request, response) => {
      request.resume()
      response.on('error', () => undefined)
      if (request.url === '/large') response.end(large)
      else request.once('end', () => response.end('hello'))
    }),
  )
  const proxy = await ProxyAlone.start({ appPort, manager })
  atEnd(() => proxy.close())
  expect(await served(proxy.port, 20)).toBe(20)
  await proxy.mark()
  return proxy
}

async function many(proxy: ProxyAlone, count: number, first: Uint8Array | string) {
  const sockets = await ManySockets.open(proxy.port, count, first)
  closing.push(() => sockets.destroy())
  return sockets
}

/** All that was begun for them is over, and as little is held as before. */
async function expectOver(proxy: ProxyAlone): Promise<void> {
  for (const gauge of ['downstream_cx_active', 'downstream_rq_active']) {
    await expect.poll(() => proxy.stat(`http.test.${gauge}`), patience).toBe(0)
  }
  await expect.poll(() => proxy.grown(), patience).toBeLessThan(8 * mebibyte)
  expect(await served(proxy.port, 20)).toBe(20)
}

describe('thousands of clients that are slow to say what they want', () => {
  test.each([
    ['the head of a request', 'GET / HTTP/1.1\r\nhost: a\r\nx-slow: '],
    ['the first line', 'GE'],
    ['a header block of HTTP/2', http2Start([0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82])],
    ['a frame of HTTP/2', http2Start([0, 0, 50, 1, 4, 0, 0, 0, 1, 0x82])],
  ])(
    'and never finish %s hold little each, are counted and cut off',
    { timeout },
    async (_, first) => {
      const count = 2000
      const proxy = await alone({ requestHeadersTimeout: '2s' })
      const sockets = await many(proxy, count, first)
      if (typeof first === 'string') sockets.say('a')
      expect(await served(proxy.port, 20)).toBe(20)
      expect(await proxy.grown()).toBeLessThan(count * 32 * kibibyte)
      await expect.poll(() => sockets.closed, patience).toBe(count)
      expect(await proxy.stat('http.test.downstream_rq_header_timeout')).toBe(count)
      await expectOver(proxy)
    },
  )

  test('and never finish the body are told so and cut off', { timeout }, async () => {
    const count = 1000
    const proxy = await alone({ requestTimeout: '2s' })
    const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n'
    const sockets = await many(proxy, count, head)
    for (let i = 0; i < 5; i++) sockets.say('x')
    expect(await served(proxy.port, 20)).toBe(20)
    // Each has a connection to the app, too.
    expect(await proxy.grown()).toBeLessThan(count * 64 * kibibyte)
    await expect.poll(() => sockets.closed, patience).toBe(count)
    expect(await proxy.stat('http.test.downstream_rq_timeout')).toBe(count)
    expect(sockets.heard.split('HTTP/1.1 408 ').length - 1).toBe(count)
    await expectOver(proxy)
  })
})

describe('clients that do not read what they asked for', () => {
  test('over HTTP/1 hold up little each, and are cut off after a while', { timeout }, async () => {
    const count = 60
    const proxy = await alone({ streamIdleTimeout: '2s' })
    const sockets = await many(proxy, count, '')
    sockets.stopReading()
    sockets.say('GET /large HTTP/1.1\r\nhost: a\r\n\r\n')
    const begun = (): Promise<number> => proxy.stat('cluster.app.upstream_rq_total')
    await expect.poll(begun, patience).toBe(20 + count)
    expect(await served(proxy.port, 20)).toBe(20)
    // Of 16 MiB each: what one read brings, and what may wait for a socket.
    expect(await proxy.grown()).toBeLessThan(count * 512 * kibibyte)
    const cut = (): Promise<number> => proxy.stat('http.test.downstream_rq_idle_timeout')
    await expect.poll(cut, patience).toBe(count)
    sockets.destroy()
    await expectOver(proxy)
  })

  test('over HTTP/2 hold up little per stream, and lose those after a while', {
    timeout,
  }, async () => {
    const [connections, streams] = [10, 20]
    const proxy = await alone({ streamIdleTimeout: '2s' })
    const fields = get.map(([name, value]) => [name, name === ':path' ? '/large' : value] as const)
    const clients = Array.from({ length: connections }, () => {
      // Of INITIAL_WINDOW_SIZE it gives much, but does not read.
      const client = new RawClient(proxy.port, [{ id: 4, value: 0x7fff_ffff }])
      client.frames.writeWindowUpdate(0, 0x7fff_0000)
      client.socket.pause()
      for (let i = 0; i < streams; i++) client.headers(2 * i + 1, true, fields)
      client.send()
      return client
    })
    const begun = (): Promise<number> => proxy.stat('cluster.app.upstream_rq_total')
    await expect.poll(begun, patience).toBe(20 + connections * streams)
    expect(await served(proxy.port, 20)).toBe(20)
    expect(await proxy.grown()).toBeLessThan(connections * streams * 512 * kibibyte)
    const lost = async (): Promise<number> => {
      const stats = await proxy.stats()
      return (
        (stats['http2.tx_flush_timeout'] ?? 0) +
        (stats['http.test.downstream_rq_idle_timeout'] ?? 0)
      )
    }
    await expect.poll(lost, patience).toBe(connections * streams)
    for (const { socket } of clients) socket.destroy()
    await expectOver(proxy)
  })
})
