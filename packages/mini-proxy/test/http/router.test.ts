import { connect, type Socket } from 'node:net'
import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test, vi } from 'vitest'
import {
  call,
  closedPort,
  exchange,
  type ProxyOptions,
  rawUpstream,
  reflect,
  seen,
  startProxy,
  upstream,
} from './proxy-under-test.ts'

type RouteJson = NonNullable<
  NonNullable<
    Extract<ProxyOptions['routes'], readonly unknown[]>[number]['routes']
  >[number]['route']
>

const logged = {
  accessLog: [
    {
      name: 'log',
      typedConfig: {
        '@type': 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
        logFormat: {
          textFormat:
            '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_REQUEST_ATTEMPT_COUNT%',
        },
      },
    },
  ],
}

/** One route to `backend` with the given action. */
const routed = (route: RouteJson, host: object = {}): NonNullable<ProxyOptions['routes']> => [
  {
    name: 'all',
    domains: ['*'],
    routes: [{ name: 'only', match: { prefix: '/' }, route: { cluster: 'backend', ...route } }],
    ...host,
  },
]

/** Answers the nth request by the nth status; the last one for all that follow. */
function statuses(...codes: number[]) {
  const counted = { requests: 0 }
  const port = upstream((request, response) => {
    const status = codes[Math.min(counted.requests, codes.length - 1)] ?? 200
    counted.requests += 1
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      response.statusCode = status
      response.end(`${status} ${body}`)
    })
  })
  return { port, counted }
}

describe('rewrites', () => {
  test('path, host and headers go upstream as the route says', async () => {
    const { port } = await startProxy({
      clusters: { backend: [await upstream(reflect)] },
      routes: routed(
        {
          cluster: 'backend',
          prefixRewrite: '/new/',
          hostRewriteLiteral: 'inner.test',
          appendXForwardedHost: true,
        },
        {
          includeRequestAttemptCount: true,
          includeAttemptCountInResponse: true,
          requestHeadersToAdd: [
            { header: { key: 'x-client', value: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%' } },
            {
              header: { key: 'x-user', value: 'over' },
              appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD',
            },
          ],
          requestHeadersToRemove: ['x-drop'],
          responseHeadersToAdd: [{ header: { key: 'x-cluster', value: '%UPSTREAM_CLUSTER%' } }],
        },
      ),
    })
    const reply = await call(port, '/path?q', {
      headers: { host: 'outer.test', 'x-user': 'me', 'x-drop': '1' },
    })
    expect(reply.headers).toMatchObject({ 'x-cluster': 'backend', 'x-envoy-attempt-count': '1' })
    const { url, headers } = JSON.parse(reply.body)
    expect(url).toBe('/new/path?q')
    expect(headers).toMatchObject({
      host: 'inner.test',
      'x-forwarded-host': 'outer.test',
      'x-envoy-original-path': '/path?q',
      'x-envoy-original-host': 'outer.test',
      'x-client': '127.0.0.1',
      'x-user': 'over',
      'x-envoy-attempt-count': '1',
    })
    expect(headers).not.toHaveProperty('x-drop')
  })

  test('path and host may be templates, and a header added by the route may name the host', async () => {
    const { port } = await startProxy({
      clusters: { backend: [await upstream(reflect)] },
      routes: routed({ pathRewrite: '/by/%REQ(x-user)%', hostRewrite: '%REQ(x-user)%.test' }),
    })
    const { url, headers } = await seen(port, '/path?q', { headers: { host: 'a', 'x-user': 'me' } })
    expect(url).toBe('/by/me?q')
    expect(headers).toMatchObject({ host: 'me.test', 'x-envoy-original-path': '/path?q' })

    const named = await startProxy({
      clusters: { backend: [await upstream(reflect)] },
      routes: routed(
        { hostRewriteHeader: 'x-host' },
        { requestHeadersToAdd: [{ header: { key: 'x-host', value: 'to-%REQ(x-user)%' } }] },
      ),
    })
    const there = await seen(named.port, '/', { headers: { 'x-user': 'me' } })
    expect(there.headers).toMatchObject({ host: 'to-me' })
  })

  test('auto_host_rewrite takes the name of the host', async () => {
    const backend = await upstream(reflect)
    const { port } = await startProxy({
      clusters: { backend: [backend] },
      routes: routed({ autoHostRewrite: true }),
    })
    expect((await seen(port)).headers['host']).toBe(`host-${backend}.test`)
  })

  test('a header value cannot end its line', async () => {
    const { port } = await startProxy({
      clusters: { backend: [await upstream(reflect)] },
      routes: routed(
        {},
        { requestHeadersToAdd: [{ header: { key: 'x-bad', value: 'a\u010d\u010ax-evil: 1' } }] },
      ),
    })
    expect((await seen(port)).headers).not.toHaveProperty('x-evil')
  })
})

describe('as Envoy does', () => {
  test('a response that the proxy makes itself has a date', async () => {
    const { port } = await startProxy({
      routes: [
        {
          name: 'all',
          domains: ['*'],
          routes: [{ match: { prefix: '/' }, directResponse: { status: 410 } }],
        },
      ],
    })

    const { headers } = await call(port, '/')

    expect(headers['date']).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
  })

  test('a fixed answer may be made of a template', async () => {
    const answering = (path: string, bodyFormat: object) => ({
      match: { path },
      directResponse: { status: 200, body: { inlineString: 'plain' }, bodyFormat },
    })
    const { port } = await startProxy({
      routes: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            answering('/text', { textFormat: '%RESPONSE_CODE% %LOCAL_REPLY_BODY% %REQ(x-no)%' }),
            answering('/json', { jsonFormat: { body: '%LOCAL_REPLY_BODY%' } }),
          ],
        },
      ],
    })
    expect(await call(port, '/text')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: expect.stringMatching(/ plain -$/),
    })
    const json = await call(port, '/json')
    expect(json.headers['content-type']).toBe('application/json')
    expect(JSON.parse(json.body)).toEqual({ body: 'plain' })
  })

  test('templates of the path and the host see the headers that the route made, of a repeated one the first', async () => {
    const header = (key: string, value: string): object => ({ header: { key, value } })
    const { port } = await startProxy({
      clusters: { backend: [await upstream(reflect)] },
      routes: routed(
        { pathRewrite: '/to/%REQ(x-a)%', hostRewrite: '%REQ(x-b)%.test' },
        { requestHeadersToAdd: [header('x-a', 'added'), header('x-b', 'made')] },
      ),
    })

    expect(await seen(port, '/', { headers: { 'x-a': 'sent' } })).toMatchObject({
      url: '/to/sent',
      headers: { host: 'made.test', 'x-a': 'sent, added' },
    })
  })

  test('a route changes the headers of what the proxy answers in the place of its cluster', async () => {
    const { port } = await startProxy({
      routes: routed(
        { cluster: 'nowhere' },
        { responseHeadersToAdd: [{ header: { key: 'x-route', value: 'r' } }] },
      ),
    })

    expect(await call(port, '/')).toMatchObject({ status: 503, headers: { 'x-route': 'r' } })
  })

  test('gRPC callers hear of redirects and fixed answers in headers alone', async () => {
    const { port } = await startProxy({
      routes: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            { match: { prefix: '/moved' }, redirect: { hostRedirect: 'other.test' } },
            {
              match: { prefix: '/' },
              directResponse: { status: 403, body: { inlineString: 'no ☕' } },
              responseHeadersToAdd: [{ header: { key: 'x-route', value: 'fixed' } }],
            },
          ],
        },
      ],
    })
    const grpc = { headers: { 'content-type': 'application/grpc' } }

    expect(await call(port, '/moved', grpc)).toMatchObject({
      status: 200,
      headers: { 'grpc-status': '2', location: 'http://other.test/moved' },
    })
    expect(await call(port, '/fixed', grpc)).toMatchObject({
      status: 200,
      body: '',
      headers: { 'grpc-status': '7', 'grpc-message': 'no %E2%98%95', 'x-route': 'fixed' },
    })
  })

  test('a client without the cookie that its route hashes is given one, and keeps it', async () => {
    const { port } = await startProxy({
      clusters: { backend: [await upstream(reflect)] },
      routes: routed({ hashPolicy: [{ cookie: { name: 'user', ttl: '90s', path: '/shop' } }] }),
    })

    const first = await call(port, '/')
    const again = await call(port, '/', { headers: { cookie: 'user=abc' } })

    expect(first.headers['set-cookie']).toEqual([
      expect.stringMatching(/^user="[0-9a-f]{16}"; Max-Age=90; Path=\/shop; HttpOnly$/),
    ])
    expect(again.headers).not.toHaveProperty('set-cookie')
  })

  test('the upstream is told what one try may take', async () => {
    const { port } = await startProxy({
      clusters: { backend: [await upstream(reflect)] },
      routes: routed({
        timeout: '5s',
        retryPolicy: { retryOn: '5xx', numRetries: 1, perTryTimeout: '1s' },
      }),
    })

    expect((await seen(port)).headers['x-envoy-expected-rq-timeout-ms']).toBe('1000')
  })
})

test('weights share the requests out, and cluster_header names the cluster', async () => {
  const clusters = {
    a: [await upstream((_request, response) => response.end('a'))],
    b: [await upstream((_request, response) => response.end('b'))],
  }
  const { port } = await startProxy({
    clusters,
    context: { random: seededRandom(7) },
    routes: [
      {
        name: 'all',
        domains: ['*'],
        routes: [
          { match: { prefix: '/named' }, route: { clusterHeader: 'x-cluster' } },
          {
            match: { prefix: '/' },
            route: {
              weightedClusters: {
                clusters: [
                  { name: 'a', weight: 90 },
                  { name: 'b', weight: 10 },
                ],
              },
            },
          },
        ],
      },
    ],
  })
  const answers = await Promise.all(Array.from({ length: 60 }, () => call(port)))
  const counts = answers.map((it) => it.body)
  expect(counts).toContain('b')
  expect(counts.filter((it) => it === 'a').length).toBeGreaterThan(40)
  expect(await call(port, '/named', { headers: { 'x-cluster': 'b' } })).toMatchObject({ body: 'b' })
  expect(await call(port, '/named')).toMatchObject({ status: 503 })
})

describe('when the upstream fails', () => {
  test.each([
    [
      'nobody listens',
      closedPort,
      503,
      'remote connection failure',
      'UF',
      'remote_connection_failure|delayed_connect_error:_Connection_refused',
    ],
    [
      'it hangs up',
      () => rawUpstream((socket) => socket.on('data', () => socket.destroy())),
      503,
      'connection termination',
      'UC',
      'connection_termination',
    ],
    [
      'it talks nonsense',
      () => rawUpstream((socket) => socket.on('data', () => socket.write('SSH-2.0-x\r\n\r\n'))),
      502,
      'protocol error',
      'UPE',
      'protocol_error',
    ],
  ])('because %s', async (...[, start, status, reason, flag, details]) => {
    const { port, lines } = await startProxy({
      clusters: { backend: [await start()] },
      manager: logged,
    })
    expect(await call(port)).toMatchObject({
      status,
      body: `upstream connect error or disconnect/reset before headers. reset reason: ${reason}`,
    })
    expect(lines).toEqual([
      `${status} ${flag} upstream_reset_before_response_started{${details}} 1`,
    ])
  })

  test('because it has no host, or too many requests', async () => {
    const hold = await upstream(() => {})
    const { port, lines } = await startProxy({
      clusters: { none: [], full: { ports: [hold], maxRequests: 0 } },
      routes: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            { match: { prefix: '/none' }, route: { cluster: 'none' } },
            { match: { prefix: '/full' }, route: { cluster: 'full' } },
          ],
        },
      ],
      manager: logged,
    })
    expect(await call(port, '/none')).toMatchObject({ status: 503, body: 'no healthy upstream' })
    const full = await call(port, '/full')
    expect(full).toMatchObject({ status: 503, headers: { 'x-envoy-overloaded': 'true' } })
    expect(full.body).toMatch(/reset reason: overflow$/)
    expect(lines).toEqual([
      '503 UH no_healthy_upstream 1',
      '503 UO upstream_reset_before_response_started{overflow} 1',
    ])
  })

  test('in the middle of a response the client sees the connection break', async () => {
    const backend = await rawUpstream((socket) =>
      socket.on('data', () =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', () =>
          setImmediate(() => socket.destroy()),
        ),
      ),
    )
    const { port, lines } = await startProxy({ clusters: { backend: [backend] }, manager: logged })
    await expect(call(port)).rejects.toThrow()
    await vi.waitFor(() =>
      expect(lines).toEqual(['200 UPE upstream_reset_after_response_started{protocol_error} 1']),
    )
  })
})

describe('timeouts', () => {
  test('of the route, of one try, of the stream, and of the request header', async () => {
    const silent = await upstream(() => {})
    const route = (action: RouteJson, path: string) => ({
      match: { prefix: path },
      route: { cluster: 'backend', ...action },
    })
    const { port, lines } = await startProxy({
      clusters: { backend: [silent] },
      manager: {
        ...logged,
        internalAddressConfig: { cidrRanges: [{ addressPrefix: '127.0.0.1', prefixLen: 32 }] },
        useRemoteAddress: true,
      },
      routes: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            route({ timeout: '0.05s' }, '/route'),
            route({ retryPolicy: { retryOn: 'connect-failure', perTryTimeout: '0.05s' } }, '/try'),
            route({ maxStreamDuration: { maxStreamDuration: '0.05s' } }, '/stream'),
            route({}, '/header'),
          ],
        },
      ],
    })
    expect(await call(port, '/route')).toMatchObject({
      status: 504,
      body: 'upstream request timeout',
    })
    expect(await call(port, '/try')).toMatchObject({
      status: 504,
      body: 'upstream request timeout',
    })
    expect(await call(port, '/stream')).toMatchObject({
      status: 504,
      body: 'downstream duration timeout',
    })
    expect(
      await call(port, '/header', { headers: { 'x-envoy-upstream-rq-timeout-ms': '50' } }),
    ).toMatchObject({ status: 504 })
    expect(lines.map((it) => it.split(' ').slice(1, 3).join(' '))).toEqual([
      'UT response_timeout',
      'UT upstream_per_try_timeout',
      '- max_duration_timeout',
      'UT response_timeout',
    ])
  })
})

describe('retries', () => {
  test('a bad answer until a good one, with the same body', async () => {
    const { port: backend, counted } = statuses(503, 502, 200)
    const { port, stats } = await startProxy({
      clusters: { backend: [await backend] },
      routes: routed({ retryPolicy: { retryOn: '5xx', numRetries: 3 } }),
    })
    expect(await call(port, '/', { method: 'POST', body: 'again' })).toMatchObject({
      status: 200,
      body: '200 again',
    })
    expect(counted.requests).toBe(3)
    expect(stats.counter('cluster.backend.upstream_rq_retry').value).toBe(2)
  })

  test.each([
    ['gateway-error', 503, 2],
    ['gateway-error', 500, 1],
    ['retriable-4xx', 409, 2],
    ['retriable-4xx', 404, 1],
    ['retriable-status-codes', 429, 2],
    ['retriable-status-codes', 404, 1],
    ['connect-failure', 503, 1],
  ])('on %s a %i is asked for %i times', async (retryOn, status, times) => {
    const { port: backend, counted } = statuses(status)
    const { port } = await startProxy({
      clusters: { backend: [await backend] },
      routes: routed({ retryPolicy: { retryOn, retriableStatusCodes: [429] } }),
    })
    expect(await call(port)).toMatchObject({ status })
    expect(counted.requests).toBe(times)
  })

  test('end, with the last answer and their flag', async () => {
    const { port: backend } = statuses(503)
    const { port, lines } = await startProxy({
      clusters: { backend: [await backend] },
      manager: logged,
      routes: routed({ retryPolicy: { retryOn: '5xx', numRetries: 2 } }),
    })
    expect(await call(port)).toMatchObject({ status: 503, body: '503 ' })
    expect(lines).toEqual(['503 URX via_upstream 3'])
  })

  test('another host after one that refuses connections', async () => {
    const { port: good } = statuses(200)
    const { port } = await startProxy({
      clusters: { backend: [await closedPort(), await good] },
      routes: routed({
        retryPolicy: {
          retryOn: 'connect-failure',
          retryHostPredicate: [{ name: 'envoy.retry_host_predicates.previous_hosts' }],
          hostSelectionRetryMaxAttempts: '5',
        },
      }),
    })
    expect(await call(port)).toMatchObject({ status: 200 })
  })

  test('not with a body that is too large to keep', async () => {
    const { port: backend, counted } = statuses(503)
    const { port } = await startProxy({
      clusters: { backend: [await backend] },
      routes: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            {
              match: { prefix: '/' },
              perRequestBufferLimitBytes: 1000,
              route: { cluster: 'backend', retryPolicy: { retryOn: '5xx' } },
            },
          ],
        },
      ],
    })
    expect(await call(port, '/', { method: 'POST', body: 'x'.repeat(100_000) })).toMatchObject({
      status: 503,
    })
    expect(counted.requests).toBe(1)
  })

  test('are asked for by an internal caller, not by one from outside', async () => {
    const headers = { 'x-envoy-retry-on': '5xx', 'x-envoy-max-retries': '2' }
    const internalAddressConfig = { cidrRanges: [{ addressPrefix: '127.0.0.1', prefixLen: 32 }] }
    for (const [manager, times] of [
      [{ useRemoteAddress: true, internalAddressConfig }, 3],
      [{ useRemoteAddress: true }, 1],
    ] as const) {
      const { port: backend, counted } = statuses(503)
      const { port } = await startProxy({ clusters: { backend: [await backend] }, manager })
      await call(port, '/', { headers })
      expect(counted.requests).toBe(times)
    }
  })
})

test('copies go to the mirror, and nobody waits for it', async () => {
  const copies: string[] = []
  const shadow = await upstream((request) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => copies.push(`${request.method} ${request.headers.host} ${body}`))
  })
  const { port } = await startProxy({
    clusters: { backend: [await upstream(reflect)], shadow: [shadow] },
    routes: routed({ requestMirrorPolicies: [{ cluster: 'shadow' }] }),
  })
  expect(
    (await seen(port, '/', { method: 'POST', body: 'copy me', headers: { host: 'shop:80' } })).body,
  ).toBe('copy me')
  await vi.waitFor(() => expect(copies).toEqual(['POST shop-shadow:80 copy me']))
})

test('a mirror may have headers of its own', async () => {
  const copies: (string | undefined)[] = []
  const shadow = await upstream((request) => {
    copies.push(`${request.headers['x-copy']} ${request.headers['x-secret']}`)
  })
  const requestHeadersMutations = [
    { removeOnMatch: { keyMatcher: { prefix: 'x-s' } } },
    { append: { header: { key: 'x-copy', value: '%REQ(:METHOD)%' } } },
  ]
  const { port } = await startProxy({
    clusters: { backend: [await upstream(reflect)], shadow: [shadow] },
    routes: routed({ requestMirrorPolicies: [{ cluster: 'shadow', requestHeadersMutations }] }),
  })
  const { headers } = await seen(port, '/', { headers: { 'x-secret': '1' } })
  expect(headers).toMatchObject({ 'x-secret': '1' })
  expect(headers).not.toHaveProperty('x-copy')
  await vi.waitFor(() => expect(copies).toEqual(['GET undefined']))
})

describe('flow control', () => {
  test('slow readers hold the upstream back, and get every byte right', async () => {
    const size = 16 << 20
    const pattern = Buffer.from(Array.from({ length: 65_521 }, (_, i) => i % 251))
    const whole = Buffer.alloc(size, pattern)
    let written = 0
    const backend = await upstream((_request, response) => {
      response.setHeader('content-length', size)
      const push = (): void => {
        while (written < size) {
          const chunk = whole.subarray(written % size, (written % size) + 65_536)
          written += chunk.length
          if (!response.write(chunk)) {
            response.once('drain', push)
            return
          }
        }
        response.end()
      }
      push()
    })
    const { port } = await startProxy({ clusters: { backend: [backend] } })
    const socket = connect(port, '127.0.0.1')
    socket.pause()
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    let before = -1
    await vi.waitFor(
      () => {
        const steady = written > 0 && written === before
        before = written
        expect(steady).toBe(true)
      },
      { interval: 100, timeout: 5000 },
    )
    expect(written).toBeLessThan(size)
    const got: Buffer[] = []
    socket.on('data', (chunk: Buffer) => got.push(chunk))
    socket.resume()
    await new Promise((resolve) => socket.once('end', resolve))
    const answer = Buffer.concat(got)
    const body = answer.subarray(answer.indexOf('\r\n\r\n') + 4)
    expect(body.equals(whole)).toBe(true)
  })

  test('slow upstreams hold the client back', async () => {
    let paused: Socket | undefined
    const backend = await rawUpstream((socket) => {
      paused = socket.pause()
    })
    const { port } = await startProxy({ clusters: { backend: [backend] } })
    const client = connect(port, '127.0.0.1')
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 104857600\r\n\r\n')
    for (let i = 0; i < 100; i += 1) client.write(Buffer.alloc(1 << 20))
    let before = -1
    await vi.waitFor(
      () => {
        const left = client.writableLength
        const steady = left === before
        before = left
        expect(steady && paused !== undefined).toBe(true)
      },
      { interval: 100, timeout: 5000 },
    )
    expect(client.writableLength).toBeGreaterThan(50 << 20)
    client.destroy()
  })

  test('many slow readers at once do not get each other’s bytes', async () => {
    const backend = await upstream((request, response) => {
      response.end(Buffer.alloc(2 << 20, request.url ?? ''))
    })
    const { port } = await startProxy({ clusters: { backend: [backend] } })
    const read = (path: string) =>
      new Promise<boolean>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1')
        const got: Buffer[] = []
        socket.on('data', (chunk: Buffer) => {
          got.push(chunk)
          socket.pause()
          setImmediate(() => socket.resume())
        })
        socket.on('error', reject)
        socket.on('end', () => {
          const answer = Buffer.concat(got)
          const body = answer.subarray(answer.indexOf('\r\n\r\n') + 4)
          resolve(body.equals(Buffer.alloc(2 << 20, path)))
        })
        socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
      })
    const paths = ['/a', '/bb', '/ccc', '/dddd', '/eeeee', '/ffffff']
    expect(await Promise.all(paths.map(read))).toEqual(paths.map(() => true))
  })
})

test('an early answer ends a request that is still coming', async () => {
  const backend = await rawUpstream((socket) =>
    socket.once('data', () =>
      socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno'),
    ),
  )
  const { port } = await startProxy({ clusters: { backend: [backend] } })
  expect(
    await exchange(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc'),
  ).toMatch(/^HTTP\/1.1 413 [\s\S]*no$/)
})
