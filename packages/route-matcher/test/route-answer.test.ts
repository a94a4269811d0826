import { describe, expect, test } from 'vitest'
import {
  compileRoutes,
  type RouteAnswer,
  type RouteConfigurationJson,
  type RouteJson,
  type VirtualHostJson,
} from '../src/index.ts'

type Level = Partial<VirtualHostJson>

function answerOf(
  route: RouteJson,
  virtualHost: Level = {},
  configuration: Partial<RouteConfigurationJson> = {},
): RouteAnswer {
  const host = { name: 'all', domains: ['*'], ...virtualHost, routes: [route] }
  const answer = compileRoutes({ ...configuration, virtualHosts: [host] }).answer(0, 0)
  if (answer === undefined) throw new Error('expected an answer')
  return answer
}

/** The answer of a route with this action, which takes everything. */
function forwarding(action: RouteJson['route'], rest: Partial<RouteJson> = {}): RouteJson {
  return { match: { prefix: '/' }, ...rest, ...(action === undefined ? {} : { route: action }) }
}

const header = (key: string, value: string) => ({ header: { key, value } })

describe('two ways of writing one thing give one answer', () => {
  const pairs: Record<string, readonly [RouteJson, RouteJson]> = {
    'a single weighted cluster and a cluster': [
      forwarding({ cluster: 'a' }),
      forwarding({ weightedClusters: { clusters: [{ name: 'a', weight: 7 }], headerName: 'x' } }),
    ],
    'a weight of zero and no such entry': [
      forwarding({ cluster: 'a' }),
      forwarding({
        weightedClusters: {
          clusters: [
            { name: 'a', weight: 7 },
            { name: 'b', weight: 0 },
          ],
        },
      }),
    ],
    'equal neighbours and their sum': [
      forwarding({
        weightedClusters: {
          clusters: [
            { name: 'a', weight: 7 },
            { name: 'b', weight: 3 },
          ],
        },
      }),
      forwarding({
        weightedClusters: {
          clusters: [
            { name: 'a', weight: 2 },
            { name: 'a', weight: 5 },
            { name: 'b', weight: 3 },
          ],
        },
      }),
    ],
    'the default timeout and none': [
      forwarding({ cluster: 'a' }),
      forwarding({ cluster: 'a', timeout: '15s' }),
    ],
    'durations of one length': [
      forwarding({ cluster: 'a', timeout: '1.50s' }),
      forwarding({ cluster: 'a', timeout: '1.5s' }),
    ],
    'enums by name and by number': [
      forwarding({ cluster: 'a', priority: 'HIGH', clusterNotFoundResponseCode: 'NOT_FOUND' }),
      forwarding({ cluster: 'a', priority: 1, clusterNotFoundResponseCode: 1 }),
    ],
    'header names in any case': [
      forwarding({ cluster: 'a' }, { requestHeadersToAdd: [header('X-A', '1')] }),
      forwarding({ cluster: 'a' }, { requestHeadersToAdd: [header('x-a', '1')] }),
    ],
    'additions to different headers in another order': [
      forwarding({ cluster: 'a' }, { requestHeadersToAdd: [header('a', '1'), header('b', '2')] }),
      forwarding({ cluster: 'a' }, { requestHeadersToAdd: [header('b', '2'), header('a', '1')] }),
    ],
    'the older append and the action it stands for': [
      forwarding(
        { cluster: 'a' },
        { requestHeadersToAdd: [{ ...header('a', '1'), append: false }] },
      ),
      forwarding(
        { cluster: 'a' },
        {
          requestHeadersToAdd: [
            { ...header('a', '1'), appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' },
          ],
        },
      ),
    ],
    'names of routes': [
      forwarding({ cluster: 'a' }, { name: 'one' }),
      forwarding({ cluster: 'a' }, { name: 'two' }),
    ],
    'an older header match in a retry policy': [
      forwarding({
        cluster: 'a',
        retryPolicy: { retriableHeaders: [{ name: 'A', exactMatch: 'b' }] },
      }),
      forwarding({
        cluster: 'a',
        retryPolicy: { retriableHeaders: [{ name: 'a', stringMatch: { exact: 'b' } }] },
      }),
    ],
    'retry conditions in another order': [
      forwarding({ cluster: 'a', retryPolicy: { retryOn: '5xx,reset' } }),
      forwarding({ cluster: 'a', retryPolicy: { retryOn: 'reset, 5xx', numRetries: 1 } }),
    ],
    'a body as text and as bytes': [
      { match: { prefix: '/' }, directResponse: { status: 200, body: { inlineString: 'hi' } } },
      { match: { prefix: '/' }, directResponse: { status: 200, body: { inlineBytes: 'aGk=' } } },
    ],
    'a redirect to https': [
      { match: { prefix: '/' }, redirect: { httpsRedirect: true } },
      { match: { prefix: '/' }, redirect: { schemeRedirect: 'https', responseCode: 0 } },
    ],
  }
  test.each(Object.entries(pairs))('%s', (_, [one, other]) => {
    expect(answerOf(one)).toEqual(answerOf(other))
  })

  test('a retry policy of the virtual host and of the route', () => {
    const retryPolicy = { retryOn: '5xx' }
    expect(answerOf(forwarding({ cluster: 'a' }), { retryPolicy })).toEqual(
      answerOf(forwarding({ cluster: 'a', retryPolicy })),
    )
  })

  test('headers of the configuration and of the route', () => {
    const responseHeadersToAdd = [header('a', '1')]
    expect(answerOf(forwarding({ cluster: 'a' }), {}, { responseHeadersToAdd })).toEqual(
      answerOf(forwarding({ cluster: 'a' }, { responseHeadersToAdd })),
    )
  })
})

describe('two things that differ give two answers', () => {
  const base = forwarding({ cluster: 'a' })
  const others: Record<string, RouteJson> = {
    cluster: forwarding({ cluster: 'b' }),
    'cluster by header': forwarding({ clusterHeader: 'a' }),
    timeout: forwarding({ cluster: 'a', timeout: '1s' }),
    'prefix rewrite': forwarding({ cluster: 'a', prefixRewrite: '/b' }),
    'host rewrite': forwarding({ cluster: 'a', hostRewriteLiteral: 'b' }),
    mirror: forwarding({ cluster: 'a', requestMirrorPolicies: [{ cluster: 'b' }] }),
    'hash policy': forwarding({ cluster: 'a', hashPolicy: [{ header: { headerName: 'a' } }] }),
    'filter configuration': forwarding(
      { cluster: 'a' },
      { typedPerFilterConfig: { f: { '@type': 'x' } } },
    ),
    metadata: forwarding({ cluster: 'a' }, { metadata: { filterMetadata: { f: { a: 1 } } } }),
    upgrade: forwarding({ cluster: 'a', upgradeConfigs: [{ upgradeType: 'websocket' }] }),
    'direct response': { match: { prefix: '/' }, directResponse: { status: 200 } },
    'a name that a header prints': forwarding(
      { cluster: 'a' },
      { name: 'n', requestHeadersToAdd: [header('a', '%ROUTE_NAME%')] },
    ),
  }
  test.each(Object.entries(others))('%s', (_, other) => {
    expect(answerOf(other)).not.toEqual(answerOf(base))
  })

  test('the order in which one header is appended to', () => {
    const one = { requestHeadersToAdd: [header('a', '1'), header('a', '2')] }
    const other = { requestHeadersToAdd: [header('a', '2'), header('a', '1')] }
    expect(answerOf(forwarding({ cluster: 'a' }, one))).not.toEqual(
      answerOf(forwarding({ cluster: 'a' }, other)),
    )
  })
})

test('an answer survives JSON', () => {
  const answer = answerOf(
    forwarding({
      weightedClusters: {
        clusters: [
          { name: 'a', weight: 1, hostRewriteLiteral: 'h' },
          { clusterHeader: 'C', weight: 2, responseHeadersToRemove: ['X'] },
        ],
        headerName: 'Draw',
      },
      retryPolicy: { retryOn: '5xx' },
      hashPolicy: [{ cookie: { name: 'c', ttl: '1s' } }],
      requestMirrorPolicies: [{ cluster: 'm' }],
      prefixRewrite: '/new',
    }),
  )
  expect(JSON.parse(JSON.stringify(answer))).toEqual(answer)
  expect(answer).toMatchObject({
    kind: 'cluster',
    totalWeight: 3,
    drawFrom: { header: 'draw' },
    clusters: [
      { cluster: 'a', weight: 1, hostRewrite: { kind: 'cluster-literal', value: 'h' } },
      { clusterHeader: 'c', weight: 2, responseHeaders: [{ remove: ['x'], add: [] }] },
    ],
    pathRewrite: { kind: 'prefix', strip: '/', by: '/new' },
    timeoutMs: 15_000,
  })
})

test('the redirect of require_tls is route -1, and there is nothing where no route is', () => {
  const table = compileRoutes({
    virtualHosts: [{ name: 'a', domains: ['*'], requireTls: 'ALL', routes: [] }],
  })
  expect(table.answer(0, -1)).toMatchObject({ kind: 'redirect', status: 301, scheme: 'https' })
  expect(table.answer(0, 0)).toBeUndefined()
  expect(table.answer(1, 0)).toBeUndefined()
})
