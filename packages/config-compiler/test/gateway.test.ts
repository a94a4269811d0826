import { describe, expect, test } from 'vitest'
import { compile, type MeshProxy, type Resources } from '../src/index.ts'
import { named, names, router, service, snapshotOf } from './mesh.ts'

function gateway(servers: string, more = 'selector: {istio: ingressgateway}'): string {
  return `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: default}
spec:
  ${more}
  servers:
${servers}`
}

function attached(name: string, hosts: string, path: string, more = ''): string {
  return `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: default${more}}
spec:
  hosts: [${hosts}]
  gateways: [edge]
  http: [{match: [{uri: {prefix: ${path}}}], route: [{destination: {host: reviews}}]}]`
}

const http = (hosts: string, more = ''): string =>
  `  - {port: {number: 80, name: http, protocol: HTTP}, hosts: [${hosts}]${more}}`

function resources(documents: readonly string[], proxy: MeshProxy = router()): Resources {
  return compile(snapshotOf(service('reviews'), ...documents), proxy)
}

/** Each virtual host with its domains and the prefixes it routes, in order. */
function table(compiled: Resources, name = 'http.80'): unknown {
  return named(compiled.routes, name).virtualHosts?.map(({ domains, routes }) => [
    domains?.join(),
    ...(routes ?? []).map(({ match }) => match?.prefix),
  ])
}

describe('a gateway', () => {
  test('serves only the Gateways whose selector matches its labels', () => {
    const documents = [gateway(http('"*"')), attached('a', 'a.test', '/')]

    expect(names(resources(documents).listeners)).toEqual(['0.0.0.0_80'])
    expect(resources(documents, router({ labels: {} })).listeners).toEqual([])
  })

  test('listens where a server binds, with routes of its own', () => {
    const { listeners, routes } = resources([gateway(http('"*"', ', bind: 127.0.1.9'))])

    expect(names(listeners)).toEqual(['127.0.1.9_80'])
    expect(names(routes)).toEqual(['http.80.127.0.1.9'])
  })

  test('listens on the target port of the service in front of it', () => {
    const front = service('front')
      .replace('number: 9080', 'number: 80, targetPort: 8080')
      .replace('127.0.1.1,', '127.0.1.100,')
    const { listeners, routes } = resources([front, gateway(http('"*"'))])

    expect(names(listeners)).toEqual(['0.0.0.0_8080'])
    expect(names(routes)).toEqual(['http.8080'])
  })

  test('serves the hosts that server and VirtualService share, the narrower of the two', () => {
    const compiled = resources([
      gateway(http('"*.a.test", b.test')),
      attached('one', 'x.a.test', '/1'),
      attached('two', '"*.test"', '/2'),
      attached('three', 'c.test', '/3'),
    ])

    expect(table(compiled)).toEqual([
      ['*.a.test', '/2'],
      ['b.test', '/2'],
      ['x.a.test', '/1'],
    ])
  })

  test('may limit hosts to the virtual services of a namespace', () => {
    expect(
      table(resources([gateway(http('other/a.test')), attached('one', 'a.test', '/')])),
    ).toEqual([['*']])
    expect(table(resources([gateway(http('./a.test')), attached('one', 'a.test', '/')]))).toEqual([
      ['a.test', '/'],
    ])
  })

  test('joins the routes of one host, oldest first, those for everything last', () => {
    const compiled = resources([
      gateway(http('"*"')),
      attached('newer', 'a.test', '/n', ', creationTimestamp: "2026-02-01T00:00:00Z"'),
      attached('older', 'a.test', '/', ', creationTimestamp: "2026-01-01T00:00:00Z"').replace(
        'uri: {prefix: /}',
        'uri: {prefix: /}',
      ),
    ])

    expect(table(compiled)).toEqual([['a.test', '/n', '/']])
  })

  test('answers nothing when nothing is attached', () => {
    expect(table(resources([gateway(http('a.test'))]))).toEqual([['*']])
  })

  test('redirects to HTTPS where a server says so, routes or none', () => {
    const compiled = resources([
      gateway(http('a.test, b.test', ', tls: {httpsRedirect: true}')),
      attached('one', 'a.test', '/'),
    ])

    expect(
      named(compiled.routes, 'http.80').virtualHosts?.map(({ name, requireTls }) => [
        name,
        requireTls,
      ]),
    ).toEqual([
      ['a.test:80', 'ALL'],
      ['b.test:80', 'ALL'],
    ])
  })

  test('passes TCP on to where the routes of its port say', () => {
    const tcp = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: tcp, namespace: default}
spec:
  hosts: ["*"]
  gateways: [edge]
  tcp:
  - {match: [{port: 81}], route: [{destination: {host: other.test, port: {number: 1}}}]}
  - {match: [{port: 3306}], route: [{destination: {host: reviews}}]}`
    const other = service('other')
      .replace('other.default.svc.cluster.local', 'other.test')
      .replace('9080', '1')
    const server = '  - {port: {number: 3306, name: tcp, protocol: TCP}, hosts: ["*"]}'
    const { listeners } = resources([other, tcp, gateway(server)])

    expect(
      named(listeners, '0.0.0.0_3306').filterChains?.[0]?.filters?.[0]?.typedConfig,
    ).toMatchObject({ cluster: 'outbound|9080||reviews.default.svc.cluster.local' })
    expect(resources([gateway(server)]).listeners).toEqual([])
  })

  test('trusts its own view of the client, and as many proxies before it as the mesh says', () => {
    const snapshot = snapshotOf(gateway(http('"*"')))
    const mesh = { defaultConfig: { gatewayTopology: { numTrustedProxies: 2 } } }
    const { listeners } = compile({ ...snapshot, mesh }, router())

    expect(
      named(listeners, '0.0.0.0_80').filterChains?.[0]?.filters?.[0]?.typedConfig,
    ).toMatchObject({ useRemoteAddress: true, xffNumTrustedHops: 2 })
  })
})
