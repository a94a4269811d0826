import { describe, expect, test, vi } from 'vitest'
import type { HttpFilterType } from '../../src/filters/http-filter.ts'
import { call, type ProxyOptions, reflect, seen, startProxy, upstream } from './proxy-under-test.ts'

const type = (name: string) => `type.googleapis.com/${name}`
const faultType = type('envoy.extensions.filters.http.fault.v3.HTTPFault')
const corsFilter = {
  name: 'envoy.filters.http.cors',
  typedConfig: { '@type': type('envoy.extensions.filters.http.cors.v3.Cors') },
}
const faultFilter = (config: object = {}) => ({
  name: 'envoy.filters.http.fault',
  typedConfig: { '@type': faultType, ...config },
})

/** One route with what it says to filters. */
const configured = (
  typedPerFilterConfig: Record<string, { '@type': string }>,
): NonNullable<ProxyOptions['routes']> => [
  {
    name: 'all',
    domains: ['*'],
    routes: [
      { match: { prefix: '/other' }, route: { cluster: 'backend' } },
      { match: { prefix: '/' }, route: { cluster: 'backend' }, typedPerFilterConfig },
    ],
  },
]

async function reflecting(options: ProxyOptions) {
  return startProxy({ clusters: { backend: [await upstream(reflect)] }, ...options })
}

const flags = {
  accessLog: [
    {
      typedConfig: {
        '@type': type('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog'),
        logFormat: { textFormat: '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%' },
      },
    },
  ],
}

describe('the fault filter', () => {
  const always = { numerator: 100 }

  test('aborts, and delays', async () => {
    const { port, lines, stats } = await reflecting({
      filters: [
        faultFilter({
          delay: { fixedDelay: '0.05s', percentage: always },
          abort: { httpStatus: 555, percentage: always },
        }),
      ],
      manager: flags,
    })
    const started = performance.now()
    expect(await call(port)).toMatchObject({ status: 555, body: 'fault filter abort' })
    expect(performance.now() - started).toBeGreaterThan(45)
    expect(lines).toEqual(['555 DI,FI fault_filter_abort'])
    expect(stats.counter('http.test.fault.aborts_injected').value).toBe(1)
  })

  test('does so by chance', async () => {
    let draw = 0
    const { port } = await reflecting({
      filters: [
        faultFilter({
          abort: { httpStatus: 500, percentage: { numerator: 5000, denominator: 'TEN_THOUSAND' } },
        }),
      ],
      context: {
        random: () => {
          draw += 1
          return (draw % 10) / 10
        },
      },
    })
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(port)))
    const aborted = answers.filter((it) => it.status === 500).length
    expect(aborted).toBeGreaterThan(0)
    expect(aborted).toBeLessThan(20)
  })

  test('only where its header matchers hold, and as the route says', async () => {
    const { port } = await reflecting({
      filters: [faultFilter()],
      routes: configured({
        'envoy.filters.http.fault': {
          '@type': faultType,
          abort: { httpStatus: 503, percentage: always },
          headers: [{ name: 'end-user', stringMatch: { exact: 'jason' } }],
        } as { '@type': string },
      }),
    })
    expect(await call(port, '/', { headers: { 'end-user': 'jason' } })).toMatchObject({
      status: 503,
    })
    expect(await call(port, '/', { headers: { 'end-user': 'else' } })).toMatchObject({
      status: 200,
    })
    expect(await call(port, '/other', { headers: { 'end-user': 'jason' } })).toMatchObject({
      status: 200,
    })
  })

  test('as request headers ask, where that is allowed', async () => {
    const { port } = await reflecting({
      filters: [faultFilter({ abort: { headerAbort: {}, percentage: always } })],
    })
    expect(
      await call(port, '/', { headers: { 'x-envoy-fault-abort-request': '418' } }),
    ).toMatchObject({ status: 418 })
    expect(await call(port)).toMatchObject({ status: 200 })
  })
})

describe('faults', () => {
  const always = { numerator: 100 }
  const never = { numerator: 0 }

  test('slow responses down, every byte in its place', async () => {
    const body = Buffer.from(Array.from({ length: 20_000 }, (_, i) => 97 + (i % 26)))
    const { port, stats } = await startProxy({
      clusters: { backend: [await upstream((_request, response) => response.end(body))] },
      filters: [
        faultFilter({ responseRateLimit: { fixedLimit: { limitKbps: '64' }, percentage: always } }),
      ],
    })
    const started = performance.now()
    expect((await call(port)).body).toBe(body.toString())
    // 64 KiB a second, 4 KiB at once: the other 16 KiB take a quarter of a second.
    expect(performance.now() - started).toBeGreaterThan(150)
    expect(stats.counter('http.test.fault.response_rl_injected').value).toBe(1)
    expect(stats.gauge('http.test.fault.active_faults').value).toBe(0)
  })

  test('slow down no more than an upstream that is held back, and end with their client', async () => {
    const size = 4 << 20
    const { port, stats } = await startProxy({
      clusters: {
        backend: [await upstream((_request, response) => response.end(Buffer.alloc(size, 'x')))],
      },
      filters: [
        faultFilter({ responseRateLimit: { fixedLimit: { limitKbps: '1' }, percentage: always } }),
      ],
    })
    const controller = new AbortController()
    const answer = await fetch(`http://127.0.0.1:${port}`, { signal: controller.signal })
    const first = await answer.body?.getReader().read()
    expect(first?.value?.length).toBeLessThanOrEqual(1024)
    expect(stats.gauge('http.test.fault.active_faults').value).toBe(1)
    controller.abort()
    await vi.waitFor(() => expect(stats.gauge('http.test.fault.active_faults').value).toBe(0))
  })

  test('are as many at a time as allowed, over all routes', async () => {
    const delay = { fixedDelay: '60s', percentage: always }
    const { port, stats } = await reflecting({
      filters: [faultFilter({ delay, maxActiveFaults: 1 })],
    })
    const controller = new AbortController()
    const held = fetch(`http://127.0.0.1:${port}`, { signal: controller.signal })
    held.catch(() => undefined)
    await vi.waitFor(() => expect(stats.counter('http.test.fault.delays_injected').value).toBe(1))
    expect(await call(port)).toMatchObject({ status: 200 })
    expect(stats.counter('http.test.fault.faults_overflow').value).toBe(1)
    controller.abort()
    await vi.waitFor(() => expect(stats.gauge('http.test.fault.active_faults').value).toBe(0))
  })

  test('are for one cluster, or for the callers that are named', async () => {
    const abort = { httpStatus: 418, percentage: always }
    for (const [config, statuses] of [
      [{ abort, upstreamCluster: 'backend' }, [418, 418]],
      [{ abort, upstreamCluster: 'other' }, [200, 200]],
      [{ abort, downstreamNodes: ['a', 'b'] }, [200, 418]],
      [{ abort: { ...abort, percentage: never } }, [200, 200]],
    ] as const) {
      const { port } = await reflecting({ filters: [faultFilter(config)] })
      const headers = { 'x-envoy-downstream-service-node': 'b' }
      const answers = [await call(port), await call(port, '/', { headers })]
      expect(answers.map((it) => it.status)).toEqual(statuses)
    }
  })

  test('that say nothing are refused', async () => {
    await expect(reflecting({ filters: [faultFilter({ abort: {} })] })).rejects.toThrow(/abort/)
  })
})

describe('the CORS filter', () => {
  const policy = {
    '@type': type('envoy.extensions.filters.http.cors.v3.CorsPolicy'),
    allowOriginStringMatch: [{ exact: 'https://shop.test' }],
    allowMethods: 'GET,POST',
    allowHeaders: 'x-own',
    exposeHeaders: 'x-seen',
    maxAge: '600',
    allowCredentials: true,
  }
  const options: ProxyOptions = {
    filters: [corsFilter],
    routes: configured({ 'envoy.filters.http.cors': policy }),
  }
  const preflight = (origin: string) => ({
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  })

  test('answers preflights of allowed origins', async () => {
    const { port } = await reflecting(options)
    const reply = await call(port, '/', preflight('https://shop.test'))
    expect(reply).toMatchObject({
      status: 200,
      body: '',
      headers: {
        'access-control-allow-origin': 'https://shop.test',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'x-own',
        'access-control-max-age': '600',
        'access-control-allow-credentials': 'true',
      },
    })
  })

  test('passes the others on, and marks responses', async () => {
    const { port } = await reflecting(options)
    expect((await call(port, '/', preflight('https://evil.test'))).headers).not.toHaveProperty(
      'access-control-allow-origin',
    )
    expect(
      (await call(port, '/', { headers: { origin: 'https://shop.test' } })).headers,
    ).toMatchObject({
      'access-control-allow-origin': 'https://shop.test',
      'access-control-expose-headers': 'x-seen',
    })
    expect(
      (await call(port, '/other', { headers: { origin: 'https://shop.test' } })).headers,
    ).not.toHaveProperty('access-control-allow-origin')
  })
})

describe('CORS policies of several levels', () => {
  const corsPolicy = type('envoy.extensions.filters.http.cors.v3.CorsPolicy')
  const levels = (own: object, ofHost: object): ProxyOptions => {
    const said = (policy: object) => ({
      'envoy.filters.http.cors': { '@type': corsPolicy, ...policy },
    })
    const responseHeadersToAdd = [{ header: { key: 'x-route', value: 'seen' } }]
    const route = { match: { prefix: '/' }, route: { cluster: 'backend' } }
    const routes = [{ ...route, typedPerFilterConfig: said(own) }]
    const all = { name: 'all', domains: ['*'], typedPerFilterConfig: said(ofHost), routes }
    return { filters: [corsFilter], routes: [{ ...all, responseHeadersToAdd }] }
  }
  const preflight = {
    method: 'OPTIONS',
    headers: {
      origin: 'https://shop.test',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'a,b',
    },
  }

  test('count together, each field that of the first level that gives it', async () => {
    const allowOriginStringMatch = [{ exact: '*' }]
    const { port } = await reflecting(
      levels(
        { allowMethods: '*' },
        { allowOriginStringMatch, allowHeaders: '*', allowMethods: 'X' },
      ),
    )
    const { status, headers } = await call(port, '/', preflight)
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.test',
      // A star is what the client asks for.
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'a,b',
    })
    // The route has no say in such an answer.
    expect(headers).not.toHaveProperty('x-route')
  })

  test('say what would be allowed to preflights that are answered though their origin is not', async () => {
    const { port } = await reflecting(
      levels(
        { forwardNotMatchingPreflights: false },
        { allowMethods: 'GET', allowCredentials: true },
      ),
    )
    const { status, headers } = await call(port, '/', preflight)
    expect(status).toBe(200)
    expect(headers).toMatchObject({
      'access-control-allow-methods': 'GET',
      'access-control-allow-credentials': 'true',
    })
    expect(headers).not.toHaveProperty('access-control-allow-origin')
  })
})

describe('a filter of the user', () => {
  const custom = (create: HttpFilterType['create']): ProxyOptions => ({
    customFilters: [{ configTypes: ['test.Filter'], routeConfigTypes: ['test.Filter'], create }],
    filters: [{ name: 'mine', typedConfig: { '@type': type('test.Filter'), answer: 42 } }],
  })

  test('changes requests and responses', async () => {
    const { port } = await reflecting(
      custom((config) => () => ({
        onRequest(head) {
          head.headers.set('x-answer', String(config['answer']))
          return 'continue'
        },
        onResponse(head) {
          head.headers.set('x-done', 'yes')
          return 'continue'
        },
      })),
    )
    const reply = await call(port)
    expect(reply.headers).toMatchObject({ 'x-done': 'yes' })
    expect(JSON.parse(reply.body).headers).toMatchObject({ 'x-answer': '42' })
  })

  test('pauses a request with its body, and a response, and lets them go on', async () => {
    const { port } = await reflecting(
      custom(() => (stream) => ({
        onRequest() {
          setImmediate(() => stream.resumeRequest('continue'))
          return 'pause'
        },
        onResponse() {
          setImmediate(() => stream.resumeResponse())
          return 'pause'
        },
      })),
    )
    const body = 'x'.repeat(500_000)
    expect((await seen(port, '/', { method: 'POST', body })).body).toBe(body)
  })

  test('reads the whole body, within its limit', async () => {
    const options = custom(() => () => ({
      requestBodyLimit: 1000,
      onRequestBody: (body) =>
        body.length === 3 ? { status: 202, body: 'three', details: 'counted' } : 'continue',
    }))
    const { port } = await reflecting(options)
    expect(await call(port, '/', { method: 'POST', body: 'abc' })).toMatchObject({
      status: 202,
      body: 'three',
    })
    expect((await seen(port, '/', { method: 'POST', body: 'abcd' })).body).toBe('abcd')
    expect(await call(port, '/', { method: 'POST', body: 'x'.repeat(1001) })).toMatchObject({
      status: 413,
    })
  })

  test('that throws costs its request, not the proxy', async () => {
    const { port } = await reflecting(
      custom(() => () => ({
        onRequest(head) {
          if (head.path === '/throw') throw new Error('oops')
          return 'continue'
        },
        onResponse() {
          throw new Error('oops')
        },
      })),
    )
    expect(await call(port, '/throw')).toMatchObject({ status: 500 })
    expect(await call(port)).toMatchObject({ status: 200 })
  })

  test('that throws while it is made, or when all is over, costs no more', async () => {
    const { port, stats } = await reflecting(
      custom(() => ({ connection }) => {
        if (connection.id === 1) throw new Error('oops')
        return {
          onEnd() {
            throw new Error('oops')
          },
        }
      }),
    )
    expect(await call(port)).toMatchObject({ status: 500 })
    expect(await call(port)).toMatchObject({ status: 200 })
    expect(stats.gauge('http.test.downstream_rq_active').value).toBe(0)
    expect(stats.counter('http.test.downstream_rq_completed').value).toBe(2)
  })

  test('chooses the route anew', async () => {
    const { port } = await reflecting({
      ...custom(() => (stream) => ({
        onRequest(head) {
          head.path = '/chosen'
          stream.clearRouteCache()
          return 'continue'
        },
      })),
      routes: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            {
              match: { path: '/chosen' },
              directResponse: { status: 200, body: { inlineString: 'chosen' } },
            },
            { match: { prefix: '/' }, route: { cluster: 'backend' } },
          ],
        },
      ],
    })
    expect(await call(port)).toMatchObject({ body: 'chosen' })
  })

  test('is switched off by a route', async () => {
    const wrapper = { '@type': type('envoy.config.route.v3.FilterConfig'), disabled: true }
    const { port } = await reflecting({
      ...custom(() => () => ({ onRequest: () => ({ status: 401, details: 'no' }) })),
      routes: configured({ mine: wrapper }),
    })
    expect(await call(port)).toMatchObject({ status: 200 })
    expect(await call(port, '/other')).toMatchObject({ status: 401 })
  })
})

test('filters without effect are warned of once', async () => {
  const { warnings, port } = await reflecting({
    filters: [
      {
        name: 'istio.stats',
        typedConfig: {
          '@type': type('udpa.type.v1.TypedStruct'),
          typeUrl: type('stats.PluginConfig'),
          value: {},
        },
      },
    ],
  })
  expect(await call(port)).toMatchObject({ status: 200 })
  expect(warnings).toEqual(['http filter istio.stats is accepted but does nothing'])
})
