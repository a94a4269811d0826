import { describe, expect, test } from 'vitest'
import { compile, type Resources } from '../src/index.ts'
import { httpRoutes, named, names, service, sidecar, snapshotOf } from './mesh.ts'

const name = 'outbound|9080||reviews.default.svc.cluster.local'
const target = 'reviews.default.svc.cluster.local:9080'

function resources(...documents: readonly string[]): Resources {
  return compile(snapshotOf(service('reviews'), ...documents), sidecar({ client: 'grpc' }))
}

function routes(
  ...documents: readonly string[]
): NonNullable<NonNullable<Resources['routes'][number]['virtualHosts']>[number]['routes']> {
  return named(resources(...documents).routes, name).virtualHosts?.[0]?.routes ?? []
}

describe('a proxyless gRPC client', () => {
  test('finds the listener of a target, its routes, cluster and endpoints', () => {
    const compiled = resources()

    expect(named(compiled.listeners, target).apiListener?.apiListener).toMatchObject({
      rds: { routeConfigName: name, configSource: { ads: {} } },
      httpFilters: [{ name: 'envoy.filters.http.fault' }, { name: 'envoy.filters.http.router' }],
    })
    expect(named(compiled.routes, name).virtualHosts?.[0]?.domains).toContain(target)
    expect(named(compiled.clusters, name)).toEqual({
      name,
      type: 'EDS',
      edsClusterConfig: { edsConfig: { ads: {} }, serviceName: name },
      lbPolicy: 'ROUND_ROBIN',
    })
    expect(
      compiled.endpoints.find(({ clusterName }) => clusterName === name)?.endpoints,
    ).toMatchObject([{ locality: {}, loadBalancingWeight: 2 }])
  })

  test('gets nothing in a cluster that one of the two implementations refuses', () => {
    const rule = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: default}
spec:
  host: reviews
  trafficPolicy: {loadBalancer: {simple: LEAST_REQUEST}, outlierDetection: {}, connectionPool: {http: {http2MaxRequests: 5}}}`

    expect(named(resources(rule).clusters, name)).toEqual({
      name,
      type: 'EDS',
      edsClusterConfig: { edsConfig: { ads: {} }, serviceName: name },
      lbPolicy: 'ROUND_ROBIN',
      circuitBreakers: { thresholds: [{ maxRequests: 5 }] },
    })
  })

  test('splits, times out, retries and suffers faults by its own fields', () => {
    const [route] = routes(
      httpRoutes(`
  - timeout: 2s
    retries: {attempts: 3, retryOn: "unavailable,5xx"}
    fault: {abort: {grpcStatus: INTERNAL, percentage: {value: 1}}}
    mirror: {host: reviews}
    rewrite: {uri: /}
    route: [{destination: {host: reviews}}]`),
    )

    expect(route).toEqual({
      match: { prefix: '/' },
      route: {
        cluster: name,
        maxStreamDuration: { maxStreamDuration: '2s', grpcTimeoutHeaderMax: '2s' },
        retryPolicy: { retryOn: 'unavailable', numRetries: 3 },
      },
      typedPerFilterConfig: {
        'envoy.filters.http.fault': {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault',
          abort: { grpcStatus: 13, percentage: { numerator: 10_000, denominator: 'MILLION' } },
        },
      },
    })
  })

  test('fails calls that a proxy would answer itself, and skips what it cannot match', () => {
    const compiled = resources(
      httpRoutes(`
  - {match: [{queryParams: {q: {exact: "1"}}}], route: [{destination: {host: reviews}}]}
  - {match: [{uri: {prefix: /a}}], directResponse: {status: 403}}
  - {route: [{destination: {host: reviews}}]}`),
    )
    const table = named(compiled.routes, name).virtualHosts?.[0]?.routes

    expect(table?.map(({ route }) => route?.cluster)).toEqual(['BlackHoleCluster', name])
    expect(named(compiled.clusters, 'BlackHoleCluster').type).toBe('EDS')
    expect(compiled.endpoints).toContainEqual({ clusterName: 'BlackHoleCluster' })
  })

  test('resolves names by itself, one for a cluster', () => {
    const outside = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: outside, namespace: default}
spec:
  hosts: [api.test]
  resolution: DNS
  ports: [{number: 443, name: grpc, protocol: GRPC}]`
    const { clusters, endpoints } = resources(outside)

    expect(named(clusters, 'outbound|443||api.test')).toMatchObject({
      type: 'LOGICAL_DNS',
      loadAssignment: {
        endpoints: [
          { lbEndpoints: [{ endpoint: { address: { socketAddress: { address: 'api.test' } } } }] },
        ],
      },
    })
    expect(endpoints.map(({ clusterName }) => clusterName)).toEqual(['BlackHoleCluster', name])
    expect(names(clusters)).toHaveLength(3)
  })
})
