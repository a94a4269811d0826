import { describe, expect, test } from 'vitest'
import { readAccessLog } from './read-access-log.ts'
import { textLog } from './text-log.ts'

const read = (line: string, options = {}) => [...readAccessLog([line], options)]

describe('text lines', () => {
  test("of Envoy's default format", () => {
    const line =
      '[2024-04-15T20:17:00.310Z] "POST /api/v1/locations?x=1 HTTP/2" 204 - 154 0 226 100 ' +
      '"10.0.35.28" "nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"'

    expect(read(line)).toEqual([
      {
        line: 1,
        method: 'POST',
        path: '/api/v1/locations?x=1',
        authority: 'locations',
        protocol: 'HTTP/2',
        status: 204,
        responseFlags: '',
        headers: {
          'x-forwarded-for': '10.0.35.28',
          'user-agent': 'nsq2http',
          'x-request-id': 'cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2',
        },
      },
    ])
  })

  test("of Istio's default format", () => {
    const line =
      '[2024-04-25T21:26:18.409Z] "GET /status/418 HTTP/1.1" 418 - via_upstream - "-" 0 135 4 4 "-" ' +
      '"curl/7.29.0" "84961386-6d84" "httpbin:8000" "127.0.0.1:80" outbound|8000||httpbin.foo.svc.cluster.local ' +
      '127.0.0.1:41854 10.44.1.27:80 10.44.1.23:37652 - default'

    expect(read(line)).toMatchObject([
      {
        method: 'GET',
        path: '/status/418',
        authority: 'httpbin:8000',
        status: 418,
        upstreamCluster: 'outbound|8000||httpbin.foo.svc.cluster.local',
        routeName: 'default',
        headers: { 'user-agent': 'curl/7.29.0' },
      },
    ])
  })

  test('of a format of the caller', () => {
    const format =
      '%REQ(:METHOD)% %REQ(HOST)% "%REQ(:PATH):12%" user=%REQ(X-User)% %START_TIME(%s %3f)%'

    expect(read('GET h "/a" user=jason 1 2', { format })).toMatchObject([
      { method: 'GET', authority: 'h', path: '/a', headers: { 'x-user': 'jason' } },
    ])
    expect(read('GET h "/a" user=- 1 2', { format })[0]).not.toHaveProperty('headers')
    expect(read('GET h "/a23456789012" user=- 1', { format })).toMatchObject([
      { unreadable: 'path is cut off' },
    ])
  })

  test('a format whose values nothing tells apart is refused', () => {
    expect(() => textLog('%PROTOCOL%%ROUTE_NAME%')).toThrow(RangeError)
  })
})

describe('JSON lines', () => {
  test("of Istio's encoding", () => {
    const line = JSON.stringify({
      authority: 'httpbin:8000',
      bytes_received: 0,
      method: 'GET',
      path: '/get',
      protocol: 'HTTP/1.1',
      request_id: 'd209e46f',
      requested_server_name: null,
      response_code: 200,
      response_flags: '-',
      route_name: 'default',
      upstream_cluster: 'outbound|8000||httpbin.foo.svc.cluster.local',
      user_agent: 'curl/7.64',
      x_forwarded_for: null,
    })

    expect(read(line)).toEqual([
      {
        line: 1,
        method: 'GET',
        path: '/get',
        authority: 'httpbin:8000',
        protocol: 'HTTP/1.1',
        status: 200,
        responseFlags: '',
        routeName: 'default',
        upstreamCluster: 'outbound|8000||httpbin.foo.svc.cluster.local',
        headers: { 'user-agent': 'curl/7.64', 'x-request-id': 'd209e46f' },
      },
    ])
  })

  test('the path before a rewrite counts, if it is there', () => {
    const line = '{":method":"GET",":path":"/new",":authority":"h","x-envoy-original-path":"/old"}'
    expect(read(line)).toMatchObject([{ path: '/old' }])
    expect(read(line.replace('/old', '-'))).toMatchObject([{ path: '/new' }])
  })

  test('keys of the caller may reach into objects', () => {
    const json = {
      method: 'http.method',
      path: ['http.url', 'http.path'],
      authority: 'http.host',
      headers: { 'X-User': 'user' },
    }
    const line = '{"http":{"method":"PUT","path":"/x","host":"h"},"user":"eve"}'
    expect(read(line, { json })).toEqual([
      { line: 1, method: 'PUT', path: '/x', authority: 'h', headers: { 'x-user': 'eve' } },
    ])
  })
})

describe('what cannot be read', () => {
  test.each([
    ['{"method":"GET","path":"/"', 'expected JSON'],
    ['{"method":"GET","path":"/"}', 'no authority'],
    ['{}', 'no method, no path, no authority'],
    ['2024-04-25 info xds connected', 'expected "[" at the start'],
    ['[x] "GET', 'expected " " after method'],
  ])('%s: %s', (text, unreadable) => {
    expect(read(text)).toEqual([{ line: 1, text, unreadable }])
  })

  test('is cut, and blank lines are passed over but counted', () => {
    const entries = [...readAccessLog(['', `x${'y'.repeat(9_999)}`, '  '])]
    expect(entries).toMatchObject([{ line: 2, text: `x${'y'.repeat(199)}` }])
  })
})
