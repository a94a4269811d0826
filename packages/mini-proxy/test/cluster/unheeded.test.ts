// What is accepted and not acted on is named, once.
import { ManualClock } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { compileCluster } from '../../src/cluster/compile-cluster.ts'
import { Balanced, cluster, endpoint } from './balanced.ts'

test('fields that do nothing are named', () => {
  const { warnings } = compileCluster(
    cluster('c', [], {
      closeConnectionsOnHostHealthFailure: true,
      useTcpForDnsLookups: true,
      trackTimeoutBudgets: true,
      upstreamConnectionOptions: { tcpKeepalive: { keepaliveTime: 1, keepaliveProbes: 2 } },
      upstreamBindConfig: { socketOptions: [{ level: '1' }] },
      typedExtensionProtocolOptions: {
        http: {
          '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
          commonHttpProtocolOptions: { maxHeadersCount: 7 },
          explicitHttpConfig: { httpProtocolOptions: {} },
        },
      },
    }),
  )
  expect(warnings).toEqual(
    [
      'Cluster.use_tcp_for_dns_lookups',
      'Cluster.track_timeout_budgets',
      'Cluster.close_connections_on_host_health_failure',
      'Cluster.upstream_bind_config.socket_options',
      'Cluster.upstream_connection_options.tcp_keepalive.keepalive_interval',
      'common_http_protocol_options.max_headers_count of a cluster',
    ].map((it) => `${it} is accepted but does nothing`),
  )
  expect(compileCluster(cluster('c', [])).warnings).toEqual([])
})

test('names are asked for again after the rate and a part of the jitter', async () => {
  await using on = new Balanced()
  const time = new ManualClock()
  const asked: number[] = []
  const named = endpoint(80)
  const options = { endpoint: { address: { socketAddress: { address: 'a.test', portValue: 80 } } } }
  await on.apply(
    [
      cluster('c', [{ lbEndpoints: [{ ...named, ...options }] }], {
        type: 'STRICT_DNS',
        dnsRefreshRate: '4s',
        dnsJitter: '2s',
      }),
    ],
    {
      clock: time,
      timers: time,
      random: () => 0.5,
      resolver: async () => {
        asked.push(time.now())
        return ['127.0.0.1']
      },
    },
  )
  const [start = 0] = asked
  time.advance(4999)
  expect(asked).toHaveLength(1)
  time.advance(1)
  expect(asked).toEqual([start, start + 5000])
})
