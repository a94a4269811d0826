import { describe, expect, test } from 'vitest'
import { compile, type MeshProxy, type Resources } from '../src/index.ts'
import { named, names, service, sidecar, snapshotOf } from './mesh.ts'

const labels = { app: 'reviews' }

function sidecarResource(spec: string, metadata = 'name: own, namespace: default'): string {
  return `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {${metadata}}
spec:
${spec}`
}

/** What the demo gives every workload: an HTTP proxy port, and its own port. */
const workload = sidecarResource(`
  workloadSelector: {labels: {app: reviews}}
  ingress:
  - {port: {number: 9080, protocol: HTTP, name: http}, bind: 127.0.1.10, defaultEndpoint: "127.0.0.1:19080", captureMode: NONE}
  egress:
  - {port: {number: 15080, protocol: HTTP_PROXY, name: proxy}, bind: 127.0.1.10, captureMode: NONE, hosts: ["*/*"]}`)

function outbound({ clusters }: Resources): readonly (string | undefined)[] {
  return names(clusters).filter((name) => name?.startsWith('outbound|'))
}

describe('a workload that is reached and calls by listeners of its own', () => {
  const compiled = compile(
    snapshotOf(workload, service('reviews'), service('ratings'), service('far', 'other')),
    sidecar({ labels }),
  )

  test('has exactly those listeners', () => {
    expect(
      compiled.listeners.map(({ name, trafficDirection, bindToPort }) => [
        name,
        trafficDirection,
        bindToPort,
      ]),
    ).toEqual([
      ['127.0.1.10_15080', 'OUTBOUND', undefined],
      ['127.0.1.10_9080', 'INBOUND', undefined],
    ])
  })

  test('finds every service by every name, with and without the port', () => {
    const { virtualHosts = [] } = named(compiled.routes, 'http_proxy')

    expect(named(virtualHosts, 'ratings.default.svc.cluster.local:9080').domains).toEqual([
      'ratings.default.svc.cluster.local',
      'ratings.default.svc.cluster.local.',
      'ratings',
      'ratings.default.svc',
      'ratings.default',
      'ratings.default.svc.cluster.local:9080',
      'ratings.default.svc.cluster.local.:9080',
      'ratings:9080',
      'ratings.default.svc:9080',
      'ratings.default:9080',
    ])
    expect(named(virtualHosts, 'far.other.svc.cluster.local:9080').domains).not.toContain('far')
    expect(named(compiled.routes, 'http_proxy')).not.toHaveProperty('ignorePortInHostMatching')
  })

  test('is refused what is no known service, since there is no original destination', () => {
    const { virtualHosts = [] } = named(compiled.routes, 'http_proxy')

    expect(named(virtualHosts, 'block_all')).toMatchObject({
      domains: ['*'],
      routes: [{ directResponse: { status: 502 } }],
    })
  })

  test('passes inbound requests on to its application', () => {
    expect(named(compiled.clusters, 'inbound|9080||')).toMatchObject({
      type: 'STATIC',
      loadAssignment: {
        endpoints: [
          {
            lbEndpoints: [
              {
                endpoint: {
                  address: { socketAddress: { address: '127.0.0.1', portValue: 19_080 } },
                },
              },
            ],
          },
        ],
      },
    })
    const [chain] = named(compiled.listeners, '127.0.1.10_9080').filterChains ?? []
    expect(chain?.filters?.[0]?.typedConfig).toMatchObject({
      routeConfig: {
        virtualHosts: [{ domains: ['*'], routes: [{ route: { cluster: 'inbound|9080||' } }] }],
      },
    })
  })
})

describe('the http_proxy port of the mesh', () => {
  test('is a listener on loopback with the same routes', () => {
    const { listeners, routes } = compile(
      { ...snapshotOf(service('reviews')), mesh: { proxyHttpPort: 15_007 } },
      sidecar(),
    )

    expect(names(listeners)).toContain('127.0.0.1_15007')
    expect(names(routes)).toEqual(['9080', 'http_proxy'])
  })
})

describe('what a Sidecar imports', () => {
  const services = [service('reviews'), service('ratings'), service('far', 'other')]
  const scoped = (hosts: string, metadata?: string): readonly (string | undefined)[] => {
    const egress = sidecarResource(`  egress: [{hosts: [${hosts}]}]`, metadata)
    return outbound(compile(snapshotOf(egress, ...services), sidecar({ labels })))
  }
  const cluster = (name: string): string => `outbound|9080||${name}.svc.cluster.local`

  test.each([
    ['"*/*"', ['far.other', 'ratings.default', 'reviews.default']],
    ['"./*"', ['ratings.default', 'reviews.default']],
    ['"other/*"', ['far.other']],
    ['"*/reviews.default.svc.cluster.local"', ['reviews.default']],
    ['"*/*.other.svc.cluster.local"', ['far.other']],
    ['"~/*"', []],
  ])('hosts: [%s]', (hosts, expected) => {
    expect(scoped(hosts)).toEqual(expected.map(cluster))
  })

  test('includes what imported virtual services send to', () => {
    const virtualService = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: default}
spec:
  hosts: [reviews]
  http: [{route: [{destination: {host: ratings}}]}]`
    const only = sidecarResource('  egress: [{hosts: ["./reviews.default.svc.cluster.local"]}]')
    const compiled = compile(snapshotOf(only, virtualService, ...services), sidecar({ labels }))

    expect(outbound(compiled)).toEqual([cluster('ratings.default'), cluster('reviews.default')])
    expect(named(compiled.routes, '9080').virtualHosts?.map(({ name }) => name)).toEqual([
      'reviews.default.svc.cluster.local:9080',
      'allow_any',
    ])
  })

  test('is decided by the Sidecar for the workload, then the namespace, then the root', () => {
    const root = sidecarResource(
      '  egress: [{hosts: ["other/*"]}]',
      'name: r, namespace: istio-system',
    )
    const namespace = sidecarResource(
      '  egress: [{hosts: ["*/reviews.default.svc.cluster.local"]}]',
      'name: n, namespace: default',
    )
    const own = sidecarResource(
      '  workloadSelector: {labels: {app: reviews}}\n  egress: [{hosts: ["*/ratings.default.svc.cluster.local"]}]',
      'name: w, namespace: default',
    )
    const reached = (...resources: readonly string[]): unknown =>
      outbound(compile(snapshotOf(...resources, ...services), sidecar({ labels })))

    expect(reached(root, namespace, own)).toEqual([cluster('ratings.default')])
    expect(reached(root, namespace)).toEqual([cluster('reviews.default')])
    expect(reached(root)).toEqual([cluster('far.other')])
  })

  test('never exceeds what services export', () => {
    const hidden = service('hidden', 'other').replace('spec:', 'spec:\n  exportTo: ["."]')
    const shared = service('shared', 'other').replace('spec:', 'spec:\n  exportTo: [default]')

    expect(outbound(compile(snapshotOf(hidden, shared), sidecar()))).toEqual([
      cluster('shared.other'),
    ])
  })
})

describe('outbound traffic to unknown destinations', () => {
  const strict = sidecarResource('  outboundTrafficPolicy: {mode: REGISTRY_ONLY}')

  test('passes by default and is refused with REGISTRY_ONLY', () => {
    const proxy = sidecar({ interceptionMode: 'REDIRECT' })
    const last = (...documents: readonly string[]): unknown =>
      named(
        compile(snapshotOf(service('reviews'), ...documents), proxy).routes,
        '9080',
      ).virtualHosts?.at(-1)?.routes?.[0]

    expect(last()).toMatchObject({ route: { cluster: 'PassthroughCluster' } })
    expect(last(strict)).toMatchObject({ directResponse: { status: 502 } })
  })

  test('meets the black hole at the virtual listener with REGISTRY_ONLY', () => {
    const proxy = sidecar({ interceptionMode: 'REDIRECT' })
    const { listeners } = compile(snapshotOf(strict), proxy)
    const chain = named(
      named(listeners, 'virtualOutbound').filterChains ?? [],
      'virtualOutbound-catchall-tcp',
    )

    expect(chain.filters?.[0]?.typedConfig).toMatchObject({ cluster: 'BlackHoleCluster' })
  })
})

describe('captured traffic', () => {
  const tcp = service('db')
    .replace('protocol: HTTP', 'protocol: TCP')
    .replace('spec:', 'spec:\n  addresses: [10.96.0.9]')
  const tls = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: default}
spec:
  hosts: [api.test]
  resolution: DNS
  ports: [{number: 443, name: tls, protocol: TLS}]`

  function captured(...documents: readonly string[]): Resources {
    const proxy: MeshProxy = sidecar({ interceptionMode: 'REDIRECT', ipAddresses: ['127.0.1.1'] })
    return compile(snapshotOf(...documents), proxy)
  }

  test('is handed to listeners that bind nothing', () => {
    const { listeners } = captured(service('reviews'), tcp, tls)

    expect(listeners.map(({ name, bindToPort }) => [name, bindToPort])).toEqual([
      ['0.0.0.0_443', false],
      ['0.0.0.0_9080', false],
      ['10.96.0.9_9080', false],
      ['virtualInbound', undefined],
      ['virtualOutbound', undefined],
    ])
  })

  test('of TLS is told apart by the server name', () => {
    const { listeners } = captured(tls)

    expect(named(listeners, '0.0.0.0_443').filterChains?.[0]?.filterChainMatch).toEqual({
      serverNames: ['api.test'],
    })
  })

  test('of TLS follows the routes of a VirtualService', () => {
    const routed = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: api, namespace: default}
spec:
  hosts: [api.test]
  tls: [{match: [{port: 443, sniHosts: [api.test]}], route: [{destination: {host: db.default.svc.cluster.local}}]}]`
    const { listeners } = captured(tls, tcp, routed)

    expect(
      named(listeners, '0.0.0.0_443').filterChains?.[0]?.filters?.[0]?.typedConfig,
    ).toMatchObject({ cluster: 'outbound|9080||db.default.svc.cluster.local' })
  })

  test('of TCP to a range of addresses takes only what goes there', () => {
    const range = (name: string, addresses: string, protocol = 'TCP'): string => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ${name}, namespace: default}
spec:
  hosts: [${name}.test]
  addresses: [${addresses}]
  resolution: NONE
  ports: [{number: 5432, name: p, protocol: ${protocol}}]`
    const { listeners } = compile(
      snapshotOf(
        range('a', '10.5.0.0/16'),
        range('b', '10.6.0.0/16, 10.7.0.1'),
        range('c', '10.5.0.0/16'),
        range('d', '10.8.0.0/16', 'TLS'),
      ),
      sidecar({ interceptionMode: 'REDIRECT' }),
    )
    const chains = named(listeners, '0.0.0.0_5432')

    expect(
      chains.filterChains?.map(({ filterChainMatch }) => filterChainMatch?.prefixRanges),
    ).toEqual([
      [{ addressPrefix: '10.5.0.0', prefixLen: 16 }],
      [{ addressPrefix: '10.6.0.0', prefixLen: 16 }],
      [{ addressPrefix: '10.8.0.0', prefixLen: 16 }],
    ])
    expect(chains.defaultFilterChain?.name).toBe('PassthroughFilterChain')
    expect(names(listeners)).toContain('10.7.0.1_5432')
  })

  test('of TCP follows the weights of a VirtualService', () => {
    const routed = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: db, namespace: default}
spec:
  hosts: [db]
  tcp:
  - route:
    - {destination: {host: db}, weight: 75}
    - {destination: {host: reviews}, weight: 25}`
    const { listeners } = captured(service('reviews'), tcp, routed)

    expect(
      named(listeners, '10.96.0.9_9080').filterChains?.[0]?.filters?.[0]?.typedConfig,
    ).toMatchObject({
      weightedClusters: {
        clusters: [
          { name: 'outbound|9080||db.default.svc.cluster.local', weight: 75 },
          { name: 'outbound|9080||reviews.default.svc.cluster.local', weight: 25 },
        ],
      },
    })
  })

  test('to the workload itself reaches the ports of the services it runs', () => {
    const { clusters, listeners } = captured(service('reviews'))
    const chains = named(listeners, 'virtualInbound').filterChains ?? []

    expect(named(clusters, 'inbound|9080||')).toMatchObject({ type: 'ORIGINAL_DST' })
    expect(chains.find(({ name }) => name === '0.0.0.0_9080')?.filterChainMatch).toEqual({
      destinationPort: 9080,
      transportProtocol: 'raw_buffer',
    })
  })

  test('is what the mesh says where the node says nothing, otherwise redirected', () => {
    const { interceptionMode, ...unsaid } = sidecar()
    const snapshot = snapshotOf(service('reviews'))
    const mesh = { defaultConfig: { interceptionMode: 'NONE' as const } }

    expect(interceptionMode).toBe('NONE')
    expect(names(compile(snapshot, unsaid).listeners)).toContain('virtualOutbound')
    expect(names(compile({ ...snapshot, mesh }, unsaid).listeners)).toEqual(['127.0.0.1_9080'])
  })

  test('that is transparent keeps the source address', () => {
    const proxy = sidecar({ interceptionMode: 'TPROXY' })
    const { listeners } = compile(snapshotOf(service('reviews')), proxy)
    const inbound = named(listeners, 'virtualInbound')

    expect(inbound.transparent).toBe(true)
    expect(names(inbound.listenerFilters ?? [])).toContain('envoy.filters.listener.original_src')
  })
})

describe('the access log', () => {
  const logOf = (mesh: object): unknown => {
    const snapshot = { ...snapshotOf(service('reviews')), mesh }
    const { listeners } = compile(snapshot, sidecar())
    const config = named(listeners, '127.0.0.1_9080').filterChains?.[0]?.filters?.[0]?.typedConfig
    return config?.['accessLog']
  }

  test('is there only if the mesh names a file', () => {
    expect(logOf({})).toBeUndefined()
    expect(logOf({ accessLogFile: '/dev/stdout' })).toHaveLength(1)
  })

  test('has the format of the mesh, in text ending its line', () => {
    const mesh = { accessLogFile: '/x', accessLogFormat: '%PROTOCOL%' }

    expect(logOf(mesh)).toMatchObject([
      {
        typedConfig: {
          path: '/x',
          logFormat: { textFormatSource: { inlineString: '%PROTOCOL%\n' } },
        },
      },
    ])
  })

  test('or in JSON, by default with Istio’s fields', () => {
    const mesh = { accessLogFile: '/x', accessLogEncoding: 'JSON' }

    expect(logOf(mesh)).toMatchObject([
      { typedConfig: { logFormat: { jsonFormat: { method: '%REQ(:METHOD)%' } } } },
    ])
    expect(logOf({ ...mesh, accessLogFormat: '{"p": "%PROTOCOL%"}' })).toMatchObject([
      { typedConfig: { logFormat: { jsonFormat: { p: '%PROTOCOL%' } } } },
    ])
  })
})

describe('a Sidecar’s listener for one port', () => {
  const web = service('web').replace('number: 9080', 'number: 80')
  const egress = sidecarResource(`
  egress:
  - {port: {number: 9080, protocol: HTTP, name: a}, bind: 127.0.1.10, captureMode: NONE, hosts: ["./ratings.default.svc.cluster.local"]}
  - {port: {number: 9080, protocol: HTTP, name: b}, bind: 127.0.1.11, captureMode: NONE, hosts: ["./reviews.default.svc.cluster.local"]}
  - {hosts: ["./*"]}`)
  const { listeners, routes } = compile(
    snapshotOf(egress, web, service('ratings'), service('reviews')),
    sidecar(),
  )

  test('takes that port away from the listener for all others', () => {
    expect(names(listeners)).toEqual(['127.0.0.1_80', '127.0.1.10_9080', '127.0.1.11_9080'])
  })

  test('has routes of its own, even if another has the same port', () => {
    const hostsOf = (name: string): unknown =>
      named(routes, name).virtualHosts?.map((virtualHost) => virtualHost.name)

    expect(hostsOf('9080')).toEqual(['ratings.default.svc.cluster.local:9080', 'allow_any'])
    expect(hostsOf('9080|127.0.1.11_9080')).toEqual([
      'reviews.default.svc.cluster.local:9080',
      'allow_any',
    ])
  })
})

describe('a Kubernetes service', () => {
  const kubernetes = `
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: default}
spec:
  clusterIP: 10.96.1.1
  ports: [{port: 80, name: http, targetPort: 8080}, {port: 7000, targetPort: 7000, name: odd}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, namespace: default, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
ports: [{port: 8080, name: http}, {port: 7000, name: odd}]
endpoints: [{addresses: [127.0.1.1], conditions: {ready: true}}, {addresses: [127.0.1.2], conditions: {ready: false}}]`
  const proxy = sidecar({ interceptionMode: 'REDIRECT', ipAddresses: ['127.0.1.1'] })
  const compiled = compile(snapshotOf(kubernetes), proxy)

  test('is reached at its ready endpoints, on their target ports', () => {
    const name = 'outbound|80||cart.default.svc.cluster.local'

    expect(
      compiled.endpoints.find(({ clusterName }) => clusterName === name)?.endpoints,
    ).toMatchObject([
      {
        lbEndpoints: [
          { endpoint: { address: { socketAddress: { address: '127.0.1.1', portValue: 8080 } } } },
        ],
      },
    ])
  })

  test('has a protocol detected where it declares none, in both directions', () => {
    const outbound = named(compiled.listeners, '10.96.1.1_7000')
    const inbound = named(compiled.listeners, 'virtualInbound').filterChains ?? []

    expect(outbound.filterChains?.[0]?.filterChainMatch).toMatchObject({
      applicationProtocols: ['http/1.1', 'h2c'],
    })
    expect(outbound.defaultFilterChain?.filters?.[0]?.typedConfig).toMatchObject({
      cluster: 'outbound|7000||cart.default.svc.cluster.local',
    })
    expect(
      named(compiled.routes, 'cart.default.svc.cluster.local:7000').virtualHosts?.[0]?.domains,
    ).toContain('cart')
    expect(
      inbound
        .filter(({ name }) => name === '0.0.0.0_7000')
        .map(({ filterChainMatch }) => filterChainMatch?.transportProtocol),
    ).toEqual(['raw_buffer', 'raw_buffer', 'tls'])
  })

  test('names its inbound clusters by target port', () => {
    expect(names(compiled.clusters).filter((name) => name?.startsWith('inbound|'))).toEqual([
      'inbound|7000||',
      'inbound|8080||',
    ])
  })
})
