// Tries that race, that wait, and that end: what is sent, what is answered, and that nothing is left behind.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { createProxy, viewOf } from '../../src/index.ts'
import { cluster, http, listener } from '../resources.ts'
import {
  call,
  type ProxyOptions,
  type ProxyUnderTest,
  startProxy,
  upstream,
} from './proxy-under-test.ts'

type RouteJson = NonNullable<
  NonNullable<
    Extract<ProxyOptions['routes'], readonly unknown[]>[number]['routes']
  >[number]['route']
>

const routed = (route: RouteJson, more: object = {}): NonNullable<ProxyOptions['routes']> => [
  {
    name: 'all',
    domains: ['*'],
    routes: [{ match: { prefix: '/' }, route: { cluster: 'backend', ...route }, ...more }],
  },
]

const logged = {
  accessLog: [
    {
      name: 'log',
      typedConfig: {
        '@type': 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
        logFormat: {
          textFormat: '%RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_REQUEST_ATTEMPT_COUNT%',
        },
      },
    },
  ],
}

/** An upstream that holds what it is asked. */
async function holding() {
  const held: { request: IncomingMessage; response: ServerResponse; body: string }[] = []
  let gone = 0
  const port = await upstream((request, response) => {
    let body = ''
    response.on('close', () => {
      if (!response.writableFinished) gone += 1
    })
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => held.push({ request, response, body }))
  })
  return { port, held, gone: () => gone }
}

/** Requests and retries that the cluster counts as in flight. */
function inFlight({ stats, clusters }: ProxyUnderTest): unknown {
  return [
    stats.gauge('cluster.backend.upstream_rq_active').value,
    stats.gauge('cluster.backend.circuit_breakers.default.rq_retry_open').value,
    (clusters.get('backend') as unknown as { requests: number }).requests,
  ]
}

const hedged: RouteJson = {
  hedgePolicy: { hedgeOnPerTryTimeout: true },
  retryPolicy: {
    retryOn: '5xx',
    numRetries: 2,
    perTryTimeout: '0.03s',
    retryBackOff: { baseInterval: '0.001s' },
  },
}

test('of tries that race the first good answer wins, and the others are given up', async () => {
  const { port: backend, held, gone } = await holding()
  const proxy = await startProxy({
    clusters: { backend: [backend] },
    routes: routed(hedged),
    manager: logged,
  })
  const answer = call(proxy.port, '/', { method: 'POST', body: 'race' })
  await vi.waitFor(() => expect(held).toHaveLength(3))
  expect(held.map((it) => it.body)).toEqual(['race', 'race', 'race'])

  // A bad answer is no end while others may come.
  held[2]?.response.writeHead(503).end('third')
  held[1]?.response.end('second')
  expect(await answer).toMatchObject({ status: 200, body: 'second' })
  await vi.waitFor(() => expect(gone()).toBe(1))
  await vi.waitFor(() => expect(inFlight(proxy)).toEqual([0, 0, 0]))
  expect(proxy.lines[0]).toMatch(/^200 .* 3$/)
})

test('of tries that race the last bad answer is the answer', async () => {
  const { port: backend, held } = await holding()
  const proxy = await startProxy({ clusters: { backend: [backend] }, routes: routed(hedged) })
  const answer = call(proxy.port)
  await vi.waitFor(() => expect(held).toHaveLength(3))
  for (const [i, { response }] of held.entries()) response.writeHead(500 + i).end()
  expect((await answer).status).toBeGreaterThanOrEqual(500)
  await vi.waitFor(() => expect(inFlight(proxy)).toEqual([0, 0, 0]))
})

test('a client that goes away takes all tries with it', async () => {
  const { port: backend, held, gone } = await holding()
  const proxy = await startProxy({ clusters: { backend: [backend] }, routes: routed(hedged) })
  const controller = new AbortController()
  const asked = fetch(`http://127.0.0.1:${proxy.port}`, { signal: controller.signal })
  asked.catch(() => undefined)
  await vi.waitFor(() => expect(held).toHaveLength(3))
  controller.abort()
  await vi.waitFor(() => expect(gone()).toBe(3))
  await vi.waitFor(() => expect(inFlight(proxy)).toEqual([0, 0, 0]))
})

test('a client that goes away while a retry waits leaves no retry behind', async () => {
  const proxy = await startProxy({
    clusters: { backend: [await upstream((_request, response) => response.writeHead(503).end())] },
    routes: routed({ retryPolicy: { retryOn: '5xx', retryBackOff: { baseInterval: '60s' } } }),
    context: { random: () => 0.9 },
  })
  const controller = new AbortController()
  const asked = fetch(`http://127.0.0.1:${proxy.port}`, { signal: controller.signal })
  asked.catch(() => undefined)
  const retries = proxy.stats.counter('cluster.backend.retry.upstream_rq_503')
  await vi.waitFor(() => expect(retries.value).toBe(1))
  controller.abort()
  await vi.waitFor(() => expect(proxy.stats.gauge('http.test.downstream_rq_active').value).toBe(0))
  expect(inFlight(proxy)).toEqual([0, 0, 0])
})

test('an upstream says when it wants to be asked again', async () => {
  const times: number[] = []
  const backend = await upstream((_request, response) => {
    times.push(performance.now())
    if (times.length === 1) response.writeHead(429, { 'retry-after': '1' }).end()
    else response.end('now')
  })
  const { port, stats } = await startProxy({
    clusters: { backend: [backend] },
    routes: routed({
      retryPolicy: {
        retryOn: 'retriable-status-codes',
        retriableStatusCodes: [429],
        rateLimitedRetryBackOff: { resetHeaders: [{ name: 'Retry-After' }] },
      },
    }),
    context: { random: () => 0 },
  })
  expect(await call(port)).toMatchObject({ status: 200, body: 'now' })
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(990)
  expect(stats.counter('cluster.backend.upstream_rq_retry_backoff_ratelimited').value).toBe(1)
})

test('a body that grows too long while a retry waits is refused', async () => {
  let tries = 0
  const backend = await upstream((_request, response) => {
    tries += 1
    response.writeHead(503).end()
  })
  const { port, stats, lines } = await startProxy({
    clusters: { backend: [backend] },
    routes: routed(
      { retryPolicy: { retryOn: '5xx', retryBackOff: { baseInterval: '60s' } } },
      { perRequestBufferLimitBytes: 1000 },
    ),
    context: { random: () => 0.9 },
    manager: logged,
  })
  const socket: Socket = connect(port, '127.0.0.1')
  let got = ''
  socket.on('data', (chunk) => {
    got += chunk
  })
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n')
  await vi.waitFor(() =>
    expect(stats.counter('cluster.backend.retry.upstream_rq_503').value).toBe(1),
  )
  socket.write(Buffer.alloc(2000, 'x'))
  await vi.waitFor(() => expect(got).toMatch(/^HTTP\/1\.1 507 /))
  expect([tries, lines.length]).toEqual([1, 1])
  expect(stats.counter('cluster.backend.retry_or_shadow_abandoned').value).toBe(1)
  socket.destroy()
})

test('a copy that is not read holds the client back, until it is given up', async () => {
  const sockets: Socket[] = []
  const { port: backend, held } = await holding()
  const shadow = await upstream((request) => {
    request.pause()
    sockets.push(request.socket)
  })
  const proxy = await startProxy({
    clusters: { backend: [backend], shadow: [shadow] },
    routes: routed({ requestMirrorPolicies: [{ cluster: 'shadow' }] }),
  })
  const size = 40 << 20
  const client = connect(proxy.port, '127.0.0.1')
  client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`)
  client.write(Buffer.alloc(size, 'x'))
  let before = -1
  await vi.waitFor(
    () => {
      const { bytesWritten } = client
      const waits = held.length === 0 && sockets.length === 1 && client.writableLength > 0
      const steady = waits && before === bytesWritten
      before = bytesWritten
      expect(steady).toBe(true)
    },
    { interval: 200, timeout: 5000 },
  )
  sockets[0]?.destroy()
  await vi.waitFor(() => expect(held).toHaveLength(1), { timeout: 10_000 })
  expect(held[0]?.body.length).toBe(size)
  held[0]?.response.end()
  await vi.waitFor(() => expect(inFlight(proxy)).toEqual([0, 0, 0]))
  expect(proxy.stats.gauge('cluster.shadow.upstream_rq_active').value).toBe(0)
  client.destroy()
})

test('retries keep away from hosts by what is said of them', async () => {
  const asked: string[] = []
  const named = (name: string, status: number): Promise<number> =>
    upstream((_request, response) => {
      asked.push(name)
      response.writeHead(status).end(name)
    })
  const ports = [
    await named('failing', 503),
    await named('canary', 200),
    await named('stable', 200),
  ]
  const labels = [{ stage: 'old' }, { canary: true }, {}]
  const lbEndpoints = ports.map((portValue, i) => ({
    endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } },
    metadata: { filterMetadata: { 'envoy.lb': labels[i] ?? {} } },
  }))
  const prefix = 'type.googleapis.com/envoy.extensions.retry.host'
  const retryPolicy = {
    retryOn: '5xx',
    retryBackOff: { baseInterval: '0.001s' },
    hostSelectionRetryMaxAttempts: '50',
    retryHostPredicate: [
      {
        name: 'canaries',
        typedConfig: { '@type': `${prefix}.omit_canary_hosts.v3.OmitCanaryHostsPredicate` },
      },
      {
        name: 'old',
        typedConfig: {
          '@type': `${prefix}.omit_host_metadata.v3.OmitHostMetadataConfig`,
          metadataMatch: { filterMetadata: { 'envoy.lb': { stage: 'old' } } },
        },
      },
    ],
  }
  const proxy = createProxy()
  try {
    await proxy.apply(
      viewOf({
        listeners: [listener('in', [http('main')])],
        clusters: [
          cluster('c', [], {
            lbPolicy: 'RANDOM',
            loadAssignment: { clusterName: 'c', endpoints: [{ lbEndpoints }] },
          }),
        ],
        routes: [
          {
            name: 'main',
            virtualHosts: [
              {
                name: 'all',
                domains: ['*'],
                routes: [{ match: { prefix: '/' }, route: { cluster: 'c', retryPolicy } }],
              },
            ],
          },
        ],
      }),
    )
    const bodies = new Map<string, number>()
    for (let i = 0; i < 60; i++) {
      const before = asked.length
      const { body, status } = await call(proxy.listeners.get('in')?.port ?? 0)
      expect(status).toBe(200)
      const tries = asked.slice(before).join(' ')
      bodies.set(tries, (bodies.get(tries) ?? 0) + 1)
      expect(tries.endsWith(body)).toBe(true)
    }
    // First tries go anywhere; retries only to the stable one.
    expect([...bodies.keys()].sort()).toEqual(['canary', 'failing stable', 'stable'])
  } finally {
    await proxy.close()
  }
})
