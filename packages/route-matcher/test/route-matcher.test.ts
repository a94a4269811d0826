import { describe, expect, test } from 'vitest'
import {
  type Action,
  applyHeaderMutations,
  type ClusterAction,
  compileRoutes,
  hashKeys,
  normalizePath,
  type PlainRequest,
  RouteConfigError,
  type RouteConfigurationJson,
  type RouteJson,
  type RouteMatchJson,
  request,
} from '../src/index.ts'

function tableOf(routes: readonly RouteJson[], rest: Partial<RouteConfigurationJson> = {}) {
  return compileRoutes({ virtualHosts: [{ name: 'all', domains: ['*'], routes }], ...rest })
}

function get(path: string, rest: Partial<PlainRequest> = {}) {
  return request({ authority: 'shop', path, ...rest })
}

/** Whether a route with this match takes the request. */
function matches(match: RouteMatchJson, asked: PlainRequest, random = 0): boolean {
  const table = tableOf([{ match, route: { cluster: 'hit' } }])
  return table.match(request(asked), { random })?.cluster === 'hit'
}

function actionOf(route: RouteJson, path = '/a/b?c=d', rest: Partial<PlainRequest> = {}): Action {
  const action = tableOf([route]).match(get(path, rest))?.action
  if (action === undefined) throw new Error('expected a match')
  return action
}

function clusterActionOf(route: RouteJson['route']): ClusterAction {
  const action = actionOf({ match: { prefix: '/' }, ...(route === undefined ? {} : { route }) })
  if (action.kind !== 'cluster') throw new Error('expected a cluster')
  return action
}

function faultsOf(configuration: unknown): readonly string[] {
  try {
    // What arrives may be anything, whatever its type says.
    compileRoutes(configuration as RouteConfigurationJson)
  } catch (error) {
    if (error instanceof RouteConfigError) {
      return error.faults.map(({ path, message }) => `${path}: ${message}`)
    }
    throw error
  }
  return []
}

describe('virtual hosts', () => {
  const domains = ['shop.org', '*.shop.org', '*.a.shop.org', 'shop.*', 'shop.or*', '*']
  const table = (rest: Partial<RouteConfigurationJson>) =>
    compileRoutes({
      ...rest,
      virtualHosts: domains.map((domain) => ({
        name: domain,
        domains: [domain],
        routes: [{ match: { prefix: '/' }, route: { cluster: domain } }],
      })),
    })

  test.each([
    ['shop.org', 'shop.org'],
    ['SHOP.Org', 'shop.org'],
    ['x.shop.org', '*.shop.org'],
    ['x.a.shop.org', '*.a.shop.org'],
    ['.shop.org', '*'],
    ['shop.com', 'shop.*'],
    ['shop.orx', 'shop.or*'],
    ['shop.', '*'],
    ['other', '*'],
    ['shop.org:80', 'shop.or*'],
    ['x.shop.org:80', '*'],
  ])('%s belongs to %s', (authority, domain) => {
    expect(table({}).match(request({ authority, path: '/' }))?.cluster).toBe(domain)
  })

  test.each([
    ['shop.org:80', 'shop.org'],
    ['x.shop.org:1', '*.shop.org'],
    ['[::1]', '*'],
  ])('%s belongs to %s if ports are ignored', (authority, domain) => {
    const found = table({ ignorePortInHostMatching: true }).match(request({ authority, path: '/' }))
    expect(found?.virtualHost.name).toBe(domain)
  })

  test('an IPv6 address keeps its last group when ports are ignored', () => {
    const v6 = compileRoutes({
      ignorePortInHostMatching: true,
      virtualHosts: [
        {
          name: 'v6',
          domains: ['[fd00::1]'],
          routes: [{ match: { prefix: '/' }, route: { cluster: 'v6' } }],
        },
      ],
    })
    expect(v6.match(request({ authority: '[fd00::1]', path: '/' }))?.cluster).toBe('v6')
    expect(v6.match(request({ authority: '[fd00::1]:80', path: '/' }))?.cluster).toBe('v6')
  })

  test('no domain, no route', () => {
    const one = compileRoutes({
      virtualHosts: [
        {
          name: 'a',
          domains: ['a'],
          routes: [{ match: { prefix: '/' }, route: { cluster: 'a' } }],
        },
      ],
    })
    expect(one.match(request({ authority: 'b', path: '/' }))).toBeUndefined()
    expect(one.match(request({ authority: '', path: '/' }))).toBeUndefined()
  })
})

describe('paths', () => {
  test.each<[RouteMatchJson, string, boolean]>([
    [{ prefix: '/api' }, '/api', true],
    [{ prefix: '/api' }, '/apis?x', true],
    [{ prefix: '/api' }, '/API', false],
    [{ prefix: '/api', caseSensitive: false }, '/API', true],
    [{ prefix: '/api' }, '/?/api', false],
    [{ path: '/api' }, '/api?x=1', true],
    [{ path: '/api' }, '/api#f', true],
    [{ path: '/api' }, '/api/', false],
    [{ path: '/Api', caseSensitive: false }, '/aPI', true],
    [{ pathSeparatedPrefix: '/api' }, '/api', true],
    [{ pathSeparatedPrefix: '/api' }, '/api/x', true],
    [{ pathSeparatedPrefix: '/api' }, '/api?x', true],
    [{ pathSeparatedPrefix: '/api' }, '/apis', false],
    [{ safeRegex: { regex: '/a+' } }, '/aaa?b', true],
    [{ safeRegex: { regex: '/a+' } }, '/aaab', false],
    [{ safeRegex: { regex: '/a+' } }, '/x/aaa', false],
    [{ safeRegex: { regex: '(?i)/A+' } }, '/aaa', true],
    [{ safeRegex: { regex: 'a|/ab' } }, '/ab', true],
  ])('%j and %s: %s', (match, path, expected) => {
    expect(matches(match, { authority: 'shop', path })).toBe(expected)
  })

  test('CONNECT without a path takes only a connect matcher', () => {
    const connect: PlainRequest = { authority: 'shop:443', path: '', method: 'CONNECT' }
    expect(matches({ prefix: '' }, connect)).toBe(false)
    expect(matches({ connectMatcher: {} }, connect)).toBe(true)
    expect(matches({ connectMatcher: {} }, { ...connect, method: 'GET' })).toBe(false)
  })

  test('path parameters can be ignored', () => {
    const table = tableOf([{ match: { path: '/a/b' }, route: { cluster: 'hit' } }], {
      ignorePathParametersInPathMatching: true,
    })
    expect(table.match(get('/a;v=1;w/b;?x'))?.cluster).toBe('hit')
    expect(table.match(get('/a;v=1/b/c'))).toBeUndefined()
  })

  test('a hostile pattern and text take linear time', () => {
    expect(
      matches(
        { safeRegex: { regex: '(a+)+$' } },
        { authority: 'shop', path: `${'a'.repeat(65_536)}!` },
      ),
    ).toBe(false)
  })
})

describe('headers', () => {
  type Matcher = NonNullable<RouteMatchJson['headers']>[number]
  const small: Matcher = { name: 'x-user', rangeMatch: { start: -9, end: 9 } }
  test.each<[Matcher, string | string[] | undefined, boolean]>([
    [{ name: 'X-User', stringMatch: { exact: 'jason' } }, 'jason', true],
    [{ name: 'x-user', stringMatch: { exact: 'jason' } }, 'Jason', false],
    [{ name: 'x-user', stringMatch: { exact: 'jason', ignoreCase: true } }, 'JASON', true],
    [{ name: 'x-user', stringMatch: { prefix: 'ja' } }, 'jason', true],
    [{ name: 'x-user', stringMatch: { suffix: 'ON', ignoreCase: true } }, 'jason', true],
    [{ name: 'x-user', stringMatch: { contains: 'as' } }, 'jason', true],
    [{ name: 'x-user', stringMatch: { safeRegex: { regex: 'j.s.n' } } }, 'jason', true],
    [{ name: 'x-user', stringMatch: { safeRegex: { regex: 'j.s' } } }, 'jason', false],
    // Of a repeated header each value is looked at, as Envoy 1.40 was seen to do.
    [{ name: 'x-user', stringMatch: { exact: 'b' } }, ['a', 'b'], true],
    [{ name: 'x-user', stringMatch: { exact: 'a,b' } }, ['a', 'b'], false],
    [{ name: 'x-user', stringMatch: { exact: 'a,b' } }, 'a,b', true],
    [{ name: 'x-user', stringMatch: { exact: 'b' }, invertMatch: true }, ['a', 'b'], false],
    [{ name: 'x-user', stringMatch: { contains: ',' }, invertMatch: true }, ['a', 'b'], true],
    [{ name: 'x-user', rangeMatch: { start: '5', end: '6' } }, ['1', '5'], true],
    [{ name: 'x-user', stringMatch: { exact: 'jason' } }, undefined, false],
    // Inverted, a missing header still fails, unless it is taken as empty.
    [{ name: 'x-user', stringMatch: { exact: 'jason' }, invertMatch: true }, undefined, false],
    [
      {
        name: 'x-user',
        stringMatch: { exact: 'jason' },
        invertMatch: true,
        treatMissingHeaderAsEmpty: true,
      },
      undefined,
      true,
    ],
    [{ name: 'x-user', stringMatch: { exact: 'jason' }, invertMatch: true }, 'x', true],
    [
      { name: 'x-user', stringMatch: { exact: '' }, treatMissingHeaderAsEmpty: true },
      undefined,
      true,
    ],
    [{ name: 'x-user' }, 'x', true],
    [{ name: 'x-user' }, undefined, false],
    [{ name: 'x-user', presentMatch: true }, '', true],
    [{ name: 'x-user', presentMatch: true, invertMatch: true }, undefined, true],
    [{ name: 'x-user', presentMatch: true, invertMatch: true }, 'x', false],
    [{ name: 'x-user', presentMatch: false }, undefined, true],
    [{ name: 'x-user', presentMatch: false }, 'x', false],
    [{ name: 'x-user', presentMatch: true, treatMissingHeaderAsEmpty: true }, undefined, true],
    [{ name: 'x-user', rangeMatch: { start: '-10', end: '0' } }, '-1', true],
    [{ name: 'x-user', rangeMatch: { start: '-10', end: '0' } }, '0', false],
    [{ name: 'x-user', rangeMatch: { start: -10, end: 0 } }, '-1somestring', false],
    [
      { name: 'x-user', rangeMatch: { start: '9007199254740993', end: '9007199254740994' } },
      '9007199254740993',
      true,
    ],
    ...['5', '+5', '005', '\t 5\v', `${'0'.repeat(30)}5`, '-0', '-4'].map(
      (text): [Matcher, string, boolean] => [small, text, true],
    ),
    ...['', '+', '--4', '+-4', '5.0', '0x5', '1e0', '\xa05', '\ufeff5', '9', '9'.repeat(21)].map(
      (text): [Matcher, string, boolean] => [small, text, false],
    ),
    [{ name: 'x-user', exactMatch: 'jason' }, 'jason', true],
    [{ name: 'x-user', exactMatch: '' }, 'anything', true],
    [{ name: 'x-user', prefixMatch: 'j' }, 'jason', true],
    [{ name: 'x-user', suffixMatch: 'n' }, 'jason', true],
    [{ name: 'x-user', containsMatch: 'zz' }, 'jason', false],
    [{ name: 'x-user', safeRegexMatch: { regex: 'j.*' } }, 'jason', true],
  ])('%j sees %j: %s', (header, value, expected) => {
    const headers = value === undefined ? {} : { 'x-user': value }
    expect(
      matches({ prefix: '/', headers: [header] }, { authority: 'a', path: '/', headers }),
    ).toBe(expected)
  })

  test.each([
    [':method', 'PUT'],
    [':scheme', 'https'],
    [':authority', 'shop'],
    ['host', 'shop'],
    [':path', '/x?y'],
  ])('%s is a header too', (name, exact) => {
    const asked = { authority: 'shop', path: '/x?y', method: 'PUT', scheme: 'https' }
    expect(matches({ prefix: '/', headers: [{ name, stringMatch: { exact } }] }, asked)).toBe(true)
    expect(matches({ prefix: '/', headers: [{ name, stringMatch: { exact: 'no' } }] }, asked)).toBe(
      false,
    )
  })
})

describe('query parameters, cookies, gRPC and draws', () => {
  type Parameter = NonNullable<RouteMatchJson['queryParameters']>[number]
  test.each<[Parameter, string, boolean]>([
    [{ name: 'a' }, '/?a', true],
    [{ name: 'a' }, '/?b', false],
    [{ name: 'a', presentMatch: false }, '/?b', true],
    [{ name: 'a', stringMatch: { exact: '1' } }, '/?a=1&a=2', true],
    [{ name: 'a', stringMatch: { exact: '2' } }, '/?a=1&a=2', false],
    [{ name: 'a', stringMatch: { exact: 'x=y' } }, '/?b&a=x=y', true],
    [{ name: 'a', stringMatch: { exact: '%31' } }, '/?a=%31', true],
    [{ name: 'a', stringMatch: { prefix: 'v' } }, '/', false],
  ])('%j sees %s: %s', (parameter, path, expected) => {
    expect(matches({ prefix: '/', queryParameters: [parameter] }, { authority: 'a', path })).toBe(
      expected,
    )
  })

  test.each([
    ['session=abc; x="q"', { name: 'session', stringMatch: { exact: 'abc' } }, true],
    ['session=abc; x="q"', { name: 'x', stringMatch: { exact: 'q' } }, true],
    ['session=abc', { name: 'session', stringMatch: { exact: 'abc' }, invertMatch: true }, false],
    ['other=abc', { name: 'session', stringMatch: { exact: 'abc' }, invertMatch: true }, true],
    ['other=abc', { name: 'session', stringMatch: { exact: 'abc' } }, false],
    ['b;  a=x;a=y', { name: 'a', stringMatch: { exact: 'x' } }, true],
    ['a=x ;b', { name: 'a', stringMatch: { exact: 'x ' } }, true],
    ['a= x', { name: 'a', stringMatch: { exact: ' x' } }, true],
    ['a="x" ;b', { name: 'a', stringMatch: { exact: '"x" ' } }, true],
    ['a =x', { name: 'a', stringMatch: { exact: 'x' } }, false],
    ['b;\ta=x', { name: 'a', stringMatch: { exact: 'x' } }, false],
    ['b;\xa0a=x', { name: 'a', stringMatch: { exact: 'x' } }, false],
  ])('cookies %s pass %j: %s', (cookie, matcher, expected) => {
    const asked = { authority: 'a', path: '/', headers: { cookie } }
    expect(matches({ prefix: '/', cookies: [matcher] }, asked)).toBe(expected)
  })

  test.each([
    ['application/grpc', true],
    ['application/grpc+proto', true],
    ['application/grpc-web', false],
    ['text/html', false],
  ])('%s is gRPC: %s', (type, expected) => {
    const headers = { 'content-type': type }
    expect(matches({ prefix: '/', grpc: {} }, { authority: 'a', path: '/', headers })).toBe(
      expected,
    )
  })

  test('a runtime fraction takes its share of the draws', () => {
    const runtimeFraction = { defaultValue: { numerator: 25, denominator: 'HUNDRED' } }
    const hits = (random: number) =>
      matches({ prefix: '/', runtimeFraction }, { authority: 'a', path: '/' }, random)
    expect([0, 24, 25, 99, 100, 124, 125].map(hits)).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
      false,
    ])
  })

  test('a draw below one is spread over all integers', () => {
    const runtimeFraction = { defaultValue: { numerator: 500_000, denominator: 'MILLION' } }
    const hits = Array.from({ length: 1000 }, (_, i) =>
      matches({ prefix: '/', runtimeFraction }, { authority: 'a', path: '/' }, (i + 0.5) / 1000),
    ).filter(Boolean)
    expect(hits.length).toBeGreaterThan(400)
    expect(hits.length).toBeLessThan(600)
  })
})

describe('clusters', () => {
  const weighted = (weights: readonly number[]) =>
    tableOf([
      {
        match: { prefix: '/' },
        route: {
          weightedClusters: { clusters: weights.map((weight, i) => ({ name: `c${i}`, weight })) },
        },
      },
    ])

  test('each weighted cluster gets exactly its share of the draws', () => {
    const table = weighted([0, 90, 0, 10, 0])
    const counts = new Map<string | undefined, number>()
    for (let random = 0; random < 1000; random++) {
      const { cluster } = table.match(get('/'), { random }) ?? {}
      counts.set(cluster, (counts.get(cluster) ?? 0) + 1)
    }
    expect(Object.fromEntries(counts)).toEqual({ c1: 900, c3: 100 })
    expect(table.match(get('/'), { random: 89 })?.cluster).toBe('c1')
    expect(table.match(get('/'), { random: 90 })?.cluster).toBe('c3')
  })

  test('a header can stand in for the draw', () => {
    const table = tableOf([
      {
        match: { prefix: '/' },
        route: {
          weightedClusters: {
            headerName: 'X-Pick',
            clusters: [
              { name: 'a', weight: 1 },
              { name: 'b', weight: 1 },
            ],
          },
        },
      },
    ])
    expect(table.match(get('/', { headers: { 'x-pick': '18446744073709551615' } }))?.cluster).toBe(
      'b',
    )
    expect(table.match(get('/', { headers: { 'x-pick': '0' } }), { random: 1 })?.cluster).toBe('a')
    for (const text of ['+2', ' 2\t', `${'0'.repeat(30)}2`]) {
      const asked = get('/', { headers: { 'x-pick': text } })
      expect(table.match(asked, { random: 1 })?.cluster, text).toBe('a')
    }
    for (const text of ['x', '-2', '2.0', '\xa02', '18446744073709551616']) {
      const asked = get('/', { headers: { 'x-pick': text } })
      expect(table.match(asked, { random: 1 })?.cluster, text).toBe('b')
    }
  })

  test('a header can name the cluster, and a missing one names none', () => {
    const table = tableOf([{ match: { prefix: '/' }, route: { clusterHeader: 'X-Cluster' } }])
    expect(table.match(get('/', { headers: { 'x-cluster': 'c' } }))?.cluster).toBe('c')
    expect(table.match(get('/'))?.cluster).toBe('')
  })

  test('the table knows every cluster it may send to', () => {
    const table = tableOf([
      {
        match: { prefix: '/' },
        route: {
          weightedClusters: {
            clusters: [
              { name: 'a', weight: 1 },
              { name: 'b', weight: 1 },
            ],
          },
          requestMirrorPolicies: [{ cluster: 'm' }],
        },
      },
      { match: { prefix: '/' }, route: { cluster: 'a' } },
    ])
    expect([...table.clusters].sort()).toEqual(['a', 'b', 'm'])
  })

  test('endpoint metadata of a weighted cluster goes over that of its route', () => {
    const lb = (fields: object) => ({ filterMetadata: { 'envoy.lb': fields } })
    const action = clusterActionOf({
      metadataMatch: lb({ version: 'v1', stage: 'prod' }),
      weightedClusters: {
        clusters: [{ name: 'a', weight: 1, metadataMatch: lb({ version: 'v2' }) }],
      },
    })
    expect(action.metadataMatch).toEqual({ version: 'v2', stage: 'prod' })
  })

  test('timeouts have their defaults, and zero is kept', () => {
    expect(clusterActionOf({ cluster: 'a' })).toMatchObject({
      timeoutMs: 15_000,
      idleTimeoutMs: undefined,
      maxStreamDurationMs: undefined,
      retryPolicy: undefined,
      clusterNotFoundStatus: 503,
      priority: 'default',
    })
    expect(
      clusterActionOf({
        cluster: 'a',
        timeout: '0s',
        idleTimeout: '0.25s',
        maxStreamDuration: { maxStreamDuration: '3s', grpcTimeoutHeaderMax: '0s' },
        clusterNotFoundResponseCode: 'NOT_FOUND',
        priority: 1,
      }),
    ).toMatchObject({
      timeoutMs: 0,
      idleTimeoutMs: 250,
      maxStreamDurationMs: 3000,
      grpcTimeoutHeaderMaxMs: 0,
      clusterNotFoundStatus: 404,
      priority: 'high',
    })
  })

  test('the retry policy of a route replaces that of its virtual host', () => {
    const table = compileRoutes({
      virtualHosts: [
        {
          name: 'a',
          domains: ['*'],
          retryPolicy: { retryOn: '5xx', numRetries: 7 },
          routes: [
            {
              match: { prefix: '/own' },
              route: {
                cluster: 'a',
                retryPolicy: {
                  retryOn: 'connect-failure, retriable-headers',
                  perTryTimeout: '2s',
                  hostSelectionRetryMaxAttempts: '5',
                  retryHostPredicate: [{ name: 'envoy.retry_host_predicates.previous_hosts' }],
                  retryBackOff: { baseInterval: '0.1s' },
                  retriableHeaders: [{ name: 'X-Retry' }],
                },
              },
            },
            { match: { prefix: '/' }, route: { cluster: 'a' } },
          ],
        },
      ],
    })
    const policy = (path: string) => {
      const action = table.match(get(path))?.action
      return action?.kind === 'cluster' ? action.retryPolicy : undefined
    }
    expect(policy('/own')).toMatchObject({
      retryOn: ['connect-failure', 'retriable-headers'],
      numRetries: 1,
      perTryTimeoutMs: 2000,
      hostSelectionMaxAttempts: 5,
      hostPredicates: ['envoy.retry_host_predicates.previous_hosts'],
      backOff: { baseMs: 100, maxMs: 1000 },
    })
    expect(
      policy('/own')?.isRetriableResponse((name) => (name === 'x-retry' ? '1' : undefined)),
    ).toBe(true)
    expect(policy('/own')?.isRetriableResponse(() => undefined)).toBe(false)
    expect(policy('/own')?.isRetriableRequest(() => undefined)).toBe(true)
    expect(policy('/')).toMatchObject({
      retryOn: ['5xx'],
      numRetries: 7,
      backOff: { baseMs: 25, maxMs: 250 },
    })
  })

  test('mirrors come from the most specific level that has some', () => {
    const configuration: RouteConfigurationJson = {
      requestMirrorPolicies: [{ cluster: 'global' }],
      virtualHosts: [
        {
          name: 'a',
          domains: ['*'],
          routes: [
            {
              match: { prefix: '/own' },
              route: {
                cluster: 'a',
                requestMirrorPolicies: [
                  {
                    cluster: 'own',
                    runtimeFraction: {
                      defaultValue: { numerator: 5, denominator: 'TEN_THOUSAND' },
                    },
                    disableShadowHostSuffixAppend: true,
                    traceSampled: false,
                  },
                ],
              },
            },
            { match: { prefix: '/' }, route: { cluster: 'a' } },
          ],
        },
      ],
    }
    const table = compileRoutes(configuration)
    const mirrors = (path: string) => {
      const action = table.match(get(path))?.action
      return action?.kind === 'cluster' ? action.mirrors : undefined
    }
    expect(mirrors('/own')).toEqual([
      {
        cluster: 'own',
        clusterHeader: undefined,
        fraction: { numerator: 5, denominator: 10_000 },
        traceSampled: false,
        runtimeKey: undefined,
        appendShadowSuffix: false,
        hostRewriteLiteral: undefined,
        requestHeadersMutations: [],
      },
    ])
    expect(mirrors('/')).toMatchObject([
      {
        cluster: 'global',
        fraction: { numerator: 100, denominator: 100 },
        appendShadowSuffix: true,
      },
    ])
  })

  test('hash policies give their keys in order until there is a key at a terminal one', () => {
    const { hashPolicies } = clusterActionOf({
      cluster: 'a',
      hashPolicy: [
        {
          header: {
            headerName: 'X-User',
            regexRewrite: { pattern: { regex: '(.)-.*' }, substitution: '\\1' },
          },
        },
        { cookie: { name: 'session', ttl: '0s', path: '/' }, terminal: true },
        { queryParameter: { name: 'q' } },
        { connectionProperties: { sourceIp: true } },
      ],
    })
    expect(
      hashKeys(hashPolicies, get('/?q=1', { headers: { 'x-user': ['b-x', 'a-x'] } }), {
        sourceIp: '10.0.0.1',
      }),
    ).toEqual([['a', 'b']])
    expect(hashKeys(hashPolicies, get('/?q=1'), { sourceIp: '10.0.0.1' })).toEqual([
      ['1'],
      ['10.0.0.1'],
    ])
    expect(hashKeys(hashPolicies, get('/?q=1', { headers: { cookie: 'session=s' } }))).toEqual([
      ['s'],
    ])
    expect(hashPolicies[1]?.cookie).toEqual({ ttlMs: 0, path: '/', attributes: [] })
  })
})

describe('redirects and direct responses', () => {
  type Redirect = NonNullable<RouteJson['redirect']>
  const http = { authority: 'shop.org:80', scheme: 'http' }
  test.each<[Redirect, string]>([
    [{}, 'http://shop.org:80/a/b?c=d'],
    [{ httpsRedirect: true }, 'https://shop.org/a/b?c=d'],
    [{ schemeRedirect: 'ftp' }, 'ftp://shop.org/a/b?c=d'],
    [{ hostRedirect: 'new.org' }, 'http://new.org/a/b?c=d'],
    [{ portRedirect: 8080 }, 'http://shop.org:8080/a/b?c=d'],
    [{ pathRedirect: '/n' }, 'http://shop.org:80/n?c=d'],
    [{ pathRedirect: '/n', stripQuery: true }, 'http://shop.org:80/n'],
    [{ pathRedirect: '/n?q=1', stripQuery: true }, 'http://shop.org:80/n?q=1'],
    [{ prefixRewrite: '/n' }, 'http://shop.org:80/n/b?c=d'],
    [
      { regexRewrite: { pattern: { regex: '^/a/(.*)$' }, substitution: '/\\1/a' } },
      'http://shop.org:80/b/a?c=d',
    ],
    [{ stripQuery: true }, 'http://shop.org:80/a/b'],
    [{ pathRedirect: 'n' }, 'http://shop.org:80/n?c=d'],
  ])('%j leads to %s', (redirect, location) => {
    expect(actionOf({ match: { prefix: '/a' }, redirect }, '/a/b?c=d', http)).toEqual({
      kind: 'redirect',
      status: 301,
      location,
    })
  })

  test.each([
    ['MOVED_PERMANENTLY', 301],
    ['FOUND', 302],
    ['SEE_OTHER', 303],
    ['TEMPORARY_REDIRECT', 307],
    ['PERMANENT_REDIRECT', 308],
    [4, 308],
  ])('%s is %i', (responseCode, status) => {
    expect(actionOf({ match: { prefix: '/' }, redirect: { responseCode } })).toMatchObject({
      status,
    })
  })

  test('a port that was not the default of the old scheme stays', () => {
    const redirect = { httpsRedirect: true }
    expect(
      actionOf({ match: { prefix: '/' }, redirect }, '/', { authority: 'shop:8080' }),
    ).toMatchObject({ location: 'https://shop:8080/' })
    expect(
      actionOf({ match: { prefix: '/' }, redirect }, '/', { authority: '[::1]:80' }),
    ).toMatchObject({ location: 'https://[::1]/' })
    expect(
      actionOf({ match: { prefix: '/' }, redirect }, '/', { authority: '[::1]' }),
    ).toMatchObject({ location: 'https://[::1]/' })
  })

  test('a request without a path is redirected to no place', () => {
    const connect = request({ authority: 'shop:443', path: '', method: 'CONNECT' })
    const table = tableOf([{ match: { connectMatcher: {} }, redirect: { hostRedirect: 'other' } }])
    expect(table.match(connect)?.action).toEqual({ kind: 'redirect', status: 301, location: '' })
  })

  test('a virtual host that requires TLS redirects what came without', () => {
    const table = (requireTls: string) =>
      compileRoutes({
        virtualHosts: [
          {
            name: 'a',
            domains: ['*'],
            requireTls,
            routes: [{ match: { prefix: '/' }, route: { cluster: 'a' } }],
          },
        ],
      })
    expect(table('ALL').match(get('/x'))?.action).toEqual({
      kind: 'redirect',
      status: 301,
      location: 'https://shop/x',
    })
    expect(table('ALL').match(get('/x', { scheme: 'https' }))?.cluster).toBe('a')
    expect(
      table('ALL').match(get('/x', { headers: { 'x-forwarded-proto': 'https' } }))?.cluster,
    ).toBe('a')
    expect(
      table('EXTERNAL_ONLY').match(get('/x', { headers: { 'x-envoy-internal': 'true' } }))?.cluster,
    ).toBe('a')
    expect(table('EXTERNAL_ONLY').match(get('/x'))?.route.index).toBe(-1)
  })

  test('a direct response has its status and body', () => {
    const match = { prefix: '/' }
    expect(
      actionOf({ match, directResponse: { status: 503, body: { inlineString: 'no' } } }),
    ).toEqual({ kind: 'direct-response', status: 503, body: 'no' })
    expect(
      actionOf({ match, directResponse: { status: 200, body: { inlineBytes: 'AP9oaQ==' } } }),
    ).toEqual({
      kind: 'direct-response',
      status: 200,
      body: new Uint8Array([0, 255, 104, 105]),
    })
    expect(actionOf({ match, directResponse: { status: 404 } })).toEqual({
      kind: 'direct-response',
      status: 404,
      body: undefined,
    })
  })
})

describe('rewrites', () => {
  type Rewrite = NonNullable<RouteJson['route']>
  test.each<[RouteMatchJson, Rewrite, string, string]>([
    [{ prefix: '/a' }, { prefixRewrite: '/x' }, '/a/b?c', '/x/b?c'],
    [{ prefix: '/a/' }, { prefixRewrite: '/' }, '/a/b', '/b'],
    [{ prefix: '/A', caseSensitive: false }, { prefixRewrite: '/x' }, '/a/b', '/x/b'],
    [{ path: '/a' }, { prefixRewrite: '/x' }, '/a?q', '/x?q'],
    [{ safeRegex: { regex: '/a.*' } }, { prefixRewrite: '/x' }, '/a/b?q', '/x?q'],
    [{ pathSeparatedPrefix: '/a' }, { prefixRewrite: '/x' }, '/a/b', '/x/b'],
    [
      { prefix: '/' },
      {
        regexRewrite: {
          pattern: { regex: '^/service/([^/]+)(/.*)$' },
          substitution: '\\2/instance/\\1',
        },
      },
      '/service/foo/v1/api?q',
      '/v1/api/instance/foo?q',
    ],
    [
      { prefix: '/' },
      { regexRewrite: { pattern: { regex: 'one' }, substitution: 'two' } },
      '/xxx/one/yyy/one/zzz',
      '/xxx/two/yyy/two/zzz',
    ],
    [
      { prefix: '/' },
      { regexRewrite: { pattern: { regex: '^(.*?)one(.*)$' }, substitution: '\\1two\\2' } },
      '/xxx/one/yyy/one/zzz',
      '/xxx/two/yyy/one/zzz',
    ],
    [
      { prefix: '/' },
      { regexRewrite: { pattern: { regex: '(?i)/xxx/' }, substitution: '/yyy/' } },
      '/aaa/XxX/bbb',
      '/aaa/yyy/bbb',
    ],
    [{ prefix: '/' }, {}, '/a', '/a'],
  ])('%j with %j turns %s into %s', (match, rewrite, path, expected) => {
    const found = tableOf([{ match, route: { cluster: 'a', ...rewrite } }]).match(get(path))
    const upstream = found?.applyToRequest(get(path))
    expect(upstream?.path).toBe(expected)
    expect(upstream?.originalPath).toBe(expected === path ? undefined : path)
  })

  test.each<[Rewrite, string, string | undefined]>([
    [{ hostRewriteLiteral: 'new' }, 'new', undefined],
    [{ hostRewriteHeader: 'X-Host' }, 'from-header', undefined],
    [{ hostRewriteHeader: 'x-missing' }, 'shop', undefined],
    [
      { hostRewritePathRegex: { pattern: { regex: '^/(.+)/.+$' }, substitution: '\\1' } },
      'a',
      undefined,
    ],
    [{ hostRewriteLiteral: 'new', appendXForwardedHost: true }, 'new', 'shop'],
    [{ autoHostRewrite: true, appendXForwardedHost: true }, 'shop', 'shop'],
    [{ appendXForwardedHost: true }, 'shop', undefined],
  ])('%j makes the authority %s', (rewrite, authority, forwardedHost) => {
    const asked = get('/a/b?q', { headers: { 'x-host': 'from-header' } })
    const upstream = tableOf([{ match: { prefix: '/' }, route: { cluster: 'a', ...rewrite } }])
      .match(asked)
      ?.applyToRequest(asked)
    expect(upstream).toMatchObject({ authority, forwardedHost })
  })

  test('the literal host of a weighted cluster counts where the route sets none', () => {
    const weightedClusters = {
      clusters: [{ name: 'a', weight: 1, hostRewriteLiteral: 'weighted' }],
    }
    const authority = (route: Rewrite) =>
      tableOf([{ match: { prefix: '/' }, route: { weightedClusters, ...route } }])
        .match(get('/'))
        ?.applyToRequest(get('/')).authority
    expect(authority({})).toBe('weighted')
    expect(authority({ hostRewriteLiteral: 'route' })).toBe('route')
  })
})

describe('header mutations', () => {
  const add = (value: string, appendAction = 'OVERWRITE_IF_EXISTS_OR_ADD') => [
    { header: { key: 'X-A', value }, appendAction },
  ]
  const configuration = (mostSpecificHeaderMutationsWins: boolean): RouteConfigurationJson => ({
    mostSpecificHeaderMutationsWins,
    requestHeadersToAdd: add('config'),
    responseHeadersToRemove: ['Server'],
    virtualHosts: [
      {
        name: 'a',
        domains: ['*'],
        requestHeadersToAdd: add('host'),
        routes: [
          {
            match: { prefix: '/' },
            requestHeadersToAdd: add('route'),
            responseHeadersToAdd: add('route'),
            route: {
              weightedClusters: {
                clusters: [{ name: 'c', weight: 1, requestHeadersToAdd: add('weighted') }],
              },
            },
          },
        ],
      },
    ],
  })
  const levels = (mostSpecificWins: boolean) =>
    compileRoutes(configuration(mostSpecificWins))
      .match(get('/'))
      ?.applyToRequest(get('/'))
      .requestHeaders.map((level) => level.add[0]?.value)

  test('levels apply from the most specific on, or the other way round; that of a weighted cluster is always first', () => {
    expect(levels(false)).toEqual(['weighted', 'route', 'host', 'config'])
    expect(levels(true)).toEqual(['weighted', 'config', 'host', 'route'])
  })

  test('response headers come along', () => {
    expect(compileRoutes(configuration(false)).match(get('/'))?.responseHeaders).toEqual([
      {
        remove: [],
        add: [
          {
            name: 'x-a',
            value: 'route',
            action: 'OVERWRITE_IF_EXISTS_OR_ADD',
            keepEmptyValue: false,
          },
        ],
      },
      { remove: ['server'], add: [] },
    ])
  })

  test.each([
    ['APPEND_IF_EXISTS_OR_ADD', ['old', 'new'], ['new']],
    ['ADD_IF_ABSENT', ['old'], ['new']],
    ['OVERWRITE_IF_EXISTS_OR_ADD', ['new'], ['new']],
    ['OVERWRITE_IF_EXISTS', ['new'], undefined],
  ])(
    '%s makes %j of a header that is there and %j of one that is not',
    (appendAction, present, absent) => {
      const found = tableOf([
        {
          match: { prefix: '/' },
          requestHeadersToAdd: [
            { header: { key: 'x-there', value: '%V%' }, appendAction },
            { header: { key: 'x-not', value: '%V%' }, appendAction },
            { header: { key: 'x-empty', value: '' } },
          ],
          requestHeadersToRemove: ['x-gone'],
          route: { cluster: 'a' },
        },
      ]).match(get('/'))
      const headers = new Map([
        ['x-there', ['old']],
        ['x-gone', ['x']],
      ])
      applyHeaderMutations(
        found?.applyToRequest(get('/')).requestHeaders ?? [],
        {
          has: (name) => headers.has(name),
          set: (name, value) => headers.set(name, [value]),
          append: (name, value) => headers.set(name, [...(headers.get(name) ?? []), value]),
          remove: (name) => headers.delete(name),
        },
        (template) => template.replace('%V%', 'new'),
      )
      expect(Object.fromEntries(headers)).toEqual({
        'x-there': present,
        ...(absent === undefined ? {} : { 'x-not': absent }),
      })
    },
  )
})

describe('what is handed on', () => {
  test('filter configurations, the most specific first, and the older CORS field among them', () => {
    const cors = 'envoy.filters.http.cors'
    const found = compileRoutes({
      typedPerFilterConfig: { fault: { '@type': 'x', level: 'config' } },
      virtualHosts: [
        {
          name: 'a',
          domains: ['*'],
          cors: { allowMethods: 'GET' },
          typedPerFilterConfig: { fault: { '@type': 'x', level: 'host' } },
          routes: [
            {
              match: { prefix: '/' },
              typedPerFilterConfig: { fault: { '@type': 'x', level: 'route' } },
              route: {
                weightedClusters: {
                  clusters: [
                    {
                      name: 'c',
                      weight: 1,
                      typedPerFilterConfig: { fault: { '@type': 'x', level: 'weighted' } },
                    },
                  ],
                },
              },
            },
          ],
        },
      ],
    }).match(get('/'))
    expect(found?.typedPerFilterConfig.get('fault')).toEqual(
      ['weighted', 'route', 'host', 'config'].map((level) => ({ '@type': 'x', level })),
    )
    expect(found?.typedPerFilterConfig.get(cors)).toMatchObject([{ allowMethods: 'GET' }])
  })

  test('facts of the route and its virtual host', () => {
    const found = compileRoutes({
      internalOnlyHeaders: ['X-Internal'],
      virtualHosts: [
        {
          name: 'a',
          domains: ['*'],
          includeRequestAttemptCount: true,
          perRequestBufferLimitBytes: 10,
          virtualClusters: [
            { name: 'reads', headers: [{ name: ':method', stringMatch: { exact: 'GET' } }] },
          ],
          routes: [
            {
              name: 'default',
              match: { prefix: '/' },
              decorator: { operation: 'op' },
              metadata: { filterMetadata: { istio: { config: 'x' } } },
              route: { cluster: 'a', upgradeConfigs: [{ upgradeType: 'WebSocket' }] },
            },
          ],
        },
      ],
    }).match(get('/'))
    expect(found?.route).toMatchObject({
      name: 'default',
      index: 0,
      decorator: { operation: 'op', propagate: true },
      bufferLimitBytes: 10,
      metadata: { istio: { config: 'x' } },
    })
    expect(found?.virtualHost.includeRequestAttemptCount).toBe(true)
    expect(found?.virtualHost.virtualCluster(get('/'))).toBe('reads')
    expect(found?.virtualHost.virtualCluster(get('/', { method: 'PUT' }))).toBe('other')
    expect(found?.action).toMatchObject({ upgrades: [{ type: 'websocket', enabled: true }] })
  })

  test('what is not acted on is a warning', () => {
    const table = tableOf([
      {
        match: { prefix: '/' },
        route: { cluster: 'a', retryPolicyTypedConfig: {}, hedgePolicy: { initialRequests: 2 } },
      },
    ])
    expect(table.warnings.map(({ path }) => path)).toEqual([
      'virtualHosts[0].routes[0].route.retryPolicyTypedConfig',
      'virtualHosts[0].routes[0].route.hedgePolicy.initialRequests',
    ])
  })
})

describe('faults', () => {
  test('all of them come out at once, with their places', () => {
    const routes = [
      { match: { prefix: '/', tlsContext: {}, dynamicMetadata: [{}] }, route: { cluster: 'a' } },
      {
        match: { prefix: '/', filterState: [{}], headrs: [] },
        route: { cluster: 'a', timeout: 5 },
      },
    ]
    expect(faultsOf({ vhds: {}, virtualHosts: [{ name: 'a', domains: ['*'], routes }] })).toEqual([
      'vhds: not supported',
      'virtualHosts[0].routes[1].match.headrs: unknown field',
      "virtualHosts[0].routes[1].route.timeout: expected a duration of at least 0 such as '1.5s', got 5",
      'virtualHosts[0].routes[0].match.dynamicMetadata[0].filter: expected a namespace, got none',
      'virtualHosts[0].routes[0].match.dynamicMetadata[0].path: expected at least one key, got none',
      'virtualHosts[0].routes[0].match.dynamicMetadata[0].value: expected one of nullMatch, doubleMatch, stringMatch, boolMatch, presentMatch, listMatch, orMatch, got none of them',
      'virtualHosts[0].routes[1].match.filterState[0].key: expected a key, got none',
      'virtualHosts[0].routes[1].match.filterState[0]: expected one of stringMatch, addressMatch, got none of them',
    ])
  })

  test.each<[RouteJson, RegExp]>([
    [{}, /routes\[0\]\.match: expected a match/],
    [{ match: { prefix: '/' } }, /expected one of route, redirect/],
    [{ match: { prefix: '/' }, route: {}, redirect: {} }, /got route and redirect/],
    [{ match: {}, redirect: {} }, /expected one of prefix, path/],
    [{ match: { prefix: '/', path: '/' }, redirect: {} }, /got prefix and path/],
    [
      { match: { safeRegex: { regex: '(?=x)' } }, redirect: {} },
      /safeRegex\.regex: .* is not RE2 syntax/,
    ],
    [{ match: { safeRegex: { regex: '(a)\\1' } }, redirect: {} }, /is not RE2 syntax/],
    [{ match: { pathSeparatedPrefix: '/a/' }, redirect: {} }, /pathSeparatedPrefix: expected/],
    [{ match: { prefix: '/', headers: [{}] }, redirect: {} }, /headers\[0\]\.name: expected/],
    [
      { match: { prefix: '/', headers: [{ name: 'a', stringMatch: {} }] }, redirect: {} },
      /headers\[0\]\.stringMatch: expected/,
    ],
    [
      { match: { prefix: '/', runtimeFraction: {} }, redirect: {} },
      /runtimeFraction\.defaultValue/,
    ],
    [{ match: { prefix: '/' }, route: {} }, /expected one of cluster, clusterHeader/],
    [
      { match: { prefix: '/' }, route: { weightedClusters: { clusters: [{ name: 'a' }] } } },
      /sum to more than 0/,
    ],
    [
      { match: { prefix: '/' }, route: { weightedClusters: { clusters: [{ weight: 1 }] } } },
      /clusters\[0\]: expected the name of a cluster/,
    ],
    [
      {
        match: { prefix: '/' },
        route: { cluster: 'a', regexRewrite: { pattern: { regex: 'a' }, substitution: '\\1' } },
      },
      /expected a group from 0 to 0, got 1/,
    ],
    [
      {
        match: { prefix: '/' },
        route: { cluster: 'a', hostRewriteLiteral: 'a', autoHostRewrite: true },
      },
      /got hostRewriteLiteral and autoHostRewrite/,
    ],
    [
      { match: { prefix: '/' }, route: { cluster: 'a', priority: 'URGENT' } },
      /priority: expected one of DEFAULT, HIGH, got "URGENT"/,
    ],
    [{ match: { prefix: '/' }, directResponse: { status: 99 } }, /status: expected/],
    [
      { match: { prefix: '/' }, directResponse: { status: 200, body: { filename: '/etc/x' } } },
      /body\.filename: expected the option readDataSource/,
    ],
    [
      {
        match: { prefix: '/' },
        directResponse: { status: 200, body: { inlineString: 'é'.repeat(2049) } },
      },
      /at most 4096 bytes, got 4098/,
    ],
    [
      { match: { prefix: '/' }, redirect: { pathRedirect: '/a', prefixRewrite: '/b' } },
      /got pathRedirect and prefixRewrite/,
    ],
    [
      {
        match: { prefix: '/' },
        redirect: {},
        requestHeadersToAdd: [{ header: { key: ':path', value: 'x' } }],
      },
      /neither a pseudo-header nor host/,
    ],
    [
      { match: { prefix: '/' }, redirect: {}, requestHeadersToRemove: ['Host'] },
      /requestHeadersToRemove\[0\]/,
    ],
  ])('%j is refused', (route, expected) => {
    expect(
      faultsOf({ virtualHosts: [{ name: 'a', domains: ['*'], routes: [route] }] }).join('\n'),
    ).toMatch(expected)
  })

  test('domains are given once', () => {
    expect(
      faultsOf({
        virtualHosts: [
          { name: 'a', domains: ['x', '*', '*.y', 'z.*'] },
          { name: 'a', domains: ['X', '*', '*.Y', 'Z.*', ''] },
          { name: 'b', domains: [] },
        ],
      }),
    ).toHaveLength(6)
  })

  test.each([
    null,
    5,
    [],
    { virtualHosts: {} },
    { virtualHosts: [null] },
    { virtualHosts: [{ name: 5 }] },
  ])('%j is a fault and not a crash', (configuration) => {
    expect(faultsOf(configuration)).not.toEqual([])
  })
})

describe('explain', () => {
  const table = compileRoutes({
    virtualHosts: [
      {
        name: 'shop',
        domains: ['shop.*'],
        routes: [
          {
            name: 'jason',
            match: { prefix: '/', headers: [{ name: 'x-user', stringMatch: { exact: 'jason' } }] },
            route: { cluster: 'v2' },
          },
          { match: { path: '/old' }, redirect: { pathRedirect: '/new' } },
          { match: { prefix: '/' }, route: { cluster: 'v1' } },
        ],
      },
    ],
  })

  test('names each route passed over, the predicate that failed and what it saw', () => {
    expect(
      String(
        table.explain(request({ authority: 'shop.org', path: '/x', headers: { 'x-user': 'ann' } })),
      ),
    ).toBe(
      [
        'virtual host shop by domain shop.*',
        'route 0 (jason): expected header x-user exact "jason", saw "ann"',
        'route 1: expected path exact "/old", saw "/x"',
        'route 2: matched',
        'cluster v1',
      ].join('\n'),
    )
  })

  test('says where no domain fits', () => {
    expect(table.explain(request({ authority: 'x', path: '/' }))).toMatchObject({
      virtualHost: undefined,
      candidates: [],
      outcome: 'no route: no domain fits "x"',
    })
  })
})

describe('normalizePath', () => {
  const all = {
    normalizePath: true,
    mergeSlashes: true,
    pathWithEscapedSlashesAction: 'UNESCAPE_AND_FORWARD',
  } as const
  test.each([
    ['/a/b', '/a/b'],
    ['/a/../b', '/b'],
    ['/../../a', '/a'],
    ['/a/./b/', '/a/b/'],
    ['/a/b/..', '/a/'],
    ['/a/%2e%2e/b', '/b'],
    ['/a/.%2E/b', '/b'],
    ['/a\\b', '/a/b'],
    ['/%61%2D%7e', '/a-~'],
    ['/%20', '/%20'],
    ['/a b', '/a%20b'],
    ['/%zz', '/%zz'],
    ['/ä', '/%E4'],
    ['/€', '/%E2%82%AC'],
    ['//a///b//', '/a/b/'],
    // From here to the next comment: what Envoy 1.40 was seen to do.
    ['//', '//'],
    ['/%2f%2f', '//'],
    ['/"<>`{}|^', '/%22%3C%3E%60%7B%7D%7C%5E'],
    ['/a/..;/b', '/b'],
    ['/a/.;x=1/b', '/a/b'],
    ['/a/..;', '/'],
    ['/a/..;../b', '/b'],
    ['/a/%2e%2e;/b', '/a/..;/b'],
    ['/a/...;/b', '/a/...;/b'],
    ['/a/b;/c', '/a/b;/c'],
    ['/a/;/b', '/a/;/b'],
    // Elsewhere the rules of RFC 3986.
    ['/a%2Fb%5cc', '/a/b/c'],
    ['/a/%2e%2e%2f%2e%2e/b', '/b'],
    ['/a?x=//../%2f', '/a?x=//../%2f'],
    ['*', '*'],
    ['', ''],
  ])('%s becomes %s', (path, expected) => {
    expect(normalizePath(path, all)).toEqual({ kind: 'ok', path: expected })
  })

  test('nothing is done unasked', () => {
    expect(normalizePath('//a/../%2F', {})).toEqual({ kind: 'ok', path: '//a/../%2F' })
  })

  test('NUL is refused', () => {
    expect(normalizePath('/a%00', { normalizePath: true })).toEqual({
      kind: 'reject',
      reason: 'not-normalizable',
    })
    expect(normalizePath('/a\0', { normalizePath: true })).toEqual({
      kind: 'reject',
      reason: 'not-normalizable',
    })
  })

  test('escaped slashes are refused or redirected if asked for', () => {
    expect(normalizePath('/a%2Fb', { pathWithEscapedSlashesAction: 'REJECT_REQUEST' })).toEqual({
      kind: 'reject',
      reason: 'escaped-slashes',
    })
    expect(normalizePath('/ab', { pathWithEscapedSlashesAction: 'REJECT_REQUEST' })).toEqual({
      kind: 'ok',
      path: '/ab',
    })
    expect(
      normalizePath('/a%2Fb', { pathWithEscapedSlashesAction: 'UNESCAPE_AND_REDIRECT' }),
    ).toEqual({ kind: 'redirect', path: '/a/b' })
  })
})
