// Token buckets in front of routes: of the chain, of a route, of descriptors, of a connection; what those who are limited are told.
import { Agent, request as httpRequest } from 'node:http'
import { ManualClock } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { defaultAmbient } from '../../src/defaults.ts'
import { call, type ProxyOptions, reflect, seen, startProxy, upstream } from './proxy-under-test.ts'

const type = (name: string) => `type.googleapis.com/${name}`
const limitType = type('envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit')
const all = { defaultValue: { numerator: 100 } }
const bucket = (maxTokens: number, fillInterval = '60s') => ({ maxTokens, fillInterval })
const limit = (config: object) => ({
  name: 'limit',
  typedConfig: {
    '@type': limitType,
    statPrefix: 'mine',
    filterEnabled: all,
    filterEnforced: all,
    ...config,
  },
})
const logged = {
  accessLog: [
    {
      typedConfig: {
        '@type': type('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog'),
        logFormat: { textFormat: '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%' },
      },
    },
  ],
}

async function limited(config: object, options: ProxyOptions = {}) {
  const clock = new ManualClock()
  const proxy = await startProxy({
    clusters: { backend: [await upstream(reflect)] },
    filters: [limit(config)],
    ...options,
    context: { ...defaultAmbient, clock, ...options.context },
  })
  const counts = () =>
    Object.fromEntries(
      ['enabled', 'ok', 'rate_limited', 'enforced'].map((it) => [
        it,
        proxy.stats.counter(`mine.http_local_rate_limit.${it}`).value,
      ]),
    )
  return { ...proxy, clock, counts }
}

test('who comes when the bucket is empty is told so, until it has filled', async () => {
  const { port, clock, lines, counts } = await limited(
    {
      tokenBucket: { maxTokens: 2, tokensPerFill: 1, fillInterval: '1s' },
      enableXRatelimitHeaders: 'DRAFT_VERSION_03',
      responseHeadersToAdd: [{ header: { key: 'x-limited', value: '%REQ(:METHOD)%' } }],
    },
    { manager: logged },
  )
  expect((await call(port)).headers).toMatchObject({
    'x-ratelimit-limit': '2',
    'x-ratelimit-remaining': '1',
  })
  await call(port)

  expect(await call(port)).toMatchObject({
    status: 429,
    body: 'local_rate_limited',
    headers: { 'x-limited': 'GET', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' },
  })
  expect(lines.at(-1)).toBe('429 RL local_rate_limited')
  clock.advance(1000)
  expect(await call(port)).toMatchObject({ status: 200 })
  expect(counts()).toEqual({ enabled: 4, ok: 3, rate_limited: 1, enforced: 1 })
})

test('a limit that is not enforced only marks what it would have refused', async () => {
  const { port, counts } = await limited({
    tokenBucket: bucket(0),
    filterEnforced: undefined,
    requestHeadersToAddWhenNotEnforced: [{ header: { key: 'x-over', value: 'yes' } }],
  })
  expect((await seen(port)).headers).toMatchObject({ 'x-over': 'yes' })
  expect(counts()).toEqual({ enabled: 1, ok: 0, rate_limited: 1, enforced: 0 })
})

test('a limit that is not enabled asks nobody', async () => {
  const { port, counts } = await limited({ tokenBucket: bucket(0), filterEnabled: undefined })
  expect(await call(port)).toMatchObject({ status: 200 })
  expect(counts()).toEqual({ enabled: 0, ok: 0, rate_limited: 0, enforced: 0 })
})

test('gRPC callers hear of it in their own way', async () => {
  const headers = { 'content-type': 'application/grpc' }
  for (const [config, status] of [
    [{}, '14'],
    [{ rateLimitedAsResourceExhausted: true }, '8'],
  ] as const) {
    const { port } = await limited({ tokenBucket: bucket(0), ...config })
    expect(await call(port, '/', { method: 'POST', headers })).toMatchObject({
      status: 200,
      headers: { 'grpc-status': status },
    })
  }
})

describe('descriptors', () => {
  const descriptors = [
    { entries: [{ key: 'who', value: 'ada' }], tokenBucket: bucket(1) },
    { entries: [{ key: 'who' }], tokenBucket: bucket(2) },
  ]
  const actions = [{ actions: [{ requestHeaders: { headerName: 'x-who', descriptorKey: 'who' } }] }]
  const of = async (port: number, who: string, times: number): Promise<number[]> => {
    const statuses: number[] = []
    for (let i = 0; i < times; i++) {
      statuses.push((await call(port, '/', { headers: { 'x-who': who } })).status)
    }
    return statuses
  }

  test.each([
    ['by the actions of the route', {}, { rateLimits: actions }],
    ['by actions of their own', { rateLimits: actions }, {}],
  ])('have buckets of their own, %s', async (_how, config, route) => {
    const { port } = await limited(
      { tokenBucket: bucket(100), descriptors, ...config },
      {
        routes: [
          {
            name: 'all',
            domains: ['*'],
            routes: [{ match: { prefix: '/' }, route: { cluster: 'backend', ...route } }],
          },
        ],
      },
    )
    expect(await of(port, 'ada', 2)).toEqual([200, 429])
    expect(await of(port, 'bob', 3)).toEqual([200, 200, 429])
    expect(await of(port, 'eve', 1)).toEqual([200])
  })
})

test('a connection may have a bucket of its own', async () => {
  const { port } = await limited({
    tokenBucket: bucket(1),
    localRateLimitPerDownstreamConnection: true,
  })
  const ask = (agent: Agent): Promise<number> =>
    new Promise((resolve, reject) => {
      const outgoing = httpRequest({ host: '127.0.0.1', port, agent }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      })
      outgoing.on('error', reject).end()
    })
  const [first, second] = [1, 2].map(() => new Agent({ keepAlive: true, maxSockets: 1 }))
  if (first === undefined || second === undefined) throw new Error('two agents')
  expect([await ask(first), await ask(first), await ask(second)]).toEqual([200, 429, 200])
  first.destroy()
  second.destroy()
})

test('a route may have another limit', async () => {
  const typedPerFilterConfig = {
    limit: {
      ...limit({ tokenBucket: bucket(0), status: { code: 'ServiceUnavailable' } }).typedConfig,
    },
  }
  const { port } = await limited(
    { tokenBucket: bucket(100) },
    {
      routes: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            { match: { prefix: '/tight' }, route: { cluster: 'backend' }, typedPerFilterConfig },
            { match: { prefix: '/' }, route: { cluster: 'backend' } },
          ],
        },
      ],
    },
  )
  expect(await call(port, '/tight')).toMatchObject({ status: 503 })
  expect(await call(port, '/wide')).toMatchObject({ status: 200 })
})

test.each([
  [{ localClusterRateLimit: {}, tokenBucket: bucket(1) }, /local_cluster_rate_limit/],
  [{ vhRateLimits: 'IGNORE', tokenBucket: bucket(1) }, /vh_rate_limits IGNORE/],
  [{ tokenBucket: bucket(1, '0.01s') }, /fillInterval/],
])('%j is refused', async (config, reason) => {
  await expect(limited(config)).rejects.toThrow(reason)
})
