import { connect } from 'node:net'
import { ManualClock } from '@meshwright/testkit'
import { afterEach, expect, test } from 'vitest'
import { createProxy, type MeshProxy, viewOf } from '../src/index.ts'
import { cluster, listener, saying, tcpProxy } from './resources.ts'
import { echo, exchange, serve } from './sockets.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function started(): MeshProxy {
  const proxy = createProxy()
  closing.push(() => proxy.close())
  return proxy
}

async function echoServer(): Promise<number> {
  const server = await serve(echo)
  closing.push(server.close)
  return server.port
}

function portOf(proxy: MeshProxy, name: string): number {
  return proxy.listeners.get(name)?.port ?? 0
}

test('answers with a direct response and closes', async () => {
  const proxy = started()

  await proxy.apply(viewOf({ listeners: [listener('hello', [saying('hello')])] }))

  expect(await exchange(portOf(proxy, 'hello'), 'anything')).toBe('hello')
})

test('relays both ways and passes on the half-close', async () => {
  const proxy = started()
  const port = await echoServer()

  await proxy.apply(
    viewOf({
      listeners: [listener('in', [tcpProxy('echo')])],
      clusters: [cluster('echo', [port])],
    }),
  )

  expect(await exchange(portOf(proxy, 'in'), 'there and back')).toBe('there and back')
})

test('relays ten megabytes to a reader that pauses', async () => {
  const proxy = started()
  const size = 10_000_000
  const server = await serve((socket) => socket.end(Buffer.alloc(size, 'x')))
  closing.push(server.close)
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [tcpProxy('big')])],
      clusters: [cluster('big', [server.port])],
    }),
  )

  const heard = await new Promise<number>((resolve) => {
    let count = 0
    const socket = connect(portOf(proxy, 'in'), '127.0.0.1')
    socket.on('data', (chunk) => {
      count += chunk.length
      socket.pause()
      setImmediate(() => socket.resume())
    })
    socket.once('close', () => resolve(count))
  })

  expect(heard).toBe(size)
})

test('closes a connection whose cluster has no host, does not exist, or refuses', async () => {
  const proxy = started()
  const refused = await serve(() => undefined)
  await refused.close()

  await proxy.apply(
    viewOf({
      listeners: [
        listener('empty', [tcpProxy('empty')]),
        listener('missing', [tcpProxy('missing')]),
        listener('refused', [tcpProxy('refused', { maxConnectAttempts: 2 })]),
      ],
      clusters: [cluster('empty', []), cluster('refused', [refused.port])],
    }),
  )

  for (const name of ['empty', 'missing', 'refused']) {
    expect(await exchange(portOf(proxy, name), 'x')).toBe('')
  }
  const counted = new Map(proxy.stats.list().map((it) => [it.name, it.instrument]))
  expect(counted.get('cluster.refused.upstream_cx_connect_fail')).toMatchObject({ value: 2 })
  expect(counted.get('cluster.empty.upstream_cx_none_healthy')).toMatchObject({ value: 1 })
  expect(counted.get('tcp.test.downstream_cx_no_route')).toMatchObject({ value: 1 })
})

test('refuses connections beyond the circuit breaker and takes new ones once others are gone', async () => {
  const proxy = started()
  const port = await echoServer()
  const circuitBreakers = { thresholds: [{ maxConnections: 1 }] }
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [tcpProxy('echo')])],
      clusters: [cluster('echo', [port], { circuitBreakers })],
    }),
  )
  const first = connect(portOf(proxy, 'in'), '127.0.0.1')
  await new Promise((resolve) => first.write('hold', () => first.once('data', resolve)))

  expect(await exchange(portOf(proxy, 'in'), 'second')).toBe('')

  await new Promise((resolve) => first.once('close', resolve).end())
  expect(await exchange(portOf(proxy, 'in'), 'third')).toBe('third')
})

test('shares connections by weight', async () => {
  const proxy = started()
  const [a, b] = [await serve((it) => it.end('a')), await serve((it) => it.end('b'))]
  closing.push(a.close, b.close)
  const weightedClusters = {
    clusters: [
      { name: 'a', weight: 1 },
      { name: 'b', weight: 3 },
    ],
  }

  await proxy.apply(
    viewOf({
      listeners: [listener('in', [tcpProxy('', { cluster: undefined, weightedClusters })])],
      clusters: [cluster('a', [a.port]), cluster('b', [b.port])],
    }),
  )
  const heard: string[] = []
  for (let i = 0; i < 40; i++) heard.push(await exchange(portOf(proxy, 'in'), ''))

  expect(new Set(heard)).toEqual(new Set(['a', 'b']))
})

test('writes a line per connection to the access log', async () => {
  const lines: string[] = []
  const proxy = createProxy({ accessLog: (line, path) => void lines.push(`${path} ${line}`) })
  closing.push(() => proxy.close())
  const port = await echoServer()
  const accessLog = [
    {
      name: 'file',
      typedConfig: {
        '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
        path: '/dev/stdout',
        logFormat: {
          textFormatSource: {
            inlineString:
              '%UPSTREAM_CLUSTER% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %UPSTREAM_HOST%\n',
          },
        },
      },
    },
  ]
  await proxy.apply(
    viewOf({
      listeners: [
        listener('in', [tcpProxy('echo', { accessLog })]),
        listener('empty', [tcpProxy('empty', { accessLog })]),
      ],
      clusters: [cluster('echo', [port]), cluster('empty', [])],
    }),
  )

  await exchange(portOf(proxy, 'in'), 'four')
  await exchange(portOf(proxy, 'empty'), '')

  expect(lines).toEqual([
    `/dev/stdout echo - 4 4 127.0.0.1:${port}\n`,
    '/dev/stdout empty UH 0 0 -\n',
  ])
})

test('a port in use is reported and does not stop the other listeners', async () => {
  const proxy = started()
  const port = await echoServer()

  await proxy.apply(
    viewOf({
      listeners: [
        listener('taken', [saying('never')], {
          address: { socketAddress: { address: '127.0.0.1', portValue: port } },
        }),
        listener('free', [saying('here')]),
      ],
    }),
  )

  expect(proxy.listeners.has('taken')).toBe(false)
  expect(await exchange(portOf(proxy, 'free'), '')).toBe('here')
  const failures = proxy.stats.counter('listener_manager.listener_create_failure')
  expect(failures.value).toBe(1)
})

test('of two listeners with one address the first keeps it, and the other is reported', async () => {
  const messages: string[] = []
  const proxy = createProxy({ log: (entry) => void messages.push(entry.message) })
  closing.push(() => proxy.close())
  const first = listener('first', [saying('first')])
  const free = await serve(() => undefined)
  await free.close()
  const address = { socketAddress: { address: '127.0.0.1', portValue: free.port } }

  await proxy.apply(
    viewOf({
      listeners: [{ ...first, address }, listener('second', [saying('second')], { address })],
    }),
  )

  expect(await exchange(free.port, '')).toBe('first')
  expect(messages).toEqual([
    `listener second cannot bind 127.0.0.1:${free.port}: it is the address of first`,
  ])
})

test('a port in use is taken once it is free, and not after a drain', async () => {
  const time = new ManualClock()
  const proxy = createProxy({ timers: time, clock: time })
  closing.push(() => proxy.close())
  const predecessor = await serve((socket) => socket.end('old'))
  const address = { socketAddress: { address: '127.0.0.1', portValue: predecessor.port } }
  const wanted = viewOf({ listeners: [listener('in', [saying('new')], { address })] })
  await proxy.apply(wanted)
  expect(await exchange(predecessor.port, '')).toBe('old')

  await predecessor.close()
  time.advance(1000)
  while (!proxy.listeners.has('in')) await new Promise((resolve) => setImmediate(resolve))
  expect(await exchange(predecessor.port, '')).toBe('new')

  await proxy.drain()
  await proxy.apply(viewOf({ listeners: [...wanted.listeners.values()].map((it) => ({ ...it })) }))
  expect(proxy.listeners.size).toBe(0)
})

test('tries to bind that fail leave nothing behind, however many they are', async () => {
  const warnings: string[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning.message)
  process.on('warning', onWarning)
  closing.push(async () => void process.off('warning', onWarning))
  const time = new ManualClock()
  const proxy = createProxy({ timers: time, clock: time })
  closing.push(() => proxy.close())
  const holder = await serve((socket) => socket.end('held'))
  closing.push(holder.close)
  const address = { socketAddress: { address: '127.0.0.1', portValue: holder.port } }
  await proxy.apply(viewOf({ listeners: [listener('in', [saying('new')], { address })] }))

  for (let i = 0; i < 20; i++) {
    expect(time.pending).toBe(1)
    time.advance(1000)
    while (time.pending === 0) await new Promise((resolve) => setImmediate(resolve))
  }

  expect(warnings).toEqual([])
})

test('a changed listener keeps its port and its old connections', async () => {
  const proxy = started()
  const port = await echoServer()
  const clusters = [cluster('echo', [port])]
  await proxy.apply(viewOf({ listeners: [listener('in', [tcpProxy('echo')])], clusters }))
  const bound = portOf(proxy, 'in')
  const old = connect(bound, '127.0.0.1')
  const heard = (text: string): Promise<string> =>
    new Promise((resolve) => {
      old.once('data', (chunk) => resolve(String(chunk)))
      old.write(text)
    })
  expect(await heard('before')).toBe('before')

  await proxy.apply(viewOf({ listeners: [listener('in', [saying('changed')])], clusters }))

  expect(portOf(proxy, 'in')).toBe(bound)
  expect(await exchange(bound, '')).toBe('changed')
  expect(await heard('after')).toBe('after')
  old.destroy()
})

test('a removed listener closes its port and a refused one changes nothing', async () => {
  const proxy = started()
  const good = listener('in', [saying('good')])
  await proxy.apply(viewOf({ listeners: [good] }))
  const bound = portOf(proxy, 'in')

  const bad = listener('bad', [{ name: 'what', typedConfig: { '@type': 'x/acme.What' } }])
  await expect(proxy.apply(viewOf({ listeners: [bad] }))).rejects.toMatchObject({
    code: 'ERR_PROXY_CONFIG',
  })
  expect(await exchange(bound, '')).toBe('good')

  await proxy.apply(viewOf({}))
  expect(proxy.listeners.size).toBe(0)
  await expect(
    new Promise((resolve, reject) =>
      connect(bound, '127.0.0.1', resolve as () => void).once('error', reject),
    ),
  ).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
