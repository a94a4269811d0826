import { describe, expect, test } from 'vitest'
import { compile } from '../src/index.ts'
import {
  httpRoutes,
  named,
  names,
  reviewsRoutes,
  router,
  service,
  sidecar,
  snapshotOf,
} from './mesh.ts'

const rule = (name: string, namespace: string, spec: string): string => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: ${name}, namespace: ${namespace}}
spec: {${spec}}`

const limit = (count: number): string =>
  `trafficPolicy: {connectionPool: {tcp: {maxConnections: ${count}}}}`

function maxConnections(documents: readonly string[], proxy = sidecar()): number | undefined {
  const { clusters } = compile(snapshotOf(service('reviews'), ...documents), proxy)
  const cluster = named(clusters, 'outbound|9080||reviews.default.svc.cluster.local')
  return cluster.circuitBreakers?.thresholds?.[0]?.maxConnections
}

/** The clusters that the routes of reviews send to, in order. */
function targets(documents: readonly string[], proxy = sidecar()): readonly unknown[] {
  return reviewsRoutes(documents, proxy).map(({ route }) => route?.cluster?.split('|')[2])
}

const subsets = rule(
  'subsets',
  'default',
  'host: reviews, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]',
)

describe('a destination rule', () => {
  const meshWide = rule('all', 'istio-system', `host: '*.local', ${limit(1)}`)
  const own = rule('own', 'default', `host: reviews, ${limit(2)}`)

  test('of the service comes before one for the whole mesh, for a proxy in the root namespace too', () => {
    const gateway = router({ namespace: 'istio-system' })

    expect(maxConnections([meshWide, own], gateway)).toBe(2)
    expect(maxConnections([meshWide], gateway)).toBe(1)
  })

  test('kept in the root namespace is meant for the proxies there', () => {
    const kept = rule('kept', 'istio-system', `host: '*.local', exportTo: [.], ${limit(3)}`)

    expect(maxConnections([kept, own], router({ namespace: 'istio-system' }))).toBe(3)
    expect(maxConnections([kept, own])).toBe(2)
  })

  test('with a workload selector is chosen among those of the narrowest host only', () => {
    const wide = rule(
      'wide',
      'default',
      `host: '*.local', workloadSelector: {matchLabels: {app: client}}, ${limit(4)}`,
    )

    expect(maxConnections([wide, own], sidecar({ labels: { app: 'client' } }))).toBe(2)
  })
})

describe('a virtual service', () => {
  const to = (name: string, subset: string, more: string, created: string): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: default, creationTimestamp: "${created}"}
spec:
  hosts: [reviews]
  ${more}
  http: [{route: [{destination: {host: reviews, subset: ${subset}}}]}]`

  test('kept in its namespace comes before an older one that all see', () => {
    const documents = [
      to('everyone', 'v1', '', '2026-01-01T00:00:00Z'),
      to('ours', 'v2', 'exportTo: [.]', '2026-02-01T00:00:00Z'),
    ]

    expect(targets([subsets, ...documents])).toEqual(['v2'])
  })

  test('none of whose routes apply leaves the service to the next, then to its own cluster', () => {
    const elsewhere = httpRoutes(`
  - {match: [{sourceLabels: {app: other}}], route: [{destination: {host: reviews, subset: v1}}]}`)
    const second = to('second', 'v2', '', '2026-02-01T00:00:00Z')

    expect(targets([subsets, elsewhere])).toEqual([''])
    expect(targets([subsets, elsewhere, second])).toEqual(['v2'])
  })

  test('none of whose routes apply makes no virtual host for a host without a service', () => {
    const { routes } = compile(
      snapshotOf(
        service('front').replace('9080', '80'),
        httpRoutes(`
  - {match: [{port: 81}], route: [{destination: {host: front}}]}`).replace('[reviews]', '[a.test]'),
      ),
      sidecar(),
    )

    expect(names(named(routes, '80').virtualHosts ?? [])).toEqual([
      'front.default.svc.cluster.local:80',
      'allow_any',
    ])
  })
})

describe('a delegate', () => {
  const rooted = (match: string): string =>
    httpRoutes(`
  - {match: [${match}], delegate: {name: inner}}`)
  const inner = (match: string, more = ''): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: inner, namespace: default}
spec:
${more}
  http: [{match: [${match}], route: [{destination: {host: reviews, subset: v1}}]}]`

  const matches = (outer: string, own: string): unknown =>
    reviewsRoutes([subsets, rooted(outer), inner(own)])
      .filter(({ route }) => route?.cluster?.includes('|v1|'))
      .map(({ match, name }) => ({ ...(name !== undefined && { name }), ...match }))

  test('never widens what the delegating route asks of a header', () => {
    const admin = '{headers: {role: {exact: admin}}}'

    expect(matches(admin, '{headers: {role: {exact: guest}}}')).toEqual([])
    expect(matches(admin, '{headers: {user: {exact: kim}}}')).toEqual([
      expect.objectContaining({
        headers: [
          { name: 'role', stringMatch: { exact: 'admin' } },
          { name: 'user', stringMatch: { exact: 'kim' } },
        ],
      }),
    ])
  })

  test('may narrow a prefix, of a header as of the path', () => {
    expect(matches('{headers: {role: {prefix: ad}}}', '{headers: {role: {exact: admin}}}')).toEqual(
      [expect.objectContaining({ headers: [{ name: 'role', stringMatch: { exact: 'admin' } }] })],
    )
    expect(matches('{uri: {exact: /a}}', '{uri: {prefix: /a}}')).toEqual([])
    expect(matches('{uri: {regex: /a}}', '{uri: {regex: /a}}')).toEqual([])
  })

  test('and the delegating route may both name their matches', () => {
    expect(matches('{name: outer, uri: {prefix: /a}}', '{name: own, uri: {prefix: /a/b}}')).toEqual(
      [{ name: 'outer-own', prefix: '/a/b', caseSensitive: true }],
    )
  })

  test('is not routed to at all if one of its matches contradicts the delegating route', () => {
    expect(matches('{uri: {prefix: /a}}', '{uri: {prefix: /a/b}}, {uri: {prefix: /c}}')).toEqual([])
  })

  test('is subject to the default visibility of virtual services', () => {
    const mesh = 'defaultVirtualServiceExportTo: [.]'
    const documents = [
      rooted('{uri: {prefix: /a}}').replace('{name: inner}', '{name: inner, namespace: shop}'),
      inner('{uri: {prefix: /a}}')
        .replace('namespace: default', 'namespace: shop')
        .replace('host: reviews, subset: v1', 'host: reviews.default.svc.cluster.local'),
    ]
    const paths = (...more: readonly string[]): unknown =>
      reviewsRoutes([...more, ...documents]).map(({ match }) => match?.prefix)

    expect(paths()).toEqual(['/a'])
    expect(paths(mesh)).toEqual(['/'])
  })
})

describe('a Sidecar', () => {
  const twice = [
    service('reviews', 'other').replace('reviews.other.svc', 'reviews.default.svc'),
    service('reviews'),
  ]
  const sidecarResource = (spec: string): string => `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: default}
spec: {${spec}}`

  test('chooses among services of one name after it has chosen namespaces', () => {
    const { clusters } = compile(
      snapshotOf(...twice, sidecarResource("egress: [{hosts: ['other/*']}]")),
      sidecar(),
    )

    const cluster = named(clusters, 'outbound|9080||reviews.default.svc.cluster.local')
    expect(cluster.metadata?.filterMetadata?.['istio']).toMatchObject({
      services: [{ namespace: 'other' }],
    })
  })

  test('whose outboundTrafficPolicy names no mode refuses unknown destinations, as the first of the enum says', () => {
    const { routes } = compile(
      snapshotOf(service('reviews'), sidecarResource('outboundTrafficPolicy: {}')),
      sidecar({ interceptionMode: 'REDIRECT' }),
    )

    expect(names(named(routes, '9080').virtualHosts ?? [])).toContain('block_all')
  })
})

describe('gateways behind one port', () => {
  const gateway = (name: string, more = ''): string => `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: ${name}, namespace: default}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [${name}.test]${more}}]`

  const tableOf = (...documents: readonly string[]): unknown =>
    named(
      compile(snapshotOf(service('reviews'), ...documents), router()).routes,
      'http.80',
    ).virtualHosts?.map(({ domains, routes, requireTls }) => [
      domains?.join(),
      ...(routes ?? []).map(({ match }) => match?.prefix),
      ...(requireTls ? [requireTls] : []),
    ])

  test('keep the routes apart that a match names one of them for', () => {
    const routes = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: both, namespace: default}
spec:
  hosts: [a.test, b.test]
  gateways: [a, b]
  http:
  - {match: [{gateways: [a], uri: {prefix: /a}}], route: [{destination: {host: reviews}}]}
  - {match: [{gateways: [b], uri: {prefix: /b}}], route: [{destination: {host: reviews}}]}`

    expect(tableOf(gateway('a'), gateway('b'), routes)).toEqual([
      ['a.test', '/a'],
      ['b.test', '/b'],
    ])
  })

  test('have no virtual host for a virtual service none of whose routes apply', () => {
    const never = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: never, namespace: default}
spec:
  hosts: [a.test]
  gateways: [a]
  http: [{match: [{port: 81}], route: [{destination: {host: reviews}}]}]`

    expect(tableOf(gateway('a'), never)).toEqual([['*']])
  })
})

describe('the protocol gRPC-Web', () => {
  test('is HTTP, over HTTP/2, whatever registry a service is from', () => {
    const kubernetes = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {clusterIP: 10.0.0.9, ports: [{name: grpc-web, port: 7000}]}`
    const { clusters, routes } = compile(snapshotOf(kubernetes), sidecar())

    expect(names(routes)).toContain('7000')
    expect(
      named(clusters, 'outbound|7000||web.default.svc.cluster.local').typedExtensionProtocolOptions,
    ).toBeDefined()
  })
})
