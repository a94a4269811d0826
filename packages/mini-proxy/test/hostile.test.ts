import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { ManualClock } from '@meshwright/testkit'
import { afterEach, expect, test } from 'vitest'
import { createProxy, type MeshProxy, type ProxyOptions, viewOf } from '../src/index.ts'
import { cluster, http, listener, saying, tcpProxy, tls } from './resources.ts'
import { exchange, serve } from './sockets.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function started(options: ProxyOptions = {}): MeshProxy {
  const proxy = createProxy(options)
  closing.push(() => proxy.close())
  return proxy
}

const pem = (name: string): string =>
  readFileSync(new URL(`./fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
const transportSocket = tls('Downstream', {
  commonTlsContext: {
    tlsCertificates: [
      {
        certificateChain: { inlineString: pem('server') },
        privateKey: { inlineString: pem('server-key') },
      },
    ],
  },
})
const portOf = (proxy: MeshProxy): number => proxy.listeners.get('in')?.port ?? 0

function held(port: number, first?: Uint8Array): { socket: Socket; closed: Promise<void> } {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.resume()
  if (first !== undefined) socket.write(first)
  return { socket, closed: new Promise((resolve) => socket.once('close', () => resolve())) }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

test('a client that never finishes its ClientHello is cut off, also when chains are chosen by it', async () => {
  for (const filterChainMatch of [undefined, { serverNames: ['server.test'] }]) {
    const time = new ManualClock()
    const proxy = started({ timers: time, clock: time })
    const chain = {
      filters: [saying('never')],
      transportSocket,
      ...(filterChainMatch && { filterChainMatch }),
    }
    await proxy.apply(viewOf({ listeners: [listener('in', [], { filterChains: [chain] })] }))

    const { closed } = held(portOf(proxy), Uint8Array.of(22, 3, 1, 2, 0, 1, 0))
    await until(() => time.pending === 1)
    time.advance(15_000)

    await closed
    await until(() => proxy.activeConnections === 0)
  }
})

test('a client that says nothing goes on after the time the listener grants, if it is told to', async () => {
  const time = new ManualClock()
  const proxy = started({ timers: time, clock: time })
  const inspector =
    'type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector'
  await proxy.apply(
    viewOf({
      listeners: [
        listener('in', [saying('server speaks first')], {
          listenerFilters: [{ name: 'tls', typedConfig: { '@type': inspector } }],
          listenerFiltersTimeout: '2s',
          continueOnListenerFiltersTimeout: true,
        }),
      ],
    }),
  )
  const socket = connect(portOf(proxy), '127.0.0.1')
  const heard = new Promise<string>((resolve) => socket.once('data', (it) => resolve(String(it))))
  await until(() => time.pending === 1)

  time.advance(2000)

  expect(await heard).toBe('server speaks first')
  socket.destroy()
})

test('connections beyond the limit are closed and room is made by those that end', async () => {
  const server = await serve(() => undefined)
  closing.push(server.close)
  const proxy = started({ maxConnections: 2 })
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [tcpProxy('c')])],
      clusters: [cluster('c', [server.port])],
    }),
  )
  const [one, two] = [held(portOf(proxy)), held(portOf(proxy))]
  await until(() => proxy.activeConnections === 2)

  await held(portOf(proxy)).closed
  one.socket.resetAndDestroy()
  await until(() => proxy.activeConnections === 1)
  const three = held(portOf(proxy))
  await until(() => proxy.activeConnections === 2)

  expect(three.socket.destroyed).toBe(false)
  two.socket.resetAndDestroy()
})

test('handshakes that fail in every way leave nothing behind', async () => {
  const proxy = started()
  const chain = { filters: [saying('hello')], transportSocket }
  await proxy.apply(viewOf({ listeners: [listener('in', [], { filterChains: [chain] })] }))
  const port = portOf(proxy)
  const handshake = (options: object): Promise<void> =>
    new Promise((resolve) => {
      const socket = connectTls({ port, host: '127.0.0.1', ...options })
      socket.on('error', () => undefined)
      socket.resume()
      socket.once('close', () => resolve())
    })

  for (let i = 0; i < 20; i++) {
    await handshake({ ca: pem('ca'), servername: 'server.test' })
    await handshake({ ca: pem('other-ca') })
    await handshake({ ca: pem('ca'), minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' })
    await exchange(port, 'nonsense')
    await exchange(port, '')
    const { socket, closed } = held(port, Uint8Array.of(22, 3, 1))
    await until(() => proxy.activeConnections > 0)
    socket.resetAndDestroy()
    await closed
  }

  await until(() => proxy.activeConnections === 0)
  const active = proxy.stats.scope('listener.127.0.0.1_0').gauge('downstream_cx_active')
  expect(active.value).toBe(0)
})

test('an upstream that is silent during the handshake is given up on after the connect timeout', async () => {
  const time = new ManualClock()
  const server = await serve(() => undefined)
  closing.push(server.close)
  const proxy = started({ timers: time, clock: time })
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [tcpProxy('c', { idleTimeout: '0s' })])],
      clusters: [cluster('c', [server.port], { transportSocket: tls('Upstream', {}) })],
    }),
  )
  const { closed } = held(portOf(proxy))
  await until(() => time.pending === 1)

  time.advance(1000)

  await closed
  expect(proxy.stats.counter('cluster.c.upstream_cx_connect_fail').value).toBe(1)
})

test('a relayed connection that is idle is closed at both ends', async () => {
  const time = new ManualClock()
  const server = await serve(() => undefined)
  closing.push(server.close)
  const proxy = started({ timers: time, clock: time })
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [tcpProxy('c', { idleTimeout: '10s' })])],
      clusters: [cluster('c', [server.port])],
    }),
  )
  const { socket, closed } = held(portOf(proxy), Uint8Array.of(1))
  const received = proxy.stats.counter('tcp.test.downstream_cx_rx_bytes_total')
  await until(() => received.value === 1)
  time.advance(9000)
  socket.write('x')
  await until(() => received.value === 2)

  time.advance(1000)
  expect(proxy.activeConnections).toBe(1)
  time.advance(10_000)

  await closed
  await until(() => proxy.activeConnections === 0)
})

test('a server name cannot add a line to the access log', async () => {
  const lines: string[] = []
  const proxy = started({ accessLog: (line) => lines.push(line) })
  const manager = http('none', {
    accessLog: [
      {
        name: 'out',
        typedConfig: {
          '@type': 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
          logFormat: { textFormatSource: { inlineString: '%REQUESTED_SERVER_NAME%\n' } },
        },
      },
    ],
  })
  const filterChains = [{ filters: [manager], transportSocket }]
  await proxy.apply(viewOf({ listeners: [listener('in', [], { filterChains })] }))

  const socket = connectTls({
    port: portOf(proxy),
    host: '127.0.0.1',
    servername: 'a\nforged\u001b[31m',
    rejectUnauthorized: false,
  })
  socket.resume()
  socket.end('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await new Promise((resolve) => socket.once('close', resolve))
  await until(() => lines.length > 0)

  expect(lines).toEqual(['a\\x0aforged\\x1b[31m\n'])
})
