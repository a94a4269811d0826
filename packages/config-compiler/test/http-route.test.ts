import { describe, expect, test } from 'vitest'
import { compile } from '../src/index.ts'
import { httpRoutes, named, reviewsRoutes, service, sidecar, snapshotOf } from './mesh.ts'

const toV1 = 'route: [{destination: {host: reviews}}]'
const subsets = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: default}
spec:
  host: reviews
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]`

describe('the match of a route', () => {
  test.each([
    ['uri: {exact: /a}', { path: '/a', caseSensitive: true }],
    ['uri: {prefix: /a}', { prefix: '/a', caseSensitive: true }],
    ['uri: {regex: "/a.*"}', { safeRegex: { regex: '/a.*' }, caseSensitive: true }],
    ['{uri: {exact: /A}, ignoreUriCase: true}', { path: '/A', caseSensitive: false }],
    [
      'method: {exact: GET}',
      matching({ headers: [{ name: ':method', stringMatch: { exact: 'GET' } }] }),
    ],
    [
      'authority: {prefix: a.}',
      matching({ headers: [{ name: ':authority', stringMatch: { prefix: 'a.' } }] }),
    ],
    [
      'scheme: {exact: https}',
      matching({ headers: [{ name: ':scheme', stringMatch: { exact: 'https' } }] }),
    ],
    [
      'headers: {b: {regex: "x+"}, a: {}}',
      matching({
        headers: [
          { name: 'a', presentMatch: true },
          { name: 'b', stringMatch: { safeRegex: { regex: 'x+' } } },
        ],
      }),
    ],
    [
      'withoutHeaders: {a: {exact: x}, b: {}}',
      matching({
        headers: [
          {
            name: 'a',
            stringMatch: { exact: 'x' },
            invertMatch: true,
            treatMissingHeaderAsEmpty: true,
          },
          { name: 'b', presentMatch: true, invertMatch: true },
        ],
      }),
    ],
    [
      'queryParams: {q: {prefix: x}}',
      matching({ queryParameters: [{ name: 'q', stringMatch: { prefix: 'x' } }] }),
    ],
  ])('%s', (match, expected) => {
    const routes = reviewsRoutes([httpRoutes(`  - {match: [${flow(match)}], ${toV1}}`)])

    expect(routes.map((route) => route.match)).toEqual([expected])
  })

  test.each([
    ['port: 9080', 1],
    ['port: 80', 0],
    ['sourceLabels: {app: client}', 1],
    ['sourceLabels: {app: other}', 0],
    ['sourceNamespace: default', 1],
    ['sourceNamespace: elsewhere', 0],
    ['gateways: [mesh]', 1],
  ])('%s is decided when compiling', (match, count) => {
    const proxy = sidecar({ labels: { app: 'client' } })
    const routes = reviewsRoutes(
      [httpRoutes(`  - {name: told, match: [${flow(match)}], ${toV1}}`)],
      proxy,
    )

    expect(routes.filter(({ name }) => name === 'told')).toHaveLength(count)
  })

  test('one that takes everything ends the list', () => {
    const routes = reviewsRoutes([
      httpRoutes(`
  - {name: first, match: [{uri: {exact: /a}, name: x}], ${toV1}}
  - {name: rest, ${toV1}}
  - {name: never, match: [{uri: {exact: /b}}], ${toV1}}`),
    ])

    expect(routes.map(({ name }) => name)).toEqual(['first.x', 'rest'])
  })
})

describe('the action of a route', () => {
  test('splits by weight, with headers for each destination', () => {
    const [route] = reviewsRoutes([
      subsets,
      httpRoutes(`
  - route:
    - {destination: {host: reviews, subset: v1}, weight: 90}
    - destination: {host: reviews, subset: v2}
      weight: 10
      headers: {request: {set: {host: v2.test, x-a: "1"}}, response: {remove: [x-b]}}`),
    ])

    expect(route?.route?.weightedClusters?.clusters).toEqual([
      { name: 'outbound|9080|v1|reviews.default.svc.cluster.local', weight: 90 },
      {
        name: 'outbound|9080|v2|reviews.default.svc.cluster.local',
        weight: 10,
        hostRewriteLiteral: 'v2.test',
        requestHeadersToAdd: [
          { header: { key: 'x-a', value: '1' }, appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD' },
        ],
        responseHeadersToRemove: ['x-b'],
      },
    ])
  })

  test('drops a destination without weight, and then has only one', () => {
    const [route] = reviewsRoutes([
      subsets,
      httpRoutes(`
  - route:
    - {destination: {host: reviews, subset: v1}, weight: 100}
    - {destination: {host: reviews, subset: v2}, weight: 0}`),
    ])

    expect(route?.route?.cluster).toBe('outbound|9080|v1|reviews.default.svc.cluster.local')
  })

  test.each([
    ['{uri: /new}', { pathRedirect: '/new' }],
    ['{authority: b.test, redirectCode: 302}', { hostRedirect: 'b.test', responseCode: 'FOUND' }],
    [
      '{uri: /x, port: 8443, scheme: https}',
      { pathRedirect: '/x', portRedirect: 8443, schemeRedirect: 'https' },
    ],
    ['{uri: /x, derivePort: FROM_REQUEST_PORT}', { pathRedirect: '/x', portRedirect: 9080 }],
    [
      '{uri: /x, derivePort: FROM_PROTOCOL_DEFAULT, scheme: https}',
      { pathRedirect: '/x', portRedirect: 443, schemeRedirect: 'https' },
    ],
  ])('redirects: %s', (redirect, expected) => {
    expect(reviewsRoutes([httpRoutes(`  - redirect: ${redirect}`)])[0]?.redirect).toEqual(expected)
  })

  test('answers by itself', () => {
    const [route] = reviewsRoutes([
      httpRoutes('  - directResponse: {status: 418, body: {string: tea}}'),
    ])

    expect(route?.directResponse).toEqual({ status: 418, body: { inlineString: 'tea' } })
    expect(route?.route).toBeUndefined()
  })

  test.each([
    ['{uri: /b}', { prefixRewrite: '/b' }],
    ['{authority: b.test}', { hostRewriteLiteral: 'b.test' }],
    [
      '{uriRegexRewrite: {match: "^/a/(.*)$", rewrite: "/b/\\\\1"}}',
      { regexRewrite: { pattern: { regex: '^/a/(.*)$' }, substitution: '/b/\\1' } },
    ],
  ])('rewrites: %s', (rewrite, expected) => {
    const [route] = reviewsRoutes([
      httpRoutes(`  - {match: [{uri: {prefix: /a}}], rewrite: ${rewrite}, ${toV1}}`),
    ])

    expect(route?.route).toMatchObject(expected)
  })

  test('has no time limit and Istio’s retries unless told otherwise', () => {
    const [route] = reviewsRoutes([httpRoutes(`  - ${toV1}`)])

    expect(route?.route).toMatchObject({
      timeout: '0s',
      retryPolicy: { numRetries: 2, hostSelectionRetryMaxAttempts: '5' },
    })
  })

  test('times out and retries as told', () => {
    const [route] = reviewsRoutes([
      httpRoutes(`
  - timeout: 1m30s
    retries:
      attempts: 3
      perTryTimeout: 5s
      retryOn: "5xx,503"
      retryRemoteLocalities: true
      retryIgnorePreviousHosts: false
      backoff: 1s
    ${toV1}`),
    ])

    expect(route?.route).toMatchObject({ timeout: '90s', maxGrpcTimeout: '90s' })
    expect(route?.route?.retryPolicy).toEqual({
      retryOn: '5xx,retriable-status-codes',
      retriableStatusCodes: [503],
      numRetries: 3,
      perTryTimeout: '5s',
      hostSelectionRetryMaxAttempts: '5',
      retryPriority: {
        name: 'envoy.retry_priorities.previous_priorities',
        typedConfig: {
          '@type':
            'type.googleapis.com/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
          updateFrequency: 2,
        },
      },
      retryBackOff: { baseInterval: '1s' },
    })
  })

  test('does not retry at all with no attempts', () => {
    const [route] = reviewsRoutes([httpRoutes(`  - {retries: {attempts: 0}, ${toV1}}`)])

    expect(route?.route).not.toHaveProperty('retryPolicy')
  })

  test('mirrors to every mirror that gets a share', () => {
    const [route] = reviewsRoutes([
      subsets,
      httpRoutes(`
  - ${toV1}
    mirrors:
    - {destination: {host: reviews, subset: v1}, percentage: {value: 12.5}}
    - {destination: {host: reviews, subset: v2}}
    - {destination: {host: reviews}, percentage: {value: 0}}`),
    ])

    expect(
      route?.route?.requestMirrorPolicies?.map(({ cluster, runtimeFraction }) => [
        cluster,
        runtimeFraction?.defaultValue?.numerator,
      ]),
    ).toEqual([
      ['outbound|9080|v1|reviews.default.svc.cluster.local', 125_000],
      ['outbound|9080|v2|reviews.default.svc.cluster.local', 1_000_000],
    ])
  })

  test('carries faults and CORS for their filters', () => {
    const [route] = reviewsRoutes([
      httpRoutes(`
  - ${toV1}
    fault:
      delay: {fixedDelay: 2s, percentage: {value: 0.1}}
      abort: {grpcStatus: UNAVAILABLE, percentage: {value: 100}}
    corsPolicy:
      allowOrigins: [{prefix: "https://"}]
      allowHeaders: [x-a, x-b]
      exposeHeaders: [x-c]
      allowCredentials: true
      maxAge: 1m
      unmatchedPreflights: IGNORE`),
    ])

    expect(route?.typedPerFilterConfig?.['envoy.filters.http.fault']).toMatchObject({
      delay: { fixedDelay: '2s', percentage: { numerator: 1000, denominator: 'MILLION' } },
      abort: { grpcStatus: 14, percentage: { numerator: 1_000_000, denominator: 'MILLION' } },
    })
    expect(route?.typedPerFilterConfig?.['envoy.filters.http.cors']).toMatchObject({
      allowOriginStringMatch: [{ prefix: 'https://' }],
      allowHeaders: 'x-a,x-b',
      exposeHeaders: 'x-c',
      allowCredentials: true,
      maxAge: '60',
      forwardNotMatchingPreflights: false,
    })
  })

  test.each(['UNAVAILABLE', '14'])('aborts with the gRPC status %s', (status) => {
    const [route] = reviewsRoutes([
      httpRoutes(
        `  - {fault: {abort: {grpcStatus: "${status}", percentage: {value: 1}}}, ${toV1}}`,
      ),
    ])

    expect(route?.typedPerFilterConfig?.['envoy.filters.http.fault']).toMatchObject({
      abort: { grpcStatus: 14 },
    })
  })

  test('changes headers in a fixed order', () => {
    const [route] = reviewsRoutes([
      httpRoutes(`
  - route: [{destination: {host: reviews}, headers: {request: {add: {x-z: "3"}}}}]
    headers: {request: {add: {x-b: "2"}, set: {x-a: "1", :authority: c.test}, remove: [x-c]}}`),
    ])

    expect(route?.requestHeadersToAdd?.map(({ header }) => header?.key)).toEqual([
      'x-a',
      'x-b',
      'x-z',
    ])
    expect(route?.requestHeadersToRemove).toEqual(['x-c'])
    expect(route?.route?.hostRewriteLiteral).toBe('c.test')
  })
})

describe('which VirtualService speaks for a host', () => {
  const plain = (name: string, hosts: string, path: string, created: string): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: default, creationTimestamp: "${created}"}
spec:
  hosts: [${hosts}]
  http: [{match: [{uri: {exact: ${path}}}], ${toV1}}]`
  const full = 'reviews.default.svc.cluster.local'

  test('the oldest of those with the same host', () => {
    const routes = reviewsRoutes([
      plain('a-newer', full, '/newer', '2026-02-01T00:00:00Z'),
      plain('b-older', full, '/older', '2026-01-01T00:00:00Z'),
    ])

    expect(routes.map(({ match }) => match?.path)).toEqual(['/older'])
  })

  test('the one with the narrowest host, whatever its age', () => {
    const routes = reviewsRoutes([
      plain('older', '"*.svc.cluster.local"', '/wide', '2026-01-01T00:00:00Z'),
      plain('newer', full, '/narrow', '2026-02-01T00:00:00Z'),
    ])

    expect(routes.map(({ match }) => match?.path)).toEqual(['/narrow'])
  })

  test('a route that delegates is replaced by the delegate’s, under its own match', () => {
    const delegate = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: inner, namespace: default}
spec:
  http:
  - {match: [{uri: {prefix: /a/b}}], name: kept, ${toV1}}
  - {match: [{uri: {prefix: /c}}], name: contradiction, ${toV1}}`
    const routes = reviewsRoutes([
      delegate,
      httpRoutes(
        '  - {match: [{uri: {prefix: /a}, headers: {x: {exact: y}}}], delegate: {name: inner}}',
      ),
    ])

    expect(routes.map(({ name, match }) => [name, match?.prefix, match?.headers])).toEqual([
      ['kept', '/a/b', [{ name: 'x', stringMatch: { exact: 'y' } }]],
    ])
  })

  test('one for a host that no registry knows is served on port 80', () => {
    const web = service('web').replace('number: 9080', 'number: 80')
    const { routes } = compile(
      snapshotOf(
        web,
        plain('outside', 'outside.test', '/x', '2026-01-01T00:00:00Z').replace(
          'host: reviews',
          'host: web',
        ),
      ),
      sidecar(),
    )

    expect(named(named(routes, '80').virtualHosts ?? [], 'outside.test:80')).toMatchObject({
      domains: ['outside.test'],
      routes: [{ route: { cluster: 'outbound|80||web.default.svc.cluster.local' } }],
    })
  })
})

function flow(match: string): string {
  return match.startsWith('{') ? match : `{${match}}`
}

function matching(more: object): object {
  return { prefix: '/', caseSensitive: true, ...more }
}
