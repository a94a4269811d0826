import { Bootstrap } from '@meshwright/xds-types/envoy/config/bootstrap/v3'
import { Cluster, type ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { Listener } from '@meshwright/xds-types/envoy/config/listener/v3'
import { RouteConfiguration } from '@meshwright/xds-types/envoy/config/route/v3'
import { expect, test } from 'vitest'
import type { Violation } from '../src/index.ts'

const text = (violations: readonly Violation[]): string[] =>
  violations.map(({ path, message }) => `${path}: ${message}`)
const ofCluster = (json: ClusterJson): string[] => text(Cluster.validate(Cluster.fromJson(json)))

test('names the field at fault by its path, with indexes', () => {
  const bootstrap = Bootstrap.fromJson({
    staticResources: { clusters: [{ name: 'a' }, { name: 'b', connectTimeout: '0s' }] },
  })

  expect(text(Bootstrap.validate(bootstrap))).toEqual([
    'static_resources.clusters[1].connect_timeout: must be > 0s',
  ])
})

test('finds every fault, in the order of the fields', () => {
  const faults = ofCluster({
    loadAssignment: {
      clusterName: '',
      endpoints: [{ priority: 129, lbEndpoints: [{ loadBalancingWeight: 0 }] }],
    },
    maglevLbConfig: { tableSize: '5000012' },
  })

  expect(faults).toEqual([
    'name: must not be empty',
    'load_assignment.cluster_name: must not be empty',
    'load_assignment.endpoints[0].lb_endpoints[0].load_balancing_weight: must be >= 1',
    'load_assignment.endpoints[0].priority: must be <= 128',
    'maglev_lb_config.table_size: must be <= 5000011',
  ])
})

test('requires the oneofs that the API requires', () => {
  const routes = RouteConfiguration.fromJson({
    virtualHosts: [{ name: 'all', domains: ['*'], routes: [{ match: {} }] }],
  })

  expect(text(RouteConfiguration.validate(routes))).toEqual([
    'virtual_hosts[0].routes[0].action: must be set, to one of route, redirect, direct_response, filter_action, non_forwarding_action',
    'virtual_hosts[0].routes[0].match.path_specifier: must be set, to one of prefix, path, safe_regex, connect_matcher, path_separated_prefix, path_match_policy',
  ])
})

test('refuses enum numbers that the API does not define', () => {
  const cluster = Cluster.create({ name: 'a', lbPolicy: 9 as never })

  expect(text(Cluster.validate(cluster))[0]).toMatch(
    /^lb_policy: must be one of ROUND_ROBIN, .*got 9$/,
  )
})

test('looks inside an Any when it is asked to', () => {
  const listener = Listener.fromJson({
    name: 'l',
    address: { socketAddress: { address: '127.0.0.1', portValue: 80 } },
    filterChains: [
      {
        filters: [
          {
            name: 'tcp',
            typedConfig: {
              '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
              cluster: 'a',
            },
          },
        ],
      },
    ],
  })

  expect(Listener.validate(listener)).toEqual([])
  expect(text(Listener.validate(listener, { intoAny: true }))).toEqual([
    'filter_chains[0].filters[0].typed_config.stat_prefix: must not be empty',
  ])
})

test('accepts either side of a range that is open in the middle', () => {
  const within = (initial: string): string[] =>
    text(
      Listener.validate(
        Listener.fromJson({
          name: 'l',
          address: { pipe: { path: '/run/l' } },
          udpListenerConfig: {
            quicOptions: {
              quicProtocolOptions: { connectionKeepalive: { initialInterval: initial } },
            },
          },
        }),
      ),
    )

  expect([within('0s'), within('1s')]).toEqual([[], []])
  expect(within('0.0001s')[0]).toMatch(/initial_interval: must be >= 0.001s or <= 0s$/)
})

test('checks maps, header names and patterns', () => {
  expect(ofCluster({ name: 'a', metadata: { filterMetadata: { '': {} } } })).toEqual([
    'metadata.filter_metadata[""]: its key must not be empty',
  ])
  const routes = RouteConfiguration.fromJson({
    requestHeadersToRemove: ['ok', 'not\nok'],
    virtualHosts: [
      {
        name: 'all',
        domains: ['*'],
        routes: [{ match: { pathSeparatedPrefix: '/a/' }, route: { cluster: 'c' } }],
      },
    ],
  })
  expect(text(RouteConfiguration.validate(routes))).toEqual([
    'virtual_hosts[0].routes[0].match.path_separated_prefix: must match ^[^?#]+[^?#/]$',
    'request_headers_to_remove[1]: must be a valid HTTP header name',
  ])
})
