// Connections for tcp_proxy that are made before there is a client: what the host says on them, and how they end.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { ManualClock } from '@meshwright/testkit'
import { afterEach, expect, test } from 'vitest'
import { createProxy, type MeshProxy, type ProxyOptions, viewOf } from '../src/index.ts'
import { cluster, listener, tcpProxy } from './resources.ts'
import { echo, exchange, serve } from './sockets.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A proxy that keeps twice as many connections to the host as it has clients. */
async function preconnecting(
  onSocket: (socket: Socket) => void,
  options: ProxyOptions = {},
): Promise<{ readonly proxy: MeshProxy; readonly port: number; active(): number }> {
  const server = await serve(onSocket)
  closing.push(server.close)
  const proxy = createProxy(options)
  closing.push(() => proxy.close())
  const app = cluster('app', [server.port], {
    preconnectPolicy: { perUpstreamPreconnectRatio: 2 },
  })
  await proxy.apply(viewOf({ listeners: [listener('in', [tcpProxy('app')])], clusters: [app] }))
  return {
    proxy,
    port: proxy.listeners.get('in')?.port ?? 0,
    active: () => proxy.stats.gauge('cluster.app.upstream_cx_active').value,
  }
}

/** The same after its first client, with one connection for the next: the second that its host has accepted. */
async function served(): Promise<
  Awaited<ReturnType<typeof preconnecting>> & { readonly accepted: readonly Socket[] }
> {
  const accepted: Socket[] = []
  const it = await preconnecting((socket) => {
    accepted.push(socket)
    echo(socket)
  })
  expect(await exchange(it.port, 'first')).toBe('first')
  await expect.poll(() => [accepted.length, it.active()]).toEqual([2, 1])
  return { ...it, accepted }
}

test('the second client gets a connection that was there before it', async () => {
  const it = await served()
  expect(await exchange(it.port, 'second')).toBe('second')
  // One more for the next client.
  await expect.poll(() => [it.accepted.length, it.active()]).toEqual([3, 1])
})

test('what the host says first is kept for the client that comes', async () => {
  const it = await preconnecting((socket) => {
    socket.write('220 ready ')
    echo(socket)
  })
  for (const text of ['one', 'two', 'three']) {
    expect(await exchange(it.port, text)).toBe(`220 ready ${text}`)
    await expect.poll(() => it.active()).toBe(1)
  }
})

test('a connection that the host has ended is given to no client', async () => {
  const it = await served()
  it.accepted[1]?.end()
  await expect.poll(() => it.active()).toBe(0)
  expect(await exchange(it.port, 'second')).toBe('second')
})

test('a connection that no client wants ends after ten minutes', async () => {
  const time = new ManualClock()
  const it = await preconnecting(echo, { clock: time, timers: time })
  expect(await exchange(it.port, 'only')).toBe('only')
  await expect.poll(() => it.active()).toBe(1)
  time.advance(590_000)
  // Were it closed, that would be heard by then.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  expect(it.active()).toBe(1)
  await expect
    .poll(() => {
      time.advance(1000)
      return it.active()
    })
    .toBe(0)
})

test('connections that no client has yet end with their host', async () => {
  const it = await served()
  const [, spare] = it.accepted
  const over = spare === undefined ? undefined : once(spare, 'close')
  await it.proxy.apply(viewOf({ listeners: [], clusters: [] }))
  await over
  await expect.poll(() => it.active()).toBe(0)
})
