// Connections that may last only so long: those of clients to a TCP proxy, and those to hosts.
import {
  createServer as createHttpServer,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, connect, type Server } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { createProxy, type MeshProxy, viewOf } from '../src/index.ts'
import { cluster, http, listener, routesTo, tcpProxy } from './resources.ts'
import { echo, serve } from './sockets.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function started(lines: string[] = []): MeshProxy {
  const proxy = createProxy({ accessLog: (line) => void lines.push(line.trim()) })
  closing.push(() => proxy.close())
  return proxy
}

function statOf(proxy: MeshProxy, name: string): number | undefined {
  const instrument = proxy.stats.list().find((it) => it.name === name)?.instrument
  return instrument !== undefined && 'value' in instrument ? instrument.value : undefined
}

const flagsToStdout = {
  name: 'stdout',
  typedConfig: {
    '@type': 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
    logFormat: { textFormatSource: { inlineString: '%RESPONSE_FLAGS%\n' } },
  },
}

test('a TCP proxy closes a connection that has lasted so long, however busy, and says so', async () => {
  const lines: string[] = []
  const proxy = started(lines)
  const server = await serve(echo)
  closing.push(server.close)
  await proxy.apply(
    viewOf({
      listeners: [
        listener('in', [
          tcpProxy('echo', {
            maxDownstreamConnectionDuration: '0.2s',
            accessLog: [flagsToStdout],
          }),
        ]),
        listener('forever', [tcpProxy('echo')]),
      ],
      clusters: [cluster('echo', [server.port])],
    }),
  )
  const begun = performance.now()
  const lasting = connect(proxy.listeners.get('forever')?.port ?? 0, '127.0.0.1')
  closing.push(() => lasting.destroy())
  const socket = connect(proxy.listeners.get('in')?.port ?? 0, '127.0.0.1')
  socket.on('data', (chunk) => socket.write(chunk))
  socket.on('error', () => undefined)
  socket.write('ping')
  await new Promise((resolve) => socket.once('close', resolve))

  expect(performance.now() - begun).toBeGreaterThanOrEqual(199)
  expect(statOf(proxy, 'tcp.test.max_downstream_connection_duration')).toBe(1)
  await vi.waitFor(() => expect(lines).toEqual(['DT']))
  expect(lasting.destroyed).toBe(false)
})

interface Held {
  readonly path: string
  readonly port: number | undefined
  readonly response: ServerResponse
}

const upstreams: Readonly<Record<string, (handler: RequestListener) => Server>> = {
  'HTTP/1': (handler) => createHttpServer(handler),
  'HTTP/2': (handler) => createHttp2Server(handler as never),
}

test.each(Object.keys(upstreams))(
  'over %s a connection to a host that has lasted so long takes no more requests, and ends with its last',
  async (version) => {
    const held: Held[] = []
    let open = 0
    const server = upstreams[version]?.((incoming, response) => {
      held.push({ path: incoming.url ?? '', port: incoming.socket.remotePort, response })
      if (incoming.url === '/quick') response.end('quick')
    })
    if (server === undefined) throw new Error('no such version')
    server.on('connection', (socket) => {
      open += 1
      socket.once('close', () => {
        open -= 1
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => server.close())
    const proxy = started()
    const http2 = version === 'HTTP/2' && { explicitHttpConfig: { http2ProtocolOptions: {} } }
    const options = {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      commonHttpProtocolOptions: { maxConnectionDuration: '0.3s' },
      ...http2,
    }
    const key = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
    await proxy.apply(
      viewOf({
        listeners: [listener('in', [http('main')])],
        routes: [routesTo('main', 'backend')],
        clusters: [
          cluster('backend', [(server.address() as AddressInfo).port], {
            typedExtensionProtocolOptions: { [key]: options },
          }),
        ],
      }),
    )
    const url = `http://127.0.0.1:${proxy.listeners.get('in')?.port}`

    const slow = fetch(`${url}/slow`)
    await vi.waitFor(() => expect(held).toHaveLength(1))
    await vi.waitFor(() =>
      expect(statOf(proxy, 'cluster.backend.upstream_cx_max_duration_reached')).toBe(1),
    )
    expect(await (await fetch(`${url}/quick`)).text()).toBe('quick')
    expect(held[1]?.port).not.toBe(held[0]?.port)
    held[0]?.response.end('slow')
    expect(await (await slow).text()).toBe('slow')
    // The second one has nothing to do when its time comes.
    await vi.waitFor(() => expect(open).toBe(0), { timeout: 3000 })
    expect(statOf(proxy, 'cluster.backend.upstream_cx_max_duration_reached')).toBe(2)
    expect(statOf(proxy, 'cluster.backend.upstream_cx_active')).toBe(0)
  },
)
