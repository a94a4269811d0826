import { Agent, createServer, get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { ManualClock, seededRandom } from '@meshwright/testkit'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { avoidsSockets } from '../src/channel/open-channel.ts'
import { createProxy, type MeshProxy, type ProxyOptions, viewOf } from '../src/index.ts'
import { ask as askH2, h2 } from './http2/h2-client.ts'
import { cluster, http, listener, routesTo, saying, tcpProxy, tls } from './resources.ts'
import { echo, exchange, serve } from './sockets.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const monitors = 'type.googleapis.com/envoy.extensions.resource_monitors'
const heap = {
  name: 'heap',
  typedConfig: {
    '@type': `${monitors}.fixed_heap.v3.FixedHeapConfig`,
    maxHeapSizeBytes: '1000',
  },
}

function action(name: string, trigger: object = { threshold: { value: 0.9 } }): object {
  return { name: `envoy.overload_actions.${name}`, triggers: [{ name: 'heap', ...trigger }] }
}

interface Setup {
  readonly proxy: MeshProxy
  readonly port: number
  readonly tcpPort: number
  /** Lets the proxy see so many bytes in use. */
  fill(bytes: number): void
  stat(name: string): number | undefined
}

async function started(options: ProxyOptions, more: object = {}, hcm: object = {}): Promise<Setup> {
  const app = createServer((request, response) => {
    const { url } = request
    if (url === '/slow') {
      response.write('beginning')
      request.resume().once('end', () => response.end('end'))
    } else response.end(url === '/large' ? Buffer.alloc(4_000_000) : 'hello')
  })
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  const address = app.address()
  const server = await serve(echo)
  const clock = new ManualClock()
  let used = 0
  const proxy = createProxy({
    timers: clock,
    clock,
    random: seededRandom(5),
    heapBytes: () => used,
    ...options,
  })
  closing.push(async () => {
    await proxy.close()
    await server.close()
    app.closeAllConnections()
    await new Promise((resolve) => app.close(resolve))
  })
  await proxy.apply(
    viewOf({
      listeners: [
        listener('in', [http('r', hcm)], more),
        listener('tcp', [tcpProxy('echo')], { statPrefix: 'tcp', ...more }),
      ],
      clusters: [
        cluster('app', [typeof address === 'object' && address ? address.port : 0]),
        cluster('echo', [server.port]),
      ],
      routes: [routesTo('r', 'app')],
    }),
  )
  return {
    proxy,
    port: proxy.listeners.get('in')?.port ?? 0,
    tcpPort: proxy.listeners.get('tcp')?.port ?? 0,
    fill: (bytes) => {
      used = bytes
      clock.advance(1000)
    },
    stat: (name) => {
      const found = proxy.stats.list().find((it) => it.name === name)?.instrument
      return found?.kind === 'histogram' ? undefined : found?.value
    },
  }
}

function pem(name: string): { filename: string } {
  return { filename: fileURLToPath(new URL(`./fixtures/tls/${name}.pem`, import.meta.url)) }
}

const agent = new Agent({ keepAlive: true })
closing.push(async () => void agent.destroy())

function ask(port: number): Promise<{ status: number; body: string; last: boolean }> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent }, (response) => {
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body,
          last: response.headers.connection === 'close',
        }),
      )
    }).once('error', reject)
  })
}

interface Held {
  readonly socket: Socket
  readonly closed: Promise<unknown>
  /** How many bytes have come, and which. */
  heard(): number
  text(): string
}

function held(port: number): Held {
  const socket = connect(port, '127.0.0.1')
  let heard = 0
  let text = ''
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    heard += chunk.length
    if (heard < 10_000) text += chunk
  })
  closing.push(async () => void socket.destroy())
  return {
    socket,
    heard: () => heard,
    text: () => text,
    closed: new Promise((resolve) => socket.once('close', resolve)),
  }
}

describe('as memory fills up', () => {
  test('requests are refused, and served again when there is room', async () => {
    const overload = { resourceMonitors: [heap], actions: [action('stop_accepting_requests')] }
    const { port, fill, stat } = await started({ overload })
    expect((await ask(port)).status).toBe(200)

    fill(950)
    const refused = await ask(port)

    expect(refused).toMatchObject({ status: 503, body: 'envoy overloaded' })
    expect(stat('http.test.downstream_rq_overload_close')).toBe(1)
    expect(stat('overload.heap.pressure')).toBe(95)
    expect(stat('overload.envoy.overload_actions.stop_accepting_requests.active')).toBe(1)
    fill(100)
    expect((await ask(port)).status).toBe(200)
    expect(stat('overload.envoy.overload_actions.stop_accepting_requests.active')).toBe(0)
  })

  test('a scaled trigger refuses a share', async () => {
    const scaled = { scaled: { scalingThreshold: 0.5, saturationThreshold: 0.9 } }
    const overload = {
      resourceMonitors: [heap],
      actions: [action('stop_accepting_requests', scaled)],
    }
    const { port, fill } = await started({ overload })

    fill(700)
    let refused = 0
    for (let i = 0; i < 200; i++) if ((await ask(port)).status === 503) refused++

    expect(refused).toBeGreaterThan(70)
    expect(refused).toBeLessThan(130)
  })

  test('answers become the last of their connections', async () => {
    const overload = { resourceMonitors: [heap], actions: [action('disable_http_keepalive')] }
    const { port, fill, stat } = await started({ overload })
    expect((await ask(port)).last).toBe(false)

    fill(950)

    expect(await ask(port)).toMatchObject({ status: 200, last: true })
    expect(stat('http.test.downstream_cx_overload_disable_keepalive')).toBe(1)
  })

  // Node's public API has no way to leave connections where they are.
  const closers = avoidsSockets ? [] : ['stop_accepting_connections']
  test.each(['reject_incoming_connections', ...closers])(
    'connections are closed as they come by %s, but for a listener that must be reached',
    async (name) => {
      const overload = { resourceMonitors: [heap], actions: [action(name)] }
      const closed = await started({ overload })
      const spared = await started({ overload }, { bypassOverloadManager: true })
      const before = held(closed.tcpPort)
      before.socket.write('ping')
      await vi.waitFor(() => expect(before.heard()).toBe(4))

      closed.fill(950)
      spared.fill(950)
      await held(closed.tcpPort).closed
      const served = held(spared.tcpPort)
      served.socket.write('ping')
      before.socket.write('still here')

      await vi.waitFor(() => expect(served.heard()).toBe(4))
      await vi.waitFor(() => expect(before.heard()).toBe(14))
      expect(closed.stat('listener.tcp.downstream_cx_overload_reject')).toBe(1)
    },
  )

  if (avoidsSockets) {
    test('connections wait where they are by stop_accepting_connections, and are served when there is room', async () => {
      const scaled = { scaled: { scalingThreshold: 0.5, saturationThreshold: 0.9 } }
      const actions = [action('stop_accepting_connections', scaled)]
      const overload = { resourceMonitors: [heap], actions }
      const { tcpPort, port, fill, stat } = await started({ overload })
      const before = held(tcpPort)
      before.socket.write('ping')
      await vi.waitFor(() => expect(before.heard()).toBe(4))

      fill(950)
      const waiting = held(tcpPort)
      waiting.socket.write('ping')
      await new Promise((resolve) => waiting.socket.once('connect', resolve))
      before.socket.write('still here')
      await vi.waitFor(() => expect(before.heard()).toBe(14))
      expect(stat('listener.tcp.downstream_cx_total')).toBe(1)
      expect(stat('listener.tcp.downstream_cx_overload_reject')).toBe(0)
      fill(700)

      await vi.waitFor(() => expect(waiting.heard()).toBe(4))
      expect(stat('listener.tcp.downstream_cx_total')).toBe(2)
      fill(950)
      fill(100)
      expect((await ask(port)).status).toBe(200)
    })

    test('so do those of a listener that comes meanwhile, but for one that must be reached', async () => {
      const overload = { resourceMonitors: [heap], actions: [action('stop_accepting_connections')] }
      const { proxy, fill } = await started({ overload })
      fill(950)
      const spared = listener('spared', [saying('spared')], { bypassOverloadManager: true })
      await proxy.apply(viewOf({ listeners: [listener('late', [saying('late')]), spared] }))
      const late = held(proxy.listeners.get('late')?.port ?? 0)
      await new Promise((resolve) => late.socket.once('connect', resolve))

      expect(await exchange(proxy.listeners.get('spared')?.port ?? 0, 'hello')).toBe('spared')
      expect(late.heard()).toBe(0)
      fill(100)

      await vi.waitFor(() => expect(late.heard()).toBe(4))
    })
  }

  test('connections that hold the most are ended, the others are not', async () => {
    const overload = { resourceMonitors: [heap], actions: [action('reset_high_memory_stream')] }
    const { tcpPort, fill, stat } = await started({ overload })
    const greedy = held(tcpPort)
    greedy.socket.pause()
    const modest = held(tcpPort)
    greedy.socket.write(Buffer.alloc(20_000_000))
    modest.socket.write('ping')
    await vi.waitFor(() => expect(modest.heard()).toBe(4))

    await vi.waitFor(
      () => {
        fill(950)
        expect(stat('overload.envoy.overload_actions.reset_high_memory_stream.count')).toBe(1)
      },
      { timeout: 15_000 },
    )
    greedy.socket.resume()
    await greedy.closed
    modest.socket.write('ping')

    await vi.waitFor(() => expect(modest.heard()).toBe(8))
  }, 20_000)

  test('requests over HTTP/2 are refused one by one, and their connection serves on', async () => {
    const overload = { resourceMonitors: [heap], actions: [action('stop_accepting_requests')] }
    const { port, fill, stat } = await started({ overload })
    const session = h2(port)
    expect((await askH2(session)).status).toBe(200)

    fill(950)
    const refused = await Promise.all([askH2(session), askH2(session)])

    expect(refused.map(({ status, body }) => `${status} ${body}`)).toEqual([
      '503 envoy overloaded',
      '503 envoy overloaded',
    ])
    expect(stat('http.test.downstream_rq_overload_close')).toBe(2)
    fill(100)
    expect((await askH2(session)).status).toBe(200)
    expect(stat('http.test.downstream_cx_http2_total')).toBe(1)
  })

  test('clients of HTTP/2 are told to leave, and still get their answers', async () => {
    const overload = { resourceMonitors: [heap], actions: [action('disable_http_keepalive')] }
    const { port, fill, stat } = await started({ overload })
    const session = h2(port)
    const left = new Promise((resolve) => session.once('goaway', resolve))
    expect((await askH2(session)).status).toBe(200)
    expect(stat('http.test.downstream_cx_overload_disable_keepalive')).toBe(0)

    fill(950)

    expect((await askH2(session)).status).toBe(200)
    expect(await left).toBe(0)
    expect(stat('http.test.downstream_cx_overload_disable_keepalive')).toBe(1)
    await vi.waitFor(() => expect(session.closed).toBe(true))
  })

  test('streams of HTTP/2 that hold the most are reset, the others on their connection are not', async () => {
    const overload = { resourceMonitors: [heap], actions: [action('reset_high_memory_stream')] }
    const { port, fill, stat } = await started({ overload })
    const session = h2(port)
    const greedy = session.request({ ':path': '/large' })
    // Its window is used up, and the rest of the answer waits in the proxy.
    greedy.pause()
    const reset = new Promise((resolve) => greedy.once('error', resolve))

    await vi.waitFor(() => {
      fill(950)
      expect(stat('overload.envoy.overload_actions.reset_high_memory_stream.count')).toBe(1)
    })

    expect(await reset).toMatchObject({ message: expect.stringContaining('ENHANCE_YOUR_CALM') })
    expect((await askH2(session)).status).toBe(200)
    await vi.waitFor(() => expect(stat('http.test.downstream_rq_active')).toBe(0))
    await vi.waitFor(() => expect(stat('cluster.app.upstream_rq_active')).toBe(0))
  })

  test('what is not measured or done is warned of, a heap without a size refused', () => {
    const warnings: string[] = []
    const overload = {
      resourceMonitors: [heap, { name: 'cpu', typedConfig: { '@type': 'x/y.Cpu' } }],
      actions: [action('shrink_heap')],
    }
    const proxy = createProxy({ overload, log: ({ message }) => warnings.push(message) })
    closing.push(() => proxy.close())

    expect(warnings).toEqual([
      'overload_manager.resource_monitors cpu is accepted but does nothing',
      'overload_manager.actions envoy.overload_actions.shrink_heap is accepted but does nothing',
    ])
    const none = { ...heap, typedConfig: { '@type': heap.typedConfig['@type'] } }
    expect(() => createProxy({ overload: { resourceMonitors: [none] } })).toThrow(/has no limit/)
  })
})

test('a listener that must be reached is spared what is done to requests and answers, too', async () => {
  const names = ['stop_accepting_requests', 'disable_http_keepalive']
  const decode = {
    ...action(''),
    name: 'envoy.load_shed_points.http_connection_manager_decode_headers',
  }
  const overload = {
    resourceMonitors: [heap],
    actions: names.map((it) => action(it)),
    loadshedPoints: [decode],
  }
  const { port, fill } = await started({ overload }, { bypassOverloadManager: true })

  fill(950)

  expect(await ask(port)).toMatchObject({ status: 200, last: false })
})

test('an update that spares a listener, or spares it no more, holds for its chains at once', async () => {
  const overload = { resourceMonitors: [heap], actions: [action('stop_accepting_requests')] }
  const { proxy, port, fill } = await started({ overload })
  const { clusters, routes } = proxy.view
  const update = (more: object): Promise<void> =>
    proxy.apply({ ...viewOf({ listeners: [listener('in', [http('r')], more)] }), clusters, routes })
  fill(950)
  expect(await ask(port)).toMatchObject({ status: 503 })

  // What was kept alive hears of it with the next answer.
  const next = (): Promise<unknown> => ask(port).then(() => ask(port))
  await update({ bypassOverloadManager: true })
  expect(await next()).toMatchObject({ status: 200 })

  await update({})
  expect(await next()).toMatchObject({ status: 503 })
})

test('names that every object has are no points and no actions', () => {
  const messages: string[] = []
  const points = { name: 'constructor', triggers: [] }
  const overload = { actions: [{ name: 'toString', triggers: [] }], loadshedPoints: [points] }
  createProxy({ overload, log: ({ message }) => messages.push(message) })
  expect(messages).toEqual([
    'overload_manager.actions toString is accepted but does nothing',
    'overload_manager.loadshed_points constructor is accepted but does nothing',
  ])
})

describe('timeouts are reduced', () => {
  const type = 'type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig'
  const reducing = (
    timer: string,
    least: object,
    trigger?: object,
  ): NonNullable<ProxyOptions['overload']> => ({
    resourceMonitors: [heap],
    actions: [
      {
        ...action('reduce_timeouts', trigger),
        typedConfig: { '@type': type, timerScaleFactors: [{ timer, ...least }] },
      },
    ],
  })
  const halfway = { scaled: { scalingThreshold: 0.5, saturationThreshold: 0.9 } }
  const idle = { commonHttpProtocolOptions: { idleTimeout: '20s' } }
  const connectionIdle = reducing('HTTP_DOWNSTREAM_CONNECTION_IDLE', { minTimeout: '2s' }, halfway)
  const opened = {
    'HTTP/1': async (port: number) => {
      const kept = held(port)
      kept.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
      await vi.waitFor(() => expect(kept.text()).toContain('hello'))
      return { closed: kept.closed }
    },
    'HTTP/2': async (port: number) => {
      const session = h2(port)
      expect((await askH2(session)).status).toBe(200)
      return { closed: new Promise((resolve) => session.once('close', resolve)) }
    },
    'what has not been said': async (port: number) => ({ closed: held(port).closed }),
  }

  test.each(Object.entries(opened))(
    'by their share, of connections that wait already, over %s',
    async (_, open) => {
      const { port, fill, stat } = await started({ overload: connectionIdle }, {}, idle)
      const { closed } = await open(port)
      await vi.waitFor(() => expect(stat('http.test.downstream_cx_active')).toBe(1))
      await vi.waitFor(() => expect(stat('http.test.downstream_rq_active')).toBe(0))

      // Half of what lies between 2 and 20 seconds is given up.
      for (let second = 0; second < 9; second++) fill(700)
      expect(stat('overload.envoy.overload_actions.reduce_timeouts.scale_percent')).toBe(50)
      await new Promise(setImmediate)
      expect(stat('http.test.downstream_cx_active')).toBe(1)
      for (let second = 0; second < 4; second++) fill(700)

      await closed
      await vi.waitFor(() => expect(stat('http.test.downstream_cx_active')).toBe(0))
    },
  )

  test('no further than they may be', async () => {
    const { port, fill, stat } = await started({ overload: connectionIdle }, {}, idle)
    const { closed } = await opened['HTTP/1'](port)
    await vi.waitFor(() => expect(stat('http.test.downstream_rq_active')).toBe(0))

    fill(950)
    await new Promise(setImmediate)
    expect(stat('http.test.downstream_cx_active')).toBe(1)
    for (let second = 0; second < 3; second++) fill(950)

    await closed
  })

  test('of one proxy, and not of another that waits on the same timers', async () => {
    const clock = new ManualClock()
    const both = { overload: connectionIdle, timers: clock, clock }
    const hurried = await started(both, {}, idle)
    const calm = await started(both, {}, idle)
    const kept = [await opened['HTTP/1'](hurried.port), await opened['HTTP/1'](calm.port)]
    const active = (): (number | undefined)[] =>
      [hurried, calm].map(({ stat }) => stat('http.test.downstream_cx_active'))
    await vi.waitFor(() => {
      for (const { stat } of [hurried, calm]) expect(stat('http.test.downstream_rq_active')).toBe(0)
    })

    hurried.fill(950)
    for (let second = 0; second < 4; second++) clock.advance(1000)

    await kept[0]?.closed
    await vi.waitFor(() => expect(active()).toEqual([0, 1]))
  })

  test('of requests of which nothing is heard', async () => {
    const overload = reducing('HTTP_DOWNSTREAM_STREAM_IDLE', { minScale: { value: 10 } })
    const { port, fill, stat } = await started({ overload })
    const quiet = held(port)
    quiet.socket.write('POST /slow HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n')
    await vi.waitFor(() => expect(quiet.text()).toContain('beginning'))

    for (let second = 0; second < 60; second++) fill(100)
    expect(stat('http.test.downstream_rq_idle_timeout')).toBe(0)
    fill(950)
    fill(950)

    expect(stat('http.test.downstream_rq_idle_timeout')).toBe(1)
    await quiet.closed
  })

  test('of handshakes that begin now', async () => {
    const commonTlsContext = {
      tlsCertificates: [{ certificateChain: pem('server'), privateKey: pem('server-key') }],
    }
    const transportSocket = tls('Downstream', { commonTlsContext })
    const overload = reducing('TRANSPORT_SOCKET_CONNECT', { minTimeout: '2s' })
    const { proxy, fill } = await started({ overload })
    const chain = { filters: [saying('hi')], transportSocket }
    await proxy.apply(viewOf({ listeners: [listener('tls', [], { filterChains: [chain] })] }))
    fill(950)
    const silent = held(proxy.listeners.get('tls')?.port ?? 0)
    await vi.waitFor(() => expect(proxy.activeConnections).toBe(1))

    for (let second = 0; second < 3; second++) fill(950)

    await silent.closed
  })

  test('by nothing that is not said, and of no timer that is not reached', () => {
    const warnings: string[] = []
    const overload = reducing('HTTP_DOWNSTREAM_STREAM_FLUSH', {})
    const proxy = createProxy({ overload, log: ({ message }) => warnings.push(message) })
    closing.push(() => proxy.close())

    expect(warnings).toEqual([
      'overload_manager.actions envoy.overload_actions.reduce_timeouts: HTTP_DOWNSTREAM_STREAM_FLUSH is accepted but does nothing',
    ])
    const vague = { resourceMonitors: [heap], actions: [action('reduce_timeouts')] }
    expect(() => createProxy({ overload: vague })).toThrow(/needs a typed_config/)
  })
})

describe('load is shed', () => {
  const full = { resourceMonitors: [heap] }
  const point = (name: string, trigger: object = { threshold: { value: 0.9 } }): object => ({
    name: `envoy.load_shed_points.${name}`,
    triggers: [{ name: 'heap', ...trigger }],
  })
  const shedding = (...args: Parameters<typeof point>): Promise<Setup> =>
    started({ overload: { ...full, loadshedPoints: [point(...args)] } })
  const shedStat = (name: string, what: string): string =>
    `overload.envoy.load_shed_points.${name}.${what}`

  test('where connections are accepted: they are closed', async () => {
    const name = 'tcp_listener_accept'
    const { tcpPort, fill, stat } = await shedding(name)
    const before = held(tcpPort)
    before.socket.write('ping')
    await vi.waitFor(() => expect(before.heard()).toBe(4))
    expect(stat(shedStat(name, 'scale_percent'))).toBe(0)

    fill(950)
    await held(tcpPort).closed
    before.socket.write('still here')

    await vi.waitFor(() => expect(before.heard()).toBe(14))
    expect(stat('listener.tcp.downstream_cx_overload_reject')).toBe(1)
    expect(stat(shedStat(name, 'scale_percent'))).toBe(100)
    expect(stat(shedStat(name, 'shed_load_count'))).toBe(1)
  })

  test('where requests begin: they are answered, a share of them by a scaled trigger', async () => {
    const name = 'http_connection_manager_decode_headers'
    const scaled = { scaled: { scalingThreshold: 0.5, saturationThreshold: 0.9 } }
    const { port, fill, stat } = await shedding(name, scaled)

    fill(700)
    expect(stat(shedStat(name, 'scale_percent'))).toBe(50)
    let refused = 0
    for (let i = 0; i < 200; i++) {
      const { status, body } = await ask(port)
      if (status === 503 && body === 'envoy overloaded') refused++
    }

    expect(refused).toBeGreaterThan(70)
    expect(refused).toBeLessThan(130)
    expect(stat(shedStat(name, 'shed_load_count'))).toBe(refused)
    expect(stat('http.test.downstream_rq_overload_close')).toBe(refused)
  })

  test('where HTTP/1 is read: what comes is answered 500, and its connection closed', async () => {
    const name = 'http1_server_abort_dispatch'
    const { port, fill, stat } = await shedding(name)
    const spared = h2(port)
    const kept = held(port)
    kept.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await vi.waitFor(() => expect(kept.text()).toMatch(/200 OK[\s\S]*hello/))

    fill(950)
    kept.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await kept.closed

    expect(kept.text()).toMatch(
      /hello.*HTTP\/1.1 500 [\s\S]*connection: close[\s\S]*Internal Server Error$/s,
    )
    expect(stat('http.test.downstream_rq_overload_close')).toBe(1)
    expect(stat('http.test.downstream_cx_protocol_error')).toBe(0)
    expect(stat(shedStat(name, 'shed_load_count'))).toBe(1)
    expect((await askH2(spared)).status).toBe(200)
    fill(100)
    expect((await ask(port)).status).toBe(200)
  })

  test('where HTTP/1 is read: an answer that has begun is broken off', async () => {
    const { port, fill, stat } = await shedding('http1_server_abort_dispatch')
    const kept = held(port)
    kept.socket.write('POST /slow HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n')
    await vi.waitFor(() => expect(kept.text()).toMatch(/200 OK[\s\S]*beginning/))

    fill(950)
    kept.socket.write('more')
    await kept.closed

    expect(kept.text()).not.toContain('500')
    await vi.waitFor(() => expect(stat('http.test.downstream_rq_active')).toBe(0))
  })

  test('where HTTP/2 is read: the client is sent away, and what it had begun is finished', async () => {
    const name = 'http2_server_go_away_on_dispatch'
    const { port, fill, stat } = await shedding(name)
    const session = h2(port)
    expect((await askH2(session)).status).toBe(200)
    const begun = session.request({ ':path': '/slow', ':method': 'POST' })
    let answer = ''
    begun.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk
    })
    await vi.waitFor(() => expect(answer).toContain('beginning'))
    const left = new Promise((resolve) => session.once('goaway', resolve))

    fill(950)
    begun.end('more')

    expect(await left).toBe(0)
    await vi.waitFor(() => expect(answer).toContain('end'))
    await vi.waitFor(() => expect(session.closed).toBe(true))
    expect(stat('http2.goaway_sent')).toBe(1)
    expect(stat(shedStat(name, 'shed_load_count'))).toBe(1)
    expect((await ask(port)).status).toBe(200)
  })

  test('where a connection says what it speaks: it is closed, and those that have said it are not', async () => {
    const name = 'hcm_ondata_creating_codec'
    const { port, fill, stat } = await shedding(name)
    const session = h2(port)
    expect((await askH2(session)).status).toBe(200)
    expect((await ask(port)).status).toBe(200)

    fill(950)
    const late = held(port)
    await new Promise((resolve) => late.socket.once('connect', resolve))
    expect(stat(shedStat(name, 'shed_load_count'))).toBe(0)
    late.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await late.closed

    expect(late.heard()).toBe(0)
    expect(stat('http.test.downstream_rq_overload_close')).toBe(1)
    expect(stat(shedStat(name, 'shed_load_count'))).toBe(1)
    expect((await askH2(session)).status).toBe(200)
    expect((await ask(port)).status).toBe(200)
  })

  test.each([
    ['HTTP1', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['HTTP2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
  ])('so it is where there is but one thing to speak, %s', async (codecType, hello) => {
    const overload = { ...full, loadshedPoints: [point('hcm_ondata_creating_codec')] }
    const { port, fill } = await started({ overload }, {}, { codecType })

    fill(950)
    const late = held(port)
    late.socket.write(hello, 'latin1')
    await late.closed

    expect(late.heard()).toBe(0)
    fill(100)
    const next = held(port)
    next.socket.write(hello, 'latin1')
    await vi.waitFor(() => expect(next.heard()).toBeGreaterThan(0))
  })

  test('at no point that there is none of, which is said', () => {
    const warnings: string[] = []
    const overload = { ...full, loadshedPoints: [point('http3_server_go_away_on_dispatch')] }
    const proxy = createProxy({ overload, log: ({ message }) => warnings.push(message) })
    closing.push(() => proxy.close())

    expect(warnings).toEqual([
      'overload_manager.loadshed_points envoy.load_shed_points.http3_server_go_away_on_dispatch is accepted but does nothing',
    ])
  })
})

describe('a proxy that fails its health checks', () => {
  test('tells clients of both versions to leave, with their answers', async () => {
    const { proxy, port } = await started({})
    const session = h2(port)
    const left = new Promise((resolve) => session.once('goaway', resolve))
    expect((await askH2(session)).status).toBe(200)
    expect((await ask(port)).last).toBe(false)

    proxy.setHealthy(false)

    expect(proxy.isHealthy).toBe(false)
    expect(await ask(port)).toMatchObject({ status: 200, last: true })
    expect((await askH2(session)).status).toBe(200)
    expect(await left).toBe(0)
    proxy.setHealthy(true)
    expect(await ask(port)).toMatchObject({ status: 200, last: false })
  })
})

test('a listener that drains only for its own changes keeps its clients then', async () => {
  const { proxy, port } = await started({}, { drainType: 'MODIFY_ONLY' })
  expect((await ask(port)).last).toBe(false)

  proxy.setHealthy(false)

  expect(await ask(port)).toMatchObject({ status: 200, last: false })
})

describe('limits on connections', () => {
  test('of all listeners, but for those that are not counted', async () => {
    const limit = {
      name: 'envoy.resource_monitors.global_downstream_max_connections',
      typedConfig: {
        '@type': `${monitors}.downstream_connections.v3.DownstreamConnectionsConfig`,
        maxActiveDownstreamConnections: '1',
      },
    }
    const overload = { resourceMonitors: [limit] }
    const counted = await started({ overload })
    const spared = await started({ overload }, { ignoreGlobalConnLimit: true })
    for (const { tcpPort, proxy } of [counted, spared]) {
      held(tcpPort)
      await vi.waitFor(() => expect(proxy.activeConnections).toBe(1))
    }

    await held(counted.tcpPort).closed
    held(spared.tcpPort)

    expect(counted.stat('listener.tcp.downstream_global_cx_overflow')).toBe(1)
    await vi.waitFor(() => expect(spared.proxy.activeConnections).toBe(2))
  })

  test('of one listener', async () => {
    const { proxy, tcpPort, port, stat } = await started({ connectionLimits: { tcp: 1 } })
    const first = held(tcpPort)
    await vi.waitFor(() => expect(proxy.activeConnections).toBe(1))

    await held(tcpPort).closed
    expect((await ask(port)).status).toBe(200)
    expect(stat('listener.tcp.downstream_cx_overflow')).toBe(1)
    first.socket.destroy()
    await vi.waitFor(() => expect(stat('listener.tcp.downstream_cx_active')).toBe(0))
    const next = held(tcpPort)
    next.socket.write('ping')

    await vi.waitFor(() => expect(next.heard()).toBe(4))
  })

  test('of one filter chain', async () => {
    const type = 'type.googleapis.com/envoy.extensions.filters.network.connection_limit.v3'
    const limit = {
      name: 'limit',
      typedConfig: { '@type': `${type}.ConnectionLimit`, statPrefix: 'few', maxConnections: '1' },
    }
    const server = await serve(echo)
    const proxy = createProxy()
    closing.push(() => proxy.close(), server.close)
    await proxy.apply(
      viewOf({
        listeners: [listener('in', [limit, tcpProxy('echo')])],
        clusters: [cluster('echo', [server.port])],
      }),
    )
    const { port = 0 } = proxy.listeners.get('in') ?? {}
    const value = (name: string): unknown =>
      proxy.stats.list().find((it) => it.name === name)?.instrument
    const first = held(port)
    first.socket.write('ping')
    await vi.waitFor(() => expect(first.heard()).toBe(4))

    await held(port).closed

    expect(value('connection_limit.few.limited_connections')).toMatchObject({ value: 1 })
    expect(value('connection_limit.few.active_connections')).toMatchObject({ value: 1 })
  })
})
