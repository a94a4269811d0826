import { describe, expect, test } from 'vitest'
import { compile, type MeshProxy, type Resources } from '../src/index.ts'
import { named, names, reviewsRoutes, router, service, sidecar, snapshotOf } from './mesh.ts'

const host = 'reviews.default.svc.cluster.local'
const name = `outbound|9080||${host}`

function rule(spec: string, metadata = 'name: reviews, namespace: default'): string {
  return `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {${metadata}}
spec:
  host: ${host}
${spec}`
}

function resources(documents: readonly string[], proxy: MeshProxy = sidecar()): Resources {
  return compile(snapshotOf(service('reviews'), ...documents), proxy)
}

function cluster(documents: readonly string[], wanted = name): Resources['clusters'][number] {
  return named(resources(documents).clusters, wanted)
}

function addresses(assignment: Resources['endpoints'][number] | undefined): unknown {
  return assignment?.endpoints?.flatMap(({ lbEndpoints }) =>
    lbEndpoints?.map(({ endpoint }) => endpoint?.address?.socketAddress?.address),
  )
}

describe('subsets', () => {
  const subsets = rule(`
  trafficPolicy: {connectionPool: {tcp: {maxConnections: 7}}, loadBalancer: {simple: RANDOM}}
  subsets:
  - {name: v1, labels: {version: v1}}
  - {name: v2, labels: {version: v2}, trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}}
  - {name: none, labels: {version: v9}}`)

  test('are clusters of their own, with the endpoints that bear their labels', () => {
    const { clusters, endpoints } = resources([subsets])
    const ofReviews = names(clusters).filter((one) => one?.endsWith(host))

    expect(ofReviews).toEqual([
      `outbound|9080|none|${host}`,
      `outbound|9080|v1|${host}`,
      `outbound|9080|v2|${host}`,
      name,
    ])
    expect(endpoints.map((one) => [one.clusterName?.split('|')[2], addresses(one)])).toEqual([
      ['none', undefined],
      ['v1', ['127.0.1.1']],
      ['v2', ['127.0.1.2']],
      ['', ['127.0.1.1', '127.0.1.2']],
    ])
  })

  test('override the policy of the rule setting by setting', () => {
    expect(cluster([subsets], `outbound|9080|v2|${host}`)).toMatchObject({
      lbPolicy: 'ROUND_ROBIN',
      circuitBreakers: { thresholds: [{ maxConnections: 7 }] },
    })
    expect(cluster([subsets], `outbound|9080|v1|${host}`)).toMatchObject({ lbPolicy: 'RANDOM' })
  })
})

describe('the policy of a port', () => {
  test('replaces that of the rule as a whole', () => {
    const settings = rule(`
  trafficPolicy:
    connectionPool: {tcp: {maxConnections: 7}}
    loadBalancer: {simple: RANDOM}
    portLevelSettings: [{port: {number: 9080}, loadBalancer: {simple: ROUND_ROBIN}}]`)

    expect(cluster([settings])).toMatchObject({
      lbPolicy: 'ROUND_ROBIN',
      circuitBreakers: { thresholds: [{ maxConnections: 4_294_967_295 }] },
    })
  })

  test('does not concern other ports', () => {
    const settings = rule(`
  trafficPolicy:
    loadBalancer: {simple: RANDOM}
    portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: ROUND_ROBIN}}]`)

    expect(cluster([settings])).toMatchObject({ lbPolicy: 'RANDOM' })
  })
})

describe('which destination rule applies', () => {
  const policy = (algorithm: string, more = ''): string =>
    `  trafficPolicy: {loadBalancer: {simple: ${algorithm}}}\n${more}`
  const client = rule(policy('RANDOM'), 'name: a, namespace: client')
  const ofService = rule(policy('ROUND_ROBIN'), 'name: b, namespace: default')
  const root = rule(policy('LEAST_REQUEST'), 'name: c, namespace: istio-system')

  test.each([
    ['of the client’s namespace first', [client, ofService, root], 'RANDOM'],
    ['then of the service’s', [ofService, root], 'ROUND_ROBIN'],
    ['then of the root namespace', [root], 'LEAST_REQUEST'],
  ])('%s', (_, rules, expected) => {
    const { clusters } = resources(rules, sidecar({ namespace: 'client' }))

    expect(named(clusters, name).lbPolicy).toBe(expected)
  })

  test('not one that is kept in another namespace', () => {
    const hidden = rule(policy('ROUND_ROBIN', '  exportTo: ["."]'), 'name: b, namespace: default')
    const { clusters } = resources([hidden, root], sidecar({ namespace: 'client' }))

    expect(named(clusters, name).lbPolicy).toBe('LEAST_REQUEST')
  })

  test('one for this workload before one for all', () => {
    const own = rule(
      policy('RANDOM', '  workloadSelector: {matchLabels: {app: client}}'),
      'name: z, namespace: default',
    )
    const rules = [ofService, own]

    expect(
      named(resources(rules, sidecar({ labels: { app: 'client' } })).clusters, name),
    ).toMatchObject({ lbPolicy: 'RANDOM' })
    expect(named(resources(rules).clusters, name)).toMatchObject({ lbPolicy: 'ROUND_ROBIN' })
  })

  test('several for the same host are merged, the oldest leading', () => {
    const older = rule(
      '  subsets: [{name: v1, labels: {version: v1}}]',
      'name: z, namespace: default, creationTimestamp: "2026-01-01T00:00:00Z"',
    )
    const newer = rule(
      policy(
        'RANDOM',
        '  subsets: [{name: v1, labels: {version: v2}}, {name: v2, labels: {version: v2}}]',
      ),
      'name: a, namespace: default, creationTimestamp: "2026-02-01T00:00:00Z"',
    )
    const { clusters, endpoints } = resources([newer, older])
    const v1 = endpoints.find(({ clusterName }) => clusterName === `outbound|9080|v1|${host}`)

    expect(names(clusters)).toContain(`outbound|9080|v2|${host}`)
    expect(named(clusters, name)).toMatchObject({ lbPolicy: 'RANDOM' })
    expect(addresses(v1)).toEqual(['127.0.1.1'])
  })
})

describe('traffic policies', () => {
  test.each([
    ['{simple: LEAST_CONN}', { lbPolicy: 'LEAST_REQUEST' }],
    ['{simple: PASSTHROUGH}', { type: 'ORIGINAL_DST', lbPolicy: 'CLUSTER_PROVIDED' }],
    [
      '{simple: ROUND_ROBIN, warmup: {duration: 30s, aggression: 2, minimumPercent: 5}}',
      {
        roundRobinLbConfig: {
          slowStartConfig: {
            slowStartWindow: '30s',
            aggression: { defaultValue: 2 },
            minWeightPercent: { value: 5 },
          },
        },
      },
    ],
    [
      '{consistentHash: {httpHeaderName: x-user, ringHash: {minimumRingSize: 64}}}',
      { lbPolicy: 'RING_HASH', ringHashLbConfig: { minimumRingSize: '64' } },
    ],
    [
      '{consistentHash: {useSourceIp: true, maglev: {tableSize: 251}}}',
      { lbPolicy: 'MAGLEV', maglevLbConfig: { tableSize: '251' } },
    ],
  ])('loadBalancer: %s', (settings, expected) => {
    const policy = rule(`  trafficPolicy: {loadBalancer: ${settings}}`)

    expect(cluster([policy])).toMatchObject(expected)
  })

  test.each([
    ['{httpHeaderName: x-user}', { header: { headerName: 'x-user' } }],
    [
      '{httpCookie: {name: u, path: /, ttl: 60s}}',
      { cookie: { name: 'u', path: '/', ttl: '60s' } },
    ],
    ['{useSourceIp: true}', { connectionProperties: { sourceIp: true } }],
    ['{httpQueryParameterName: q}', { queryParameter: { name: 'q' } }],
  ])('consistentHash: %s is what routes hash', (hash, expected) => {
    const policy = rule(`  trafficPolicy: {loadBalancer: {consistentHash: ${hash}}}`)
    const [route] = reviewsRoutes([policy])

    expect(route?.route?.hashPolicy).toEqual([expected])
    expect(route?.route?.retryPolicy).not.toHaveProperty('retryHostPredicate')
  })

  test('connection pools limit, time and choose the protocol', () => {
    const policy = rule(`
  trafficPolicy:
    connectionPool:
      tcp: {maxConnections: 1, connectTimeout: 3s, maxConnectionDuration: 60s, tcpKeepalive: {probes: 2, time: 10s}}
      http: {http1MaxPendingRequests: 2, http2MaxRequests: 3, maxRetries: 4, maxRequestsPerConnection: 5, idleTimeout: 7s, h2UpgradePolicy: UPGRADE, maxConcurrentStreams: 9}`)

    expect(cluster([policy])).toMatchObject({
      connectTimeout: '3s',
      circuitBreakers: {
        thresholds: [{ maxConnections: 1, maxPendingRequests: 2, maxRequests: 3, maxRetries: 4 }],
      },
      upstreamConnectionOptions: { tcpKeepalive: { keepaliveProbes: 2, keepaliveTime: 10 } },
      typedExtensionProtocolOptions: {
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
          commonHttpProtocolOptions: {
            idleTimeout: '7s',
            maxRequestsPerConnection: 5,
            maxConnectionDuration: '60s',
          },
          explicitHttpConfig: { http2ProtocolOptions: { maxConcurrentStreams: 9 } },
        },
      },
    })
  })

  test('outlier detection enforces what is counted, and sets the panic threshold', () => {
    const policy = rule(`
  trafficPolicy:
    outlierDetection: {consecutiveGatewayErrors: 3, consecutive5xxErrors: 0, interval: 5s, minHealthPercent: 40, splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 2}`)

    expect(cluster([policy])).toMatchObject({
      outlierDetection: {
        consecutive5xx: 0,
        enforcingConsecutive5xx: 0,
        consecutiveGatewayFailure: 3,
        enforcingConsecutiveGatewayFailure: 100,
        splitExternalLocalOriginErrors: true,
        consecutiveLocalOriginFailure: 2,
        enforcingConsecutiveLocalOriginFailure: 100,
        interval: '5s',
      },
      commonLbConfig: { healthyPanicThreshold: { value: 40 } },
    })
  })
})

describe('localities', () => {
  const spread = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: spread, namespace: default}
spec:
  hosts: [spread.default.svc.cluster.local]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints:
  - {address: 10.0.0.1, locality: west/a/1}
  - {address: 10.0.0.2, locality: west/a/2, weight: 3}
  - {address: 10.0.0.3, locality: west/b}
  - {address: 10.0.0.4, locality: north/a}
  - {address: 10.0.0.5, locality: east/a}`
  const proxy = sidecar({ locality: { region: 'west', zone: 'a', subZone: '1' } })

  function ranks(policy: string): unknown {
    const destinationRule = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: spread, namespace: default}
spec: {host: spread.default.svc.cluster.local, trafficPolicy: ${policy}}`
    const { endpoints } = compile(snapshotOf(spread, destinationRule), proxy)
    return endpoints[0]?.endpoints?.map(({ locality, priority = 0, loadBalancingWeight }) => [
      [locality?.region, locality?.zone, locality?.subZone].filter(Boolean).join('/'),
      priority,
      loadBalancingWeight,
    ])
  }

  test('rank alike without outlier detection, by the sum of their weights', () => {
    expect(ranks('{}')).toEqual([
      ['east/a', 0, 1],
      ['north/a', 0, 1],
      ['west/a/1', 0, 1],
      ['west/a/2', 0, 3],
      ['west/b', 0, 1],
    ])
  })

  test('fail over from near to far, without gaps, the named region before others', () => {
    const failover = '{localityLbSetting: {failover: [{from: west, to: east}]}}'

    expect(ranks(`{outlierDetection: {}, loadBalancer: ${failover}}`)).toEqual([
      ['west/a/1', 0, 1],
      ['west/a/2', 1, 3],
      ['west/b', 2, 1],
      ['east/a', 3, 1],
      ['north/a', 4, 1],
    ])
  })

  test('share the traffic as distributed; what is not named gets none', () => {
    const distribute = '[{from: west/*, to: {"west/a/*": 70, east/a: 30}}]'

    expect(ranks(`{loadBalancer: {localityLbSetting: {distribute: ${distribute}}}}`)).toEqual([
      ['east/a', 0, 30],
      // 70 for one part and three parts of weight, rounded up.
      ['west/a/1', 0, 18],
      ['west/a/2', 0, 53],
    ])
  })

  test('rank by the labels that endpoints share with the proxy, in their order', () => {
    const labelled = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: labelled, namespace: default}
spec:
  hosts: [labelled.default.svc.cluster.local]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  endpoints:
  - {address: 10.0.0.1, locality: west/a, labels: {rack: '7', tier: gold}}
  - {address: 10.0.0.2, locality: west/a, labels: {rack: '7', tier: tin}, weight: 2}
  - {address: 10.0.0.3, locality: west/a, labels: {tier: gold}}
  - {address: 10.0.0.4, locality: east/b, labels: {rack: '7', tier: gold}}
  - {address: 10.0.0.5, locality: east/b, labels: {rack: '9', tier: gold}}`
    const at = { region: 'west', zone: 'a', subZone: '' }
    const of = (settings: string, labels: Record<string, string> = { rack: '7' }): unknown => {
      const destinationRule = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: labelled, namespace: default}
spec: {host: labelled.default.svc.cluster.local, trafficPolicy: {${settings}}}`
      const { endpoints } = compile(
        snapshotOf(labelled, destinationRule),
        sidecar({ locality: at, labels }),
      )
      return endpoints[0]?.endpoints?.map(
        ({ locality, priority = 0, loadBalancingWeight, lbEndpoints }) => [
          locality?.region,
          priority,
          loadBalancingWeight,
          lbEndpoints?.map((it) => it.endpoint?.address?.socketAddress?.address?.at(-1)).join(''),
        ],
      )
    }
    const by = (more: string): string =>
      `outlierDetection: {}, loadBalancer: {localityLbSetting: {${more}}}`

    expect(of(by('failoverPriority: [rack, tier=gold]'))).toEqual([
      ['east', 0, 1, '4'],
      ['west', 0, 1, '1'],
      ['west', 1, 2, '2'],
      ['east', 2, 1, '5'],
      ['west', 2, 1, '3'],
    ])
    expect(of(by('failoverPriority: [topology.kubernetes.io/region]'))).toEqual([
      ['west', 0, 4, '123'],
      ['east', 1, 2, '45'],
    ])
    // Where regions are named too, they rank those that share the same labels.
    expect(of(by('failoverPriority: [rack], failover: [{from: west, to: north}]'))).toEqual([
      ['west', 0, 3, '12'],
      ['east', 1, 1, '4'],
      ['west', 2, 1, '3'],
      ['east', 3, 1, '5'],
    ])
    // Nothing fails over where nothing finds out who fails.
    expect(of('loadBalancer: {localityLbSetting: {failoverPriority: [rack]}}')).toEqual([
      ['east', 0, 2, '45'],
      ['west', 0, 4, '123'],
    ])
  })

  test('do not matter where locality load balancing is off', () => {
    const off = '{localityLbSetting: {enabled: false}}'

    expect(ranks(`{outlierDetection: {}, loadBalancer: ${off}}`)).toHaveLength(5)
    expect(ranks(`{outlierDetection: {}, loadBalancer: ${off}}`)).toContainEqual(['east/a', 0, 1])
  })
})

describe('service entries', () => {
  const entry = (resolution: string, more = ''): string => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: outside, namespace: default}
spec:
  hosts: [api.test]
  location: MESH_EXTERNAL
  resolution: ${resolution}
  ports: [{number: 443, name: tls, protocol: TLS}]
${more}`
  const outside = 'outbound|443||api.test'

  test('leave out an endpoint without the port, whatever the port is called', () => {
    const kubernetes = `
apiVersion: v1
kind: Service
metadata: {name: odd, namespace: default}
spec: {clusterIP: 10.0.0.9, ports: [{name: constructor, port: 80, targetPort: named}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: odd-1, namespace: default, labels: {kubernetes.io/service-name: odd}}
addressType: IPv4
endpoints: [{addresses: [10.1.0.1]}]
ports: [{name: other, port: 8080}]`

    expect(compile(snapshotOf(kubernetes), sidecar()).endpoints).toEqual([
      { clusterName: 'outbound|80||odd.default.svc.cluster.local' },
    ])
  })

  test('leave out an endpoint that has no address, only a network', () => {
    const lost = service('reviews').replace('address: 127.0.1.1,', 'network: far,')
    const { endpoints } = compile(snapshotOf(lost), sidecar())

    expect(
      endpoints[0]?.endpoints?.flatMap(({ lbEndpoints = [] }) =>
        lbEndpoints.map(({ endpoint }) => endpoint?.address?.socketAddress?.address),
      ),
    ).toEqual(['127.0.1.2'])
  })

  test('found by DNS resolve their endpoints, or their own name', () => {
    const endpoints = '  endpoints: [{address: a.test, ports: {tls: 8443}}]'

    expect(cluster([entry('DNS', endpoints)], outside)).toMatchObject({
      type: 'STRICT_DNS',
      loadAssignment: {
        endpoints: [
          {
            lbEndpoints: [
              { endpoint: { address: { socketAddress: { address: 'a.test', portValue: 8443 } } } },
            ],
          },
        ],
      },
    })
    expect(cluster([entry('DNS_ROUND_ROBIN')], outside)).toMatchObject({
      type: 'LOGICAL_DNS',
      loadAssignment: {
        endpoints: [
          {
            lbEndpoints: [
              { endpoint: { address: { socketAddress: { address: 'api.test', portValue: 443 } } } },
            ],
          },
        ],
      },
    })
  })

  test('without resolution go wherever the connection went', () => {
    expect(cluster([entry('NONE')], outside)).toMatchObject({
      type: 'ORIGINAL_DST',
      lbPolicy: 'CLUSTER_PROVIDED',
    })
  })

  test('send no endpoints apart from the cluster, unless they are static', () => {
    const { endpoints } = resources([entry('DNS')])

    expect(endpoints.map(({ clusterName }) => clusterName)).toEqual([name])
  })

  test('of a DNS service name Envoy’s resolver to Envoy only', () => {
    const documents = [entry('DNS')]
    const ours = resources(documents, sidecar({ client: 'meshwright' }))

    expect(cluster(documents, outside)).toHaveProperty('typedDnsResolverConfig')
    expect(named(ours.clusters, outside)).not.toHaveProperty('typedDnsResolverConfig')
  })
})

describe('clusters that stand for no service', () => {
  test('are three for a sidecar and one for a gateway', () => {
    const special = (proxy: MeshProxy): unknown =>
      names(resources([], proxy).clusters).filter((one) => !one?.includes('|'))

    expect(special(sidecar())).toEqual([
      'BlackHoleCluster',
      'InboundPassthroughCluster',
      'PassthroughCluster',
    ])
    expect(special(router())).toEqual(['BlackHoleCluster'])
  })
})
