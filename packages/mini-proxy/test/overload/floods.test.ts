import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { errorCode } from '../../src/http2/http2-fault.ts'
import { atEnd, listening } from '../http2/mesh.ts'
import { get, RawClient } from '../http2/raw-client.ts'
import { ProxyAlone } from './proxy-alone.ts'
import { ManySockets, served } from './slow-peers.ts'

const mebibyte = 2 ** 20
const patience = { timeout: 60_000, interval: 50 }
const timeout = 120_000

/** Who floods at the same time, and what the process may hold more because of all of them, whatever they sent. */
const clients = 20
const boundBytes = 32 * mebibyte

async function alone(): Promise<ProxyAlone> {
  const app = createServer((request, response) => {
    request.resume()
    response.on('error', () => undefined)
    response.end('hello')
  })
  const proxy = await ProxyAlone.start({ appPort: await listening(app) })
  atEnd(() => proxy.close())
  expect(await served(proxy.port, 20)).toBe(20)
  await proxy.mark()
  return proxy
}

const head = Buffer.from([0x82, 0x86, 0x84])
const inTable = 'x'.repeat(3900)

interface Flood {
  readonly name: string
  /** Counts each client once, or oftener. */
  readonly counter: string
  /** Says it all at once. */
  readonly write: (client: RawClient) => void
  /** The client is not cut off: it loses what it asked for. */
  readonly keeps?: true
}

const floods: readonly Flood[] = [
  {
    name: 'requests that are reset at once',
    counter: 'http.test.downstream_rq_too_many_premature_resets',
    write: (client) => {
      for (let i = 0; i < 2000; i++) {
        client.headers(2 * i + 1, true)
        client.frames.writeReset(2 * i + 1, errorCode.cancel)
      }
    },
  },
  {
    name: 'CONTINUATION without end',
    counter: 'http2.header_overflow',
    write: (client) => {
      client.frame(1, 0, 1, head)
      for (let i = 0; i < 10_000; i++) client.frame(9, 0, 1, Buffer.from([0, 1, 97, 1, 98]))
    },
  },
  {
    name: 'CONTINUATION of large frames',
    counter: 'http2.header_overflow',
    write: (client) => {
      client.frame(1, 0, 1, head)
      for (let i = 0; i < 300; i++) client.frame(9, 0, 1, Buffer.alloc(16_384, 0x84))
    },
  },
  {
    name: 'blocks of a few bytes that stand for many',
    counter: 'http2.header_overflow',
    keeps: true,
    write: (client) => {
      client.headers(1, true, [...get, ['x-large', inTable]])
      const block = Buffer.concat([head, Buffer.alloc(16_000, 0xbe)])
      for (let i = 0; i < 100; i++) client.frame(1, 0x5, 3 + 2 * i, block)
    },
  },
  {
    name: 'empty DATA',
    counter: 'http2.inbound_empty_frames_flood',
    write: (client) => {
      client.headers(1, false)
      for (let i = 0; i < 10_000; i++) client.data(1, Buffer.alloc(0), false)
    },
  },
  {
    name: 'PRIORITY',
    counter: 'http2.inbound_priority_frames_flood',
    write: (client) => {
      for (let i = 0; i < 10_000; i++) client.frame(2, 0, 3, Buffer.from([0, 0, 0, 5, 0]))
    },
  },
  {
    name: 'WINDOW_UPDATE',
    counter: 'http2.inbound_window_update_frames_flood',
    write: (client) => {
      for (let i = 0; i < 10_000; i++) client.frames.writeWindowUpdate(0, 1)
    },
  },
]

test('what a proxy holds is seen, and no more once it has let go', { timeout }, async () => {
  const proxy = await alone()
  await proxy.hold(2 * boundBytes)
  expect(await proxy.grown()).toBeGreaterThan(boundBytes)
  await proxy.hold(0)
  expect(await proxy.grown()).toBeLessThan(boundBytes)
})

test.each(floods)(
  'many clients at once that send $name are bounded and counted, others are served on',
  { timeout },
  async ({ counter, write, keeps }) => {
    const proxy = await alone()
    const before = await proxy.stat(counter)
    const all = Array.from({ length: clients }, () => {
      const client = new RawClient(proxy.port)
      write(client)
      client.send()
      return client
    })
    expect(await served(proxy.port, 10)).toBe(10)
    if (keeps) {
      const resets = (): number => all.reduce((sum, it) => sum + it.resets.size, 0)
      await expect.poll(resets, patience).toBe(100 * clients)
    } else await Promise.all(all.map((it) => it.whenClosed))
    expect((await proxy.stat(counter)) - before).toBeGreaterThanOrEqual(clients)
    expect(await proxy.grown()).toBeLessThan(boundBytes)
    expect(await served(proxy.port, 10)).toBe(10)
  },
)

test.each([
  ['PING', (it: RawClient) => it.frames.writePing(Buffer.alloc(8), false)],
  ['SETTINGS', (it: RawClient) => it.frames.writeSettings([])],
])(
  'many clients at once that send %s and read no answer are bounded and counted, others are served on',
  { timeout },
  async (_, write) => {
    const proxy = await alone()
    const all = Array.from({ length: clients }, () => {
      const client = new RawClient(proxy.port)
      client.send()
      client.socket.pause()
      return client
    })
    // More than the sockets between hold; what a client has not sent yet waits on its own side.
    const flood = async (client: RawClient): Promise<void> => {
      while (!client.closed) {
        for (let i = 0; i < 5000; i++) write(client)
        if (client.send()) await new Promise(setImmediate)
        else {
          const drained = new Promise((resolve) => client.socket.once('drain', resolve))
          await Promise.race([client.whenClosed, cutOff, drained])
        }
        if (over) return
      }
    }
    let over = false
    const counted = async (): Promise<number> => proxy.stat('http2.outbound_control_flood')
    const { promise: cutOff, resolve } = Promise.withResolvers<void>()
    const done = Promise.all(all.map(flood))
    await expect.poll(counted, patience).toBe(clients)
    over = true
    resolve()
    await done
    expect(await proxy.grown()).toBeLessThan(boundBytes)
    expect(await served(proxy.port, 10)).toBe(10)
  },
)

test.each([
  ['a line without end', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'v'.repeat(mebibyte)}`],
  ['lines without end', `GET / HTTP/1.1\r\nhost: a\r\n${'x: v\r\n'.repeat(mebibyte / 6)}`],
  ['a target without end', `GET /${'a'.repeat(mebibyte)}`],
])(
  'many clients at once that send a head with %s are refused, counted and cut off, others are served on',
  { timeout },
  async (_, text) => {
    const count = 200
    const proxy = await alone()
    const sockets = await ManySockets.open(proxy.port, count, text)
    expect(await served(proxy.port, 10)).toBe(10)
    await expect.poll(() => sockets.closed, patience).toBe(count)
    expect(await proxy.stat('http.test.downstream_cx_protocol_error')).toBe(count)
    expect(await proxy.grown()).toBeLessThan(boundBytes)
    expect(await served(proxy.port, 10)).toBe(10)
  },
)
