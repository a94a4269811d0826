import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compileFormat,
  envoyDefaultFormat,
  type FormatContext,
  FormatError,
  type FormatOptions,
  istioDefaultFormat,
  type JsonFormat,
} from '../src/index.ts'

const headers: Readonly<Record<string, string>> = {
  ':method': 'GET',
  ':path': '/rewritten',
  ':authority': 'shop.org',
  'x-envoy-original-path': '/original',
  'user-agent': 'curl/8',
  empty: '',
}

const context: FormatContext = {
  requestHeader: (name) => headers[name],
  responseHeader: (name) => (name === 'x-envoy-upstream-service-time' ? '7' : undefined),
  responseTrailer: (name) => (name === 'grpc-status' ? '14' : undefined),
  startTime: Date.UTC(2026, 0, 31, 13, 5, 9, 42),
  protocol: 'HTTP/1.1',
  responseCode: 503,
  responseCodeDetails: 'upstream reset',
  responseFlags: 'UF,URX',
  bytesReceived: 12,
  bytesSent: 345,
  durationMs: 9.9,
  requestDurationMs: 1,
  responseDurationMs: 8,
  responseTxDurationMs: 0,
  upstreamHost: '10.0.0.1:80',
  upstreamRemoteAddress: '10.0.0.1:80',
  upstreamCluster: 'outbound|80||shop',
  upstreamLocalAddress: '10.0.0.9:4711',
  upstreamTransportFailureReason: 'TLS error: bad',
  downstreamRemoteAddress: '[fd00::1]:1234',
  downstreamDirectRemoteAddress: '10.1.1.1:9',
  downstreamLocalAddress: '10.0.0.9:15006',
  downstreamTls: { version: 'TLSv1.3', peerUriSans: ['spiffe://a/b', 'spiffe://a/c'] },
  requestedServerName: 'shop.org',
  routeName: 'default',
  connectionId: 5,
  hostname: 'pod-1',
  dynamicMetadata: (namespace, path) => (namespace === 'jwt' ? { path } : undefined),
  filterState: (key) => (key === 'k' ? 'v' : undefined),
  environment: (name) => (name === 'ZONE' ? 'z1' : undefined),
}

function print(format: string | JsonFormat, options?: FormatOptions): string {
  return compileFormat(format, options).format(context)
}

function faultsOf(format: string | JsonFormat): readonly string[] {
  try {
    compileFormat(format)
  } catch (error) {
    if (error instanceof FormatError) {
      return error.faults.map(({ path, position, message }) => `${path}@${position} ${message}`)
    }
    throw error
  }
  return []
}

describe('text', () => {
  test.each([
    ['plain', 'plain'],
    ['', ''],
    ['100%%', '100%'],
    ['%%PROTOCOL%%', '%PROTOCOL%'],
    ['%PROTOCOL%%PROTOCOL%', 'HTTP/1.1HTTP/1.1'],
    ['%REQ(:METHOD)%', 'GET'],
    ['%REQ(User-Agent):4%', 'curl'],
    ['%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%', '/original'],
    ['%REQ(X-MISSING?:PATH)%', '/rewritten'],
    ['%REQ(X-MISSING?:PATH):3%', '/re'],
    ['%REQ(X-MISSING)%', '-'],
    ['%REQ(EMPTY)%', ''],
    ['%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%', '7'],
    ['%TRAILER(GRPC-STATUS)%', '14'],
    ['%GRPC_STATUS%', 'Unavailable'],
    ['%GRPC_STATUS(SNAKE_STRING)%', 'UNAVAILABLE'],
    ['%GRPC_STATUS_NUMBER%', '14'],
    ['%RESPONSE_CODE% %RESPONSE_FLAGS%', '503 UF,URX'],
    ['%RESPONSE_CODE_DETAILS%', 'upstream_reset'],
    ['%RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)%', 'upstream reset'],
    ['%BYTES_RECEIVED% %BYTES_SENT% %DURATION%', '12 345 9'],
    ['%REQUEST_DURATION% %RESPONSE_DURATION% %RESPONSE_TX_DURATION%', '1 8 0'],
    ['%UPSTREAM_HOST% %UPSTREAM_CLUSTER%', '10.0.0.1:80 outbound|80||shop'],
    ['%UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS%', 'outbound|80||shop 10.0.0.9:4711'],
    ['%UPSTREAM_TRANSPORT_FAILURE_REASON%', 'TLS_error:_bad'],
    ['%DOWNSTREAM_REMOTE_ADDRESS%', '[fd00::1]:1234'],
    ['%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', 'fd00::1'],
    ['%DOWNSTREAM_REMOTE_PORT%', '1234'],
    ['%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%', '10.1.1.1'],
    ['%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_PORT%', '10.0.0.9:15006 15006'],
    ['%UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %UPSTREAM_REMOTE_PORT%', '10.0.0.1 80'],
    ['%DOWNSTREAM_PEER_URI_SAN% %DOWNSTREAM_TLS_VERSION%', 'spiffe://a/b,spiffe://a/c TLSv1.3'],
    ['%UPSTREAM_PEER_SUBJECT%', '-'],
    ['%REQUESTED_SERVER_NAME% %ROUTE_NAME% %CONNECTION_ID% %HOSTNAME%', 'shop.org default 5 pod-1'],
    ['%DYNAMIC_METADATA(jwt:a:b)%', '{"path":["a","b"]}'],
    ['%DYNAMIC_METADATA(other)%', '-'],
    ['%METADATA(DYNAMIC:jwt:a)%', '{"path":["a"]}'],
    ['%FILTER_STATE(k:PLAIN)% %FILTER_STATE(x)%', 'v -'],
    ['%ENVIRONMENT(ZONE)% %ENVIRONMENT(NONE)%', 'z1 -'],
    ['%STREAM_ID% %CONNECTION_TERMINATION_DETAILS% %VIRTUAL_CLUSTER_NAME%', '- - -'],
  ])('%s prints %s', (format, expected) => {
    expect(print(format)).toBe(expected)
  })

  test('what is missing prints nothing if asked', () => {
    expect(print('[%STREAM_ID%|%REQ(X)%]', { omitEmptyValues: true })).toBe('[|]')
  })

  test('an empty context prints zeros and dashes', () => {
    expect(
      compileFormat('%RESPONSE_CODE% %BYTES_SENT% %DURATION% %RESPONSE_FLAGS%').format({}),
    ).toBe('0 0 - -')
  })

  test('a name that is empty is missing, a local reply that is empty is not', () => {
    const format = compileFormat('%ROUTE_NAME%|%LOCAL_REPLY_BODY%')
    expect(format.format({ routeName: '', localReplyBody: '' })).toBe('-|')
  })

  test("Envoy's default format", () => {
    expect(print(envoyDefaultFormat)).toBe(
      '[2026-01-31T13:05:09.042Z] "GET /original HTTP/1.1" 503 UF,URX 12 345 9 7 "-" "curl/8" "-" "shop.org" "10.0.0.1:80"\n',
    )
  })

  test("Istio's default format", () => {
    expect(print(istioDefaultFormat)).toBe(
      '[2026-01-31T13:05:09.042Z] "GET /original HTTP/1.1" 503 UF,URX upstream_reset - "TLS_error:_bad" 12 345 9 7 "-" "curl/8" "-" "shop.org" "10.0.0.1:80" outbound|80||shop 10.0.0.9:4711 10.0.0.9:15006 [fd00::1]:1234 shop.org default\n',
    )
  })

  test('any text without percent signs stays as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(print(text.replaceAll('%', '%%'))).toBe(text)
      }),
    )
  })
})

describe('time', () => {
  test.each([
    ['%START_TIME%', '2026-01-31T13:05:09.042Z'],
    ['%START_TIME(%Y/%m/%dT%H:%M:%S%z)%', '2026/01/31T13:05:09+0000'],
    ['%START_TIME(%s)%', '1769864709'],
    ['%START_TIME(%s.%3f)%', '1769864709.042'],
    ['%START_TIME(%3f %6f %9f %f)%', '042 042000 042000000 042000000'],
    [
      '%START_TIME(%a %A %b %B %e %j %I %p %y %F %T %%)%',
      'Sat Saturday Jan January 31 031 01 PM 26 2026-01-31 13:05:09 %',
    ],
    ['%START_TIME(%Q (x))%', '%Q (x)'],
    ['%START_TIME(%3s %E3S)%', '1769864709 09.042'],
    [
      '%START_TIME(%G %V %U %W %g %k %l %P %r %x %X)%',
      '2026 05 04 04 26 13  1 pm 01:05:09 PM 01/31/26 13:05:09',
    ],
    ['%START_TIME(%Y):2%', '20'],
  ])('%s prints %s', (format, expected) => {
    expect(print(format)).toBe(expected)
  })

  test.each([
    [Date.UTC(2027, 0, 1), '2026 53'],
    [Date.UTC(2024, 11, 30), '2025 01'],
    [Date.UTC(2026, 0, 1), '2026 01'],
  ])('the ISO week of %i is %s', (startTime, expected) => {
    expect(compileFormat('%START_TIME(%G %V)%').format({ startTime })).toBe(expected)
  })

  test('fractions of a millisecond count', () => {
    expect(compileFormat('%START_TIME(%s.%9f)%').format({ startTime: 1.5 })).toBe('0.001500000')
  })

  test('the time of logging is asked for when it is needed', () => {
    expect(compileFormat('%EMIT_TIME(%s)%').format({ now: () => 5000 })).toBe('5')
  })
})

describe('JSON', () => {
  test('an operator alone keeps its type, and text around it makes it a text', () => {
    const format = {
      code: '%RESPONSE_CODE%',
      took: '%DURATION%',
      line: '%RESPONSE_CODE% in %DURATION%ms',
      id: '%STREAM_ID%',
      dash: 'id %STREAM_ID%',
      constant: 'x',
      version: 2,
      on: true,
      nested: { claims: '%DYNAMIC_METADATA(jwt:a)%' },
      list: ['%PROTOCOL%', '%STREAM_ID%'],
      short: '%REQ(USER-AGENT):4%',
    }
    expect(JSON.parse(print(format))).toEqual({
      code: 503,
      took: 9,
      line: '503 in 9ms',
      id: null,
      dash: 'id -',
      constant: 'x',
      version: 2,
      on: true,
      nested: { claims: { path: ['a'] } },
      list: ['HTTP/1.1', null],
      short: 'curl',
    })
  })

  test('a line ends with a newline, in the order of the template', () => {
    expect(print({ b: '%PROTOCOL%', a: '%RESPONSE_CODE%' })).toBe('{"b":"HTTP/1.1","a":503}\n')
  })

  test('keys without a value are left out if asked', () => {
    expect(
      print(
        { id: '%STREAM_ID%', p: '%PROTOCOL%', list: ['%STREAM_ID%'] },
        { omitEmptyValues: true },
      ),
    ).toBe('{"p":"HTTP/1.1","list":[]}\n')
  })

  test('a key named __proto__ is a key like any other', () => {
    expect(print(JSON.parse('{"__proto__":"%PROTOCOL%"}'))).toBe('{"__proto__":"HTTP/1.1"}\n')
  })
})

describe('faults', () => {
  test.each([
    ['a %NOPE% b', '@2 NOPE: unknown operator'],
    ['50% off', '@2 expected %NAME(argument):length%, got a % that starts none'],
    ['%REQ%', '@0 REQ: expected (NAME) or (NAME?ALTERNATIVE), got no argument'],
    ['%REQ(a?b?c)%', '@0 REQ: expected (NAME) or (NAME?ALTERNATIVE), got (a?b?c)'],
    ['%PROTOCOL:4%', '@0 PROTOCOL: expected no length, got 4'],
    ['%PROTOCOL(x)%', '@0 PROTOCOL: expected no argument, got (x)'],
    [
      '%METADATA(LISTENER:a)%',
      '@0 METADATA: expected one of DYNAMIC, CLUSTER, UPSTREAM_HOST, ROUTE first, got (LISTENER:a)',
    ],
    [
      '%FILTER_STATE(k:FIELD:x)%',
      '@0 FILTER_STATE: expected (KEY), (KEY:PLAIN) or (KEY:TYPED), got (k:FIELD:x)',
    ],
  ])('%s: %s', (format, fault) => {
    expect(faultsOf(format)).toEqual([fault])
  })

  test('all of them come out, with the keys they stand under', () => {
    expect(faultsOf({ a: { b: '%X%' }, c: ['%PROTOCOL%', 'y %Z%'] })).toEqual([
      'a.b@0 X: unknown operator',
      'c[1]@2 Z: unknown operator',
    ])
    expect(() => compileFormat('%X%')).toThrow(
      'format is not valid: character 0: X: unknown operator [ERR_SUBSTITUTION_FORMAT_INVALID]',
    )
  })

  test('whatever the text, compiling either works or names a fault', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('%', '(', ')', ':', '?', 'R', 'E', 'Q', '1', ' ') }),
        (text) => {
          expect(faultsOf(text)).toBeInstanceOf(Array)
        },
      ),
    )
  })
})
