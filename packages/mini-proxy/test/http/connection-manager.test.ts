import { connect } from 'node:net'
import { compileRoutes } from '@meshwright/route-matcher'
import { describe, expect, test, vi } from 'vitest'
import { createFilterRegistry } from '../../src/filters/filter-registry.ts'
import { checkHttpConnectionManager } from '../../src/hcm/http-connection-manager.ts'
import { call, exchange, reflect, seen, startProxy, upstream } from './proxy-under-test.ts'

async function reflecting(options: Parameters<typeof startProxy>[0] = {}) {
  return startProxy({ clusters: { backend: [await upstream(reflect)] }, ...options })
}

describe('a request passes', () => {
  test('with its method, path and body, and what a proxy adds', async () => {
    const { port } = await reflecting()
    const reply = await call(port, '/a?b=c', {
      method: 'POST',
      body: 'hello',
      headers: { 'X-Own': '1' },
    })
    expect(reply.status).toBe(200)
    expect(reply.headers).toMatchObject({
      server: 'envoy',
      'x-envoy-upstream-service-time': expect.stringMatching(/^\d+$/),
    })
    expect(JSON.parse(reply.body)).toEqual({
      method: 'POST',
      url: '/a?b=c',
      body: 'hello',
      headers: {
        host: `127.0.0.1:${port}`,
        'content-length': '5',
        'x-own': '1',
        'x-forwarded-proto': 'http',
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        'x-envoy-expected-rq-timeout-ms': '15000',
      },
    })
  })

  test('whatever its size, both ways', async () => {
    const { port } = await reflecting()
    const body = 'x'.repeat(3_000_000)
    expect((await seen(port, '/', { method: 'PUT', body })).body).toBe(body)
  })

  test('with HEAD and without a body', async () => {
    const port = await upstream((_request, response) => {
      response.setHeader('content-length', '7')
      response.end()
    })
    const proxy = await startProxy({ clusters: { backend: [port] } })
    expect(await call(proxy.port, '/', { method: 'HEAD' })).toMatchObject({
      status: 200,
      headers: { 'content-length': '7' },
      body: '',
    })
  })

  test('with trailers where they are enabled', async () => {
    const port = await upstream((request, response) => {
      request.resume()
      request.on('end', () => response.end(JSON.stringify(request.trailers)))
    })
    const manager = { httpProtocolOptions: { enableTrailers: true } }
    const request =
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 7\r\n\r\n'
    const clusters = { backend: [port] }
    const enabled = await startProxy({ clusters, manager })
    expect(await exchange(enabled.port, request)).toContain('{"x-sum":"7"}')
    const disabled = await startProxy({ clusters })
    expect(await exchange(disabled.port, request)).toContain('{}')
  })
})

describe('at the edge', () => {
  const spoofed = {
    'x-forwarded-for': '1.2.3.4',
    'x-forwarded-proto': 'https',
    'x-envoy-external-address': '9.9.9.9',
    'x-envoy-retry-on': '5xx',
    'x-envoy-internal': 'true',
    'x-request-id': 'mine',
    'x-forwarded-client-cert': 'Subject="CN=admin"',
    'x-secret': 'internal',
  }

  test('what the client says of itself is replaced', async () => {
    const { port } = await reflecting({
      manager: { useRemoteAddress: true },
      routes: {
        name: 'r',
        internalOnlyHeaders: ['x-secret'],
        virtualHosts: [
          {
            name: 'all',
            domains: ['*'],
            routes: [{ match: { prefix: '/' }, route: { cluster: 'backend' } }],
          },
        ],
      },
    })
    const { headers } = await seen(port, '/', { headers: spoofed })
    expect(headers).toMatchObject({
      'x-forwarded-for': '1.2.3.4,127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-envoy-external-address': '127.0.0.1',
    })
    expect(headers['x-request-id']).not.toBe('mine')
    for (const name of [
      'x-envoy-retry-on',
      'x-envoy-internal',
      'x-forwarded-client-cert',
      'x-secret',
    ]) {
      expect(headers).not.toHaveProperty(name)
    }
  })

  test('what only proxies say is not taken from outside', async () => {
    const backend = await upstream(reflect)
    const said = {
      'x-envoy-force-trace': 'true',
      'x-envoy-original-path': '/admin',
      'x-envoy-original-host': 'other',
    }
    const edge = await startProxy({
      clusters: { backend: [backend] },
      manager: { useRemoteAddress: true },
    })
    const atEdge = await seen(edge.port, '/', { headers: said })
    expect(Object.keys(said).filter((it) => it in atEdge.headers)).toEqual([])

    // Behind another proxy, that one may have rewritten the request; traces are forced by internal requests only.
    const within = await startProxy({ clusters: { backend: [backend] } })
    const behind = await seen(within.port, '/', { headers: said })
    expect(Object.keys(said).filter((it) => it in behind.headers)).toEqual([
      'x-envoy-original-path',
      'x-envoy-original-host',
    ])
  })

  test('an internal caller is believed', async () => {
    const { port } = await reflecting({
      manager: {
        useRemoteAddress: true,
        internalAddressConfig: { cidrRanges: [{ addressPrefix: '127.0.0.0', prefixLen: 8 }] },
      },
    })
    const { headers } = await seen(port, '/', {
      headers: { 'x-request-id': 'mine', 'x-secret': '1' },
    })
    expect(headers).toMatchObject({
      'x-request-id': 'mine',
      'x-envoy-internal': 'true',
      'x-secret': '1',
    })
  })

  test.each([
    [{}, '127.0.0.1'],
    [{ xffNumTrustedHops: 1 }, '4.4.4.4'],
    [{ xffNumTrustedHops: 2 }, '3.3.3.3'],
    [{ xffNumTrustedHops: 3 }, '127.0.0.1'],
  ])('the client is found behind %o', async (options, address) => {
    const { port, lines } = await reflecting({
      manager: {
        useRemoteAddress: true,
        ...options,
        accessLog: [stdout('%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%')],
      },
    })
    await call(port, '/', { headers: { 'x-forwarded-for': '3.3.3.3,4.4.4.4' } })
    expect(lines).toEqual([address])
  })

  test('without use_remote_address the last hop before this one names the client', async () => {
    const { port, lines } = await reflecting({
      manager: { accessLog: [stdout('%DOWNSTREAM_REMOTE_ADDRESS%')] },
    })
    const { headers } = await seen(port, '/', {
      headers: { 'x-forwarded-for': '3.3.3.3, 4.4.4.4', 'x-forwarded-proto': 'https' },
    })
    expect(headers).toMatchObject({
      'x-forwarded-for': '3.3.3.3, 4.4.4.4',
      'x-forwarded-proto': 'https',
    })
    expect(lines).toEqual(['4.4.4.4:0'])
  })

  test('paths are put into their normal form, or refused', async () => {
    const { port } = await reflecting({
      manager: {
        normalizePath: true,
        mergeSlashes: true,
        pathWithEscapedSlashesAction: 'REJECT_REQUEST',
      },
    })
    expect((await seen(port, '/a//b/%2e%2e/c')).url).toBe('/a/c')
    expect(await call(port, '/a%2fb')).toMatchObject({ status: 400 })
    const redirecting = await reflecting({
      manager: { pathWithEscapedSlashesAction: 'UNESCAPE_AND_REDIRECT' },
    })
    expect(await call(redirecting.port, '/a%2fb')).toMatchObject({
      status: 307,
      headers: { location: '/a/b' },
    })
    const grpc = { headers: { 'content-type': 'application/grpc' } }
    expect(await call(redirecting.port, '/a%2fb', grpc)).toMatchObject({
      status: 200,
      headers: { 'grpc-status': '13' },
    })
  })

  test('ports and trailing dots are stripped from hosts, underscores refused or dropped', async () => {
    const { port } = await reflecting({
      manager: { stripAnyHostPort: true, stripTrailingHostDot: true },
    })
    expect((await seen(port, '/', { headers: { host: 'shop.test.:81' } })).headers['host']).toBe(
      'shop.test',
    )
    const action = (headersWithUnderscoresAction: 'REJECT_REQUEST' | 'DROP_HEADER') => ({
      manager: { commonHttpProtocolOptions: { headersWithUnderscoresAction } },
    })
    const rejecting = await reflecting(action('REJECT_REQUEST'))
    expect(await call(rejecting.port, '/', { headers: { a_b: '1' } })).toMatchObject({
      status: 400,
    })
    const dropping = await reflecting(action('DROP_HEADER'))
    expect((await seen(dropping.port, '/', { headers: { a_b: '1' } })).headers).not.toHaveProperty(
      'a_b',
    )
  })

  test('server, via and request id of the response are as configured', async () => {
    const { port } = await reflecting({
      manager: { serverName: 'mesh', via: 'here', alwaysSetRequestIdInResponse: true },
    })
    const reply = await call(port, '/', { headers: { 'x-request-id': 'given' } })
    expect(reply.headers).toMatchObject({ server: 'mesh', via: 'here', 'x-request-id': 'given' })
  })
})

describe('answers by itself', () => {
  test('404 without a route, 503 without a cluster', async () => {
    const { port, lines, stats } = await startProxy({
      routes: [
        {
          name: 'a',
          domains: ['known'],
          routes: [{ match: { prefix: '/' }, route: { cluster: 'nowhere' } }],
        },
      ],
      manager: {
        accessLog: [stdout('%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%\n')],
      },
    })
    expect(await call(port)).toMatchObject({ status: 404, body: '' })
    expect(await call(port, '/', { headers: { host: 'known' } })).toMatchObject({
      status: 503,
      body: '',
    })
    expect(lines).toEqual(['404 NR route_not_found\n', '503 NC cluster_not_found\n'])
    expect(stats.counter('http.test.downstream_rq_4xx').value).toBe(1)
  })

  test('redirects and fixed responses, with the headers of their routes', async () => {
    const { port } = await startProxy({
      routes: [
        {
          name: 'all',
          domains: ['*'],
          responseHeadersToAdd: [{ header: { key: 'x-route', value: '%ROUTE_NAME%' } }],
          routes: [
            {
              name: 'old',
              match: { path: '/old' },
              redirect: { hostRedirect: 'new.test', pathRedirect: '/new' },
            },
            {
              name: 'fixed',
              match: { prefix: '/' },
              directResponse: { status: 418, body: { inlineString: 'tea ☕' } },
            },
          ],
        },
      ],
    })
    expect(await call(port, '/old')).toMatchObject({
      status: 301,
      headers: { location: 'http://new.test/new', 'x-route': 'old' },
    })
    expect(await call(port)).toMatchObject({
      status: 418,
      body: 'tea ☕',
      headers: { 'x-route': 'fixed' },
    })
  })

  test('as its mappers and body format say', async () => {
    const { port } = await startProxy({
      routes: [],
      manager: {
        localReplyConfig: {
          mappers: [
            {
              filter: {
                statusCodeFilter: {
                  comparison: { op: 'EQ', value: { defaultValue: 404, runtimeKey: 'k' } },
                },
              },
              statusCode: 410,
              body: { inlineString: 'gone' },
              headersToAdd: [{ header: { key: 'X-Mapped', value: 'yes' } }],
            },
          ],
          bodyFormat: { jsonFormat: { said: '%LOCAL_REPLY_BODY%', code: '%RESPONSE_CODE%' } },
        },
      },
    })
    const reply = await call(port)
    expect(reply).toMatchObject({
      status: 410,
      headers: { 'x-mapped': 'yes', 'content-type': 'application/json' },
    })
    expect(JSON.parse(reply.body)).toEqual({ said: 'gone', code: 410 })
  })

  test('gRPC callers in their own way', async () => {
    const { port } = await startProxy()
    expect(
      await call(port, '/', { method: 'POST', headers: { 'content-type': 'application/grpc' } }),
    ).toMatchObject({
      status: 200,
      headers: { 'grpc-status': '14', 'content-type': 'application/grpc' },
    })
  })

  test('403 to an upgrade, and never 101', async () => {
    const { port } = await reflecting()
    expect(
      await exchange(
        port,
        'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1.1 403 /)
    expect(
      await exchange(port, 'CONNECT b:443 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
    ).toMatch(/^HTTP\/1.1 404 /)
  })

  test('426 to HTTP/1.0, unless that is accepted', async () => {
    const request = 'GET / HTTP/1.0\r\nHost: a\r\n\r\n'
    expect(await exchange((await reflecting()).port, request)).toMatch(/^HTTP\/1.1 426 /)
    const accepting = await reflecting({ manager: { httpProtocolOptions: { acceptHttp10: true } } })
    expect(await exchange(accepting.port, request)).toMatch(/^HTTP\/1.1 200 /)
  })

  test('408 to a request that does not end, 504 to an upstream that does not answer', async () => {
    const silent = await upstream(() => {})
    const { port } = await startProxy({
      clusters: { backend: [silent] },
      manager: { requestTimeout: '0.1s', streamIdleTimeout: '0.3s' },
    })
    const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\na'
    expect(await exchange(port, post)).toMatch(/^HTTP\/1.1 408 [\s\S]*request timeout$/)
    expect(await call(port)).toMatchObject({ status: 504, body: 'stream timeout' })
  })
})

test('100 Continue is said here, or left to the upstream', async () => {
  const head =
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n'
  const here = await reflecting()
  const answer = await exchange(here.port, `${head}hi`)
  expect(answer).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n/)
  expect(answer).not.toContain('"expect"')
  const there = await reflecting({ manager: { proxy100Continue: true } })
  const proxied = await exchange(there.port, `${head}hi`)
  expect(proxied.match(/100 Continue/g)).toHaveLength(1)
  expect(proxied).toContain('"expect":"100-continue"')
})

test('a request keeps the route table it started with, the next takes the new one', async () => {
  let answerFirst: (() => void) | undefined
  const slow = await upstream((_request, response) => {
    answerFirst = () => response.end('old')
  })
  const fresh = await upstream((_request, response) => response.end('new'))
  const { port, tables } = await startProxy({
    clusters: { old: [slow], new: [fresh] },
    manager: { rds: { routeConfigName: 'r' } },
  })
  const tableTo = (cluster: string) =>
    compileRoutes({
      virtualHosts: [
        { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster } }] },
      ],
    })
  expect(await call(port)).toMatchObject({ status: 404 })
  tables.set('r', tableTo('old'))
  const first = call(port)
  await vi.waitFor(() => expect(answerFirst).toBeDefined())
  tables.set('r', tableTo('new'))
  expect(await call(port)).toMatchObject({ body: 'new' })
  answerFirst?.()
  expect(await first).toMatchObject({ body: 'old' })
})

test('draining ends kept connections after their request', async () => {
  const { port, filter } = await reflecting()
  const socket = connect(port, '127.0.0.1')
  let got = ''
  socket.on('data', (chunk) => {
    got += chunk
  })
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await vi.waitFor(() => expect(got).toContain('200 OK'))
  expect(filter.activeConnections).toBe(1)
  const ended = new Promise((resolve) => socket.once('end', resolve))
  filter.drain('close')
  await ended
  socket.destroy()
  await vi.waitFor(() => expect(filter.activeConnections).toBe(0))
  expect(await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toBe('')
})

describe('the access log', () => {
  test("is written in Envoy's default format", async () => {
    const { port, lines } = await reflecting({
      manager: {
        accessLog: [
          {
            name: 'file',
            typedConfig: {
              '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
              path: '/dev/null',
            },
          },
        ],
      },
    })
    await call(port, '/a?b', {
      headers: { 'user-agent': 'test', 'x-request-id': 'id', host: 'shop' },
    })
    expect(lines[0]).toMatch(
      /^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] "GET \/a\?b HTTP\/1.1" 200 - 0 \d+ \d+ \d+ "-" "test" "id" "shop" "127.0.0.1:\d+"\n$/,
    )
  })

  test('is written as JSON', async () => {
    const { port, lines } = await reflecting({
      manager: {
        accessLog: [
          {
            typedConfig: {
              '@type':
                'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
              logFormat: {
                jsonFormat: {
                  code: '%RESPONSE_CODE%',
                  cluster: '%UPSTREAM_CLUSTER%',
                  route: '%ROUTE_NAME%',
                },
              },
            },
          },
        ],
      },
    })
    await call(port)
    expect(JSON.parse(lines[0] ?? '')).toEqual({ code: 200, cluster: 'backend', route: null })
    expect(lines[0]).toMatch(/\n$/)
  })

  test('is written where its filter holds', async () => {
    const filters = [
      {
        statusCodeFilter: {
          comparison: { op: 'GE' as const, value: { defaultValue: 400, runtimeKey: 'k' } },
        },
      },
      { headerFilter: { header: { name: 'x-log', stringMatch: { exact: 'yes' } } } },
      { responseFlagFilter: { flags: ['NR'] } },
      {
        durationFilter: {
          comparison: { op: 'LE' as const, value: { defaultValue: 60_000, runtimeKey: 'k' } },
        },
      },
    ]
    const { port, lines } = await startProxy({
      routes: [],
      manager: { accessLog: [{ ...stdout('%REQ(:PATH)%'), filter: { andFilter: { filters } } }] },
    })
    await call(port, '/logged', { headers: { 'x-log': 'yes' } })
    await call(port, '/not', { headers: { 'x-log': 'no' } })
    expect(lines).toEqual(['/logged'])
  })

  test('notes what was no request', async () => {
    const { port, lines } = await reflecting({
      manager: {
        accessLog: [
          stdout('%REQ(:METHOD)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%'),
        ],
      },
    })
    await exchange(port, 'GET / HTTP/1.1\r\nHost : a\r\n\r\n')
    await exchange(port, 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n')
    expect(lines).toEqual(['- 400 DPE http1.codec_error', 'POST 400 DPE http1.codec_error'])
  })

  test('notes a client that went away', async () => {
    const silent = await upstream(() => {})
    const { port, lines } = await startProxy({
      clusters: { backend: [silent] },
      manager: { accessLog: [stdout('%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%')] },
    })
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n', () => socket.destroy()),
    )
    await vi.waitFor(() => expect(lines).toEqual(['0 DC downstream_remote_disconnect']))
  })
})

test('counts under its prefix', async () => {
  const { port, stats } = await reflecting()
  await call(port)
  const value = (name: string) => stats.counter(`http.test.${name}`).value
  expect(
    [
      'downstream_cx_total',
      'downstream_rq_total',
      'downstream_rq_2xx',
      'downstream_rq_completed',
    ].map(value),
  ).toEqual([1, 1, 1, 1])
  expect(stats.gauge('http.test.downstream_rq_active').value).toBe(0)
  expect(
    stats.counter('cluster.backend.upstream_rq_200').value +
      stats.counter('cluster.backend.upstream_rq_2xx').value,
  ).toBeGreaterThan(0)
})

function stdout(textFormat: string) {
  return {
    name: 'stdout',
    typedConfig: {
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
      logFormat: { textFormat },
    },
  }
}

describe('the check refuses', () => {
  const router = {
    name: 'router',
    typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
  }
  const unknown = { name: 'mine', typedConfig: { '@type': 'type.googleapis.com/some.Filter' } }
  const routeConfig = { name: 'r', virtualHosts: [] }
  const check = (config: Parameters<typeof checkHttpConnectionManager>[0]) =>
    checkHttpConnectionManager(
      { statPrefix: 'x', routeConfig, httpFilters: [router], ...config },
      createFilterRegistry(),
    )

  test('nothing in a plain configuration', () => {
    expect(check({})).toEqual([])
  })

  test.each([
    [
      'an unknown filter',
      { httpFilters: [unknown, router] },
      'http filter "mine" of type some.Filter is not supported',
    ],
    [
      'a chain without router',
      { httpFilters: [] },
      'http_filters is empty: the last must be the router',
    ],
    [
      'a router that is not last',
      { httpFilters: [router, router] },
      'http filter "router": the router must be the last',
    ],
    [
      'scoped routes',
      { scopedRoutes: { name: 's' } },
      'http_connection_manager: scopedRoutes is not supported',
    ],
    [
      'HTTP/3',
      { codecType: 'HTTP3' as const },
      'http_connection_manager: codecType HTTP3 is not supported',
    ],
    [
      'an unknown access log',
      { accessLog: [{ name: 'l', typedConfig: { '@type': 'type.googleapis.com/some.Log' } }] },
      'access log "l": type some.Log is not supported',
    ],
    [
      'an unknown per-route config',
      {
        routeConfig: {
          name: 'r',
          virtualHosts: [
            {
              name: 'v',
              domains: ['*'],
              typedPerFilterConfig: { mine: { '@type': 'type.googleapis.com/some.Config' } },
            },
          ],
        },
      },
      'virtual host "v": typed_per_filter_config "mine" of type some.Config is not supported',
    ],
  ])('%s', (_name, config, reason) => {
    expect(check(config)).toContain(reason)
  })

  test('no filter that is optional, disabled or without effect', () => {
    const inert = {
      name: 'stats',
      typedConfig: {
        '@type': 'type.googleapis.com/udpa.type.v1.TypedStruct',
        typeUrl: 'type.googleapis.com/stats.PluginConfig',
        value: {},
      },
    }
    const httpFilters = [
      { ...unknown, isOptional: true },
      { ...unknown, disabled: true },
      inert,
      router,
    ]
    expect(check({ httpFilters })).toEqual([])
  })
})
