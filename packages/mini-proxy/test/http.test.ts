import { readFileSync } from 'node:fs'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createProxy, type MeshProxy, type ProxyOptions, viewOf } from '../src/index.ts'
import { cluster, endpoint, http, listener, routesTo, tcpProxy, tls } from './resources.ts'
import { echo, exchange, serve } from './sockets.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function started(options: ProxyOptions = {}): MeshProxy {
  const proxy = createProxy(options)
  closing.push(() => proxy.close())
  return proxy
}

/** An HTTP server; also counts the connections it got. */
async function backend(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ port: number; connections: () => number }> {
  let connections = 0
  const server = createServer(answer).on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => connections,
  }
}

interface Answer {
  readonly status: number
  readonly body: string
  readonly connection: string | undefined
}

function get(port: number, more: object = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: '/', ...more }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        body += chunk
      })
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body,
          connection: response.headers.connection,
        }),
      )
    })
      .once('error', reject)
      .end()
  })
}

const portOf = (proxy: MeshProxy, name = 'in'): number => proxy.listeners.get(name)?.port ?? 0
const listeners = [listener('in', [http('main')])]

describe('a swap of the configuration', () => {
  test('under load fails no request, and each is answered by one configuration or the other', async () => {
    const [a, b] = [
      await backend((_, response) => response.end('a')),
      await backend((_, response) => response.end('b')),
    ]
    const clusters = [cluster('a', [a.port]), cluster('b', [b.port])]
    const views = ['a', 'b'].map((name) =>
      viewOf({ listeners, clusters, routes: [routesTo('main', name)] }),
    )
    const proxy = started()
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    closing.push(async () => agent.destroy())
    for (const view of views.slice(0, 1)) await proxy.apply(view)
    const answers: Promise<Answer>[] = []

    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 10; i++) answers.push(get(portOf(proxy), { agent }))
      const view = views[round % 2]
      if (view !== undefined) await proxy.apply(view)
      await Promise.all(answers.slice(-10))
    }

    const bodies = (await Promise.all(answers)).map((it) => `${it.status} ${it.body}`)
    expect(new Set(bodies)).toEqual(new Set(['200 a', '200 b']))
  })

  test('of endpoints only keeps the connections of the host that stays', async () => {
    const [stays, comes] = [
      await backend((_, response) => response.end('stays')),
      await backend((_, response) => response.end('comes')),
    ]
    const clusters = [cluster('c', [], { type: 'EDS' })]
    const routes = [routesTo('main', 'c')]
    const at = (...ports: number[]): object => ({
      clusterName: 'c',
      endpoints: [{ lbEndpoints: ports.map((port) => endpoint('127.0.0.1', port)) }],
    })
    const proxy = started()
    await proxy.apply(viewOf({ listeners, clusters, routes, endpoints: [at(stays.port)] }))
    await get(portOf(proxy))

    const both = [at(stays.port, comes.port)]
    await proxy.apply(viewOf({ listeners, clusters, routes, endpoints: both }))
    const heard = new Set<string>()
    for (let i = 0; i < 6; i++) heard.add((await get(portOf(proxy))).body)

    expect(heard).toEqual(new Set(['stays', 'comes']))
    expect(stays.connections()).toBe(1)
  })

  test('lets a request finish at a host, a cluster and a listener that are gone', async () => {
    const waiting = Promise.withResolvers<ServerResponse>()
    const slow = await backend((_, response) => waiting.resolve(response))
    const proxy = started()
    await proxy.apply(
      viewOf({
        listeners,
        clusters: [cluster('c', [slow.port])],
        routes: [routesTo('main', 'c')],
      }),
    )
    const answer = get(portOf(proxy), { agent: new Agent({ keepAlive: true }) })
    const response = await waiting.promise

    await proxy.apply(viewOf({}))
    response.end('in time')

    expect(await answer).toEqual({ status: 200, body: 'in time', connection: 'close' })
  })
})

describe('a connection of a listener that changes', () => {
  const connected = async (answer: (response: ServerResponse) => void): Promise<Conversation> => {
    const app = await backend((_, response) => answer(response))
    const proxy = started()
    const serving = (serverName: string): Parameters<typeof viewOf>[0] => ({
      listeners: [listener('in', [http('main', { serverName })])],
      clusters: [cluster('c', [app.port])],
      routes: [routesTo('main', 'c')],
    })
    await proxy.apply(viewOf(serving('old')))
    const socket = connect(portOf(proxy), '127.0.0.1')
    closing.push(async () => void socket.destroy())
    const conversation = { heard: '', ended: false }
    socket.setEncoding('utf8').on('data', (text) => {
      conversation.heard += text
    })
    socket.once('end', () => {
      conversation.ended = true
    })
    return Object.assign(conversation, {
      ask: () => void socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      change: () => proxy.apply(viewOf(serving('new'))),
    })
  }

  test('is told with its next answer, not closed while it is idle', async () => {
    const it = await connected((response) => response.end('done'))
    it.ask()
    await vi.waitFor(() => expect(it.heard).toMatch(/done$/))
    expect(it.heard).not.toMatch(/connection: close/i)

    await it.change()
    it.heard = ''
    it.ask()

    await vi.waitFor(() => expect(it.ended).toBe(true))
    expect(it.heard).toMatch(/^HTTP\/1.1 200 OK\r\n.*connection: close.*done$/is)
  })

  test('serves one more request if an answer under way has promised so', async () => {
    const waiting: ServerResponse[] = []
    const it = await connected((response) => {
      response.write('begun')
      waiting.push(response)
    })
    it.ask()
    await vi.waitFor(() => expect(it.heard).toContain('begun'))

    await it.change()
    waiting[0]?.end()
    await vi.waitFor(() => expect(it.heard).toMatch(/\r\n0\r\n\r\n$/))
    expect(it.heard).not.toMatch(/connection: close/i)
    it.heard = ''
    it.ask()

    await vi.waitFor(() => expect(waiting).toHaveLength(2))
    waiting[1]?.end()
    await vi.waitFor(() => expect(it.ended).toBe(true))
    expect(it.heard).toMatch(/connection: close/i)
  })
})

test.each([
  ['an operator that there is not', '%NOPE%'],
  ['a percent sign alone', '50%'],
])(
  'a route that adds a header with %s is refused, not met by the first request',
  async (_, value) => {
    const app = await backend((incoming, response) => response.end(incoming.headers['x-added']))
    const proxy = started()
    const clusters = [cluster('c', [app.port])]
    await proxy.apply(viewOf({ listeners, clusters, routes: [routesTo('main', 'c')] }))
    const adding = [{ header: { key: 'x-added', value } }]
    const weighted = { clusters: [{ name: 'c', weight: 1, requestHeadersToAdd: adding }] }
    const all = { name: 'all', domains: ['*'] }
    const levels = [
      { ...routesTo('main', 'c'), requestHeadersToAdd: adding },
      { ...routesTo('main', 'c'), responseHeadersToAdd: adding },
      {
        name: 'main',
        virtualHosts: [
          { ...all, routes: [{ match: { prefix: '/' }, route: { weightedClusters: weighted } }] },
        ],
      },
    ]

    for (const routes of levels) {
      const typeUrl = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration'
      expect(proxy.check(typeUrl, routes)).toMatch(/header "x-added": .*character \d/)
      await expect(proxy.apply(viewOf({ listeners, clusters, routes: [routes] }))).rejects.toThrow(
        /x-added/,
      )
    }

    expect(await get(portOf(proxy))).toMatchObject({ status: 200 })
  },
)

interface Conversation {
  heard: string
  readonly ended: boolean
  ask(): void
  change(): Promise<void>
}

describe('a cluster', () => {
  test('without hosts, or that is not there, is answered 503', async () => {
    const proxy = started()
    const routes = [routesTo('empty', 'empty'), routesTo('missing', 'missing')]

    await proxy.apply(
      viewOf({
        listeners: [listener('a', [http('empty')]), listener('b', [http('missing')])],
        clusters: [cluster('empty', [])],
        routes,
      }),
    )

    expect(await get(portOf(proxy, 'a'))).toMatchObject({ status: 503 })
    expect(await get(portOf(proxy, 'b'))).toMatchObject({ status: 503 })
  })

  test('of ORIGINAL_DST follows the header only if it is told to', async () => {
    const server = await backend((_, response) => response.end('there'))
    const original = (name: string, useHttpHeader: boolean): ReturnType<typeof cluster> =>
      cluster(name, [], { type: 'ORIGINAL_DST', originalDstLbConfig: { useHttpHeader } })
    const proxy = started()
    await proxy.apply(
      viewOf({
        listeners: [listener('told', [http('told')]), listener('not', [http('not')])],
        clusters: [original('told', true), original('not', false)],
        routes: [routesTo('told', 'told'), routesTo('not', 'not')],
      }),
    )
    const headers = { 'x-envoy-original-dst-host': `127.0.0.1:${server.port}` }

    expect(await get(portOf(proxy, 'told'), { headers })).toMatchObject({ body: 'there' })
    expect(await get(portOf(proxy, 'told'))).toMatchObject({ status: 503 })
    expect(await get(portOf(proxy, 'not'), { headers })).toMatchObject({ status: 503 })
  })

  test('whose endpoint has an address that can be none is answered 503', async () => {
    const proxy = started()
    const assignment = {
      clusterName: 'c',
      endpoints: [{ lbEndpoints: [endpoint('127.0.0.1\0', 80)] }],
    }
    const clusters = [cluster('c', [], { type: 'EDS' })]
    const routes = [routesTo('main', 'c')]

    await proxy.apply(viewOf({ listeners, clusters, routes, endpoints: [assignment] }))

    expect(await get(portOf(proxy))).toMatchObject({ status: 503 })
  })

  test('over its limit of requests is answered 503', async () => {
    const waiting: ServerResponse[] = []
    const slow = await backend((_, response) => void waiting.push(response))
    const proxy = started()
    await proxy.apply(
      viewOf({
        listeners,
        clusters: [
          cluster('c', [slow.port], { circuitBreakers: { thresholds: [{ maxRequests: 1 }] } }),
        ],
        routes: [routesTo('main', 'c')],
      }),
    )
    const first = get(portOf(proxy))
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))

    expect(await get(portOf(proxy))).toMatchObject({ status: 503 })
    waiting[0]?.end('at last')
    expect(await first).toMatchObject({ status: 200, body: 'at last' })
  })
})

test('HTTP goes through mutual TLS from proxy to proxy, and the far one sees who calls', async () => {
  const folder = new URL('./fixtures/tls/', import.meta.url)
  const pem = (name: string): object => ({
    inlineString: readFileSync(new URL(`${name}.pem`, folder), 'utf8'),
  })
  const identity = (name: string): object => ({
    tlsCertificates: [{ certificateChain: pem(name), privateKey: pem(`${name}-key`) }],
    validationContext: { trustedCa: pem('ca') },
    alpnProtocols: ['h2', 'http/1.1'],
  })
  const server = await backend((incoming, response) => response.end(incoming.headers.host))
  const [near, far] = [started(), started()]
  const filterChains = [
    {
      filters: [http('main')],
      transportSocket: tls('Downstream', {
        requireClientCertificate: true,
        commonTlsContext: identity('server'),
      }),
    },
  ]
  await far.apply(
    viewOf({
      listeners: [listener('in', [], { filterChains })],
      clusters: [cluster('c', [server.port])],
      routes: [routesTo('main', 'c')],
    }),
  )
  const transportSocket = tls('Upstream', {
    sni: 'server.test',
    commonTlsContext: identity('client'),
  })
  await near.apply(
    viewOf({
      listeners,
      clusters: [cluster('far', [portOf(far)], { transportSocket })],
      routes: [routesTo('main', 'far')],
    }),
  )

  for (let i = 0; i < 3; i++) {
    expect(await get(portOf(near), { headers: { host: 'shop.test' } })).toMatchObject({
      status: 200,
      body: 'shop.test',
    })
  }
  expect(near.stats.counter('cluster.far.upstream_cx_total').value).toBe(1)
})

test('a drained proxy takes no connection and lets idle ones go', async () => {
  const server = await backend((_, response) => response.end('x'))
  const proxy = started()
  await proxy.apply(
    viewOf({ listeners, clusters: [cluster('c', [server.port])], routes: [routesTo('main', 'c')] }),
  )
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  closing.push(async () => agent.destroy())
  const port = portOf(proxy)
  expect(await get(port, { agent })).toMatchObject({ status: 200, connection: undefined })

  await proxy.drain()

  await expect(get(port, { agent: new Agent() })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  expect(proxy.activeConnections).toBe(0)
})

test('a request that was on its way when the drain began is answered, and told that it is the last', async () => {
  const server = await backend((_, response) => response.end('x'))
  const proxy = started()
  await proxy.apply(
    viewOf({ listeners, clusters: [cluster('c', [server.port])], routes: [routesTo('main', 'c')] }),
  )
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  closing.push(async () => agent.destroy())
  const port = portOf(proxy)
  await get(port, { agent })

  const drained = proxy.drain()
  // Elsewhere time passes.
  await get(server.port, { agent: new Agent() })

  expect(await get(port, { agent })).toMatchObject({ status: 200, connection: 'close' })
  await drained
  expect(proxy.activeConnections).toBe(0)
})

test('one captured port serves HTTP and everything else, told apart by the first bytes', async () => {
  const web = await backend((_, response) => response.end('web'))
  const raw = await serve(echo)
  closing.push(raw.close)
  const inspector = (name: string, type: string): object => ({
    name,
    typedConfig: { '@type': `type.googleapis.com/envoy.extensions.filters.listener.${type}` },
  })
  const proxy = started()
  await proxy.apply(
    viewOf({
      listeners: [
        listener('in', [], {
          listenerFilters: [
            inspector('tls', 'tls_inspector.v3.TlsInspector'),
            inspector('http', 'http_inspector.v3.HttpInspector'),
          ],
          filterChains: [
            {
              filterChainMatch: {
                transportProtocol: 'raw_buffer',
                applicationProtocols: ['http/1.1', 'h2c'],
              },
              filters: [http('main')],
            },
          ],
          defaultFilterChain: { filters: [tcpProxy('raw')] },
        }),
      ],
      clusters: [cluster('web', [web.port]), cluster('raw', [raw.port])],
      routes: [routesTo('main', 'web')],
    }),
  )

  expect(await get(portOf(proxy))).toMatchObject({ status: 200, body: 'web' })
  expect(await exchange(portOf(proxy), 'SSH-2.0-test\r\n')).toBe('SSH-2.0-test\r\n')
  const body = await get(portOf(proxy), { method: 'POST', headers: { 'content-length': 0 } })
  expect(body).toMatchObject({ status: 200, body: 'web' })
})
