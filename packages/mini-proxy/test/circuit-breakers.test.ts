// The limits of a cluster on what is in flight: per priority, counted and shown as Envoy does.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { afterEach, expect, test, vi } from 'vitest'
import { createProxy, type MeshProxy, viewOf } from '../src/index.ts'
import { cluster, http, listener } from './resources.ts'

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

type Thresholds = NonNullable<NonNullable<ClusterJson['circuitBreakers']>['thresholds']>

/** A proxy in front of a server that holds every request until it is told to answer. */
async function holding(thresholds: Thresholds): Promise<{
  ask(path: string): Promise<{ status: number; body: string }>
  waiting: ServerResponse[]
  stat(name: string): number | undefined
  lines: string[]
  proxy: MeshProxy
}> {
  const waiting: ServerResponse[] = []
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/fail')) response.writeHead(503).end()
    else waiting.push(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const lines: string[] = []
  const proxy = createProxy({ accessLog: (line) => void lines.push(line) })
  closing.push(() => proxy.close())
  const route = (prefix: string, more: object): object => ({
    match: { prefix },
    route: { cluster: 'c', ...more },
  })
  const retryPolicy = { retryOn: '5xx', numRetries: 1, retryBackOff: { baseInterval: '60s' } }
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [http('main', { accessLog: [flagsToStdout] })])],
      clusters: [
        cluster('c', [(server.address() as AddressInfo).port], { circuitBreakers: { thresholds } }),
      ],
      routes: [
        {
          name: 'main',
          virtualHosts: [
            {
              name: 'all',
              domains: ['*'],
              routes: [
                route('/high', { priority: 'HIGH' }),
                route('/fail', { retryPolicy }),
                route('/', {}),
              ],
            },
          ],
        },
      ],
    }),
  )
  const port = proxy.listeners.get('in')?.port
  return {
    waiting,
    lines,
    proxy,
    ask: async (path) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`)
      return { status: answer.status, body: await answer.text() }
    },
    stat: (name) => {
      const found = proxy.stats.list().find((it) => it.name === `cluster.c.${name}`)?.instrument
      return found?.kind === 'histogram' ? undefined : found?.value
    },
  }
}

const flagsToStdout = {
  name: 'log',
  typedConfig: {
    '@type': 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
    logFormat: { textFormatSource: { inlineString: '%RESPONSE_CODE% %RESPONSE_FLAGS%' } },
  },
}

const overflow = { status: 503, body: expect.stringContaining('reset reason: overflow') }

test('each priority has requests of its own, and gauges that say so', async () => {
  const { ask, waiting, stat, lines } = await holding([
    { maxRequests: 1, trackRemaining: true },
    { priority: 'HIGH', maxRequests: 2, trackRemaining: true },
  ])
  expect(stat('circuit_breakers.default.remaining_rq')).toBe(1)
  const held = [ask('/'), ask('/high'), ask('/high')]
  await vi.waitFor(() => expect(waiting).toHaveLength(3))

  expect(await ask('/')).toEqual(overflow)
  expect(await ask('/high')).toEqual(overflow)
  expect(lines).toEqual(['503 UO', '503 UO'])
  for (const [name, value] of [
    ['circuit_breakers.default.rq_open', 1],
    ['circuit_breakers.default.remaining_rq', 0],
    ['circuit_breakers.high.rq_open', 1],
    ['circuit_breakers.high.remaining_rq', 0],
    ['circuit_breakers.default.cx_open', 0],
    ['upstream_rq_active_overflow', 2],
  ] as const) {
    expect([name, stat(name)]).toEqual([name, value])
  }

  for (const response of waiting) response.end('at last')
  for (const answer of held) expect(await answer).toEqual({ status: 200, body: 'at last' })
  expect(stat('circuit_breakers.default.rq_open')).toBe(0)
  expect(stat('circuit_breakers.high.remaining_rq')).toBe(2)
})

test('who waits for a connection is pending, and beyond that limit refused', async () => {
  const { ask, waiting, stat } = await holding([{ maxConnections: 1, maxPendingRequests: 1 }])
  const first = ask('/')
  await vi.waitFor(() => expect(waiting).toHaveLength(1))
  const second = ask('/')
  await vi.waitFor(() => expect(stat('upstream_rq_pending_active')).toBe(1))

  expect(await ask('/')).toEqual(overflow)
  expect(stat('circuit_breakers.default.rq_pending_open')).toBe(1)
  expect(stat('circuit_breakers.default.cx_open')).toBe(1)
  expect(stat('upstream_cx_overflow')).toBe(1)
  expect(stat('upstream_rq_pending_overflow')).toBe(1)

  waiting[0]?.end('one')
  await vi.waitFor(() => expect(waiting).toHaveLength(2))
  waiting[1]?.end('two')
  expect([(await first).body, (await second).body]).toEqual(['one', 'two'])
  expect(stat('circuit_breakers.default.rq_pending_open')).toBe(0)
})

test.each([
  ['a number', { maxRetries: 1 }],
  ['a budget', { retryBudget: { budgetPercent: { value: 0 }, minRetryConcurrency: 1 } }],
])('retries beyond %s are not made, and the answer says so', async (_what, limit) => {
  const { ask, stat, lines, proxy } = await holding([limit])
  const first = ask('/fail').catch(() => 'cut off')
  await vi.waitFor(() => expect(stat('retry.upstream_rq_503')).toBe(1))

  expect(await ask('/fail')).toMatchObject({ status: 503 })
  expect(lines).toEqual(['503 UO'])
  expect(stat('upstream_rq_retry_overflow')).toBe(1)
  expect(stat('circuit_breakers.default.rq_retry_open')).toBe('maxRetries' in limit ? 1 : 0)
  await proxy.close()
  expect(await first).toBe('cut off')
})

test('the limits stand on the page of clusters, of both priorities', async () => {
  const { proxy } = await holding([
    { maxConnections: 7 },
    { priority: 'HIGH', maxRetries: 4_294_967_295 },
  ])
  expect(proxy.clusters[0]?.limits).toEqual({
    default: { connections: 7, pending: 1024, requests: 1024, retries: 3 },
    high: { connections: 1024, pending: 1024, requests: 1024, retries: 4_294_967_295 },
  })
})
