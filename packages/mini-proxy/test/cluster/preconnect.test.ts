// Connections that are there before the requests: how many, to whom, and how they end.
import { createServer } from 'node:net'
import { ManualClock } from '@meshwright/testkit'
import { Cluster, type ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { expect, test } from 'vitest'
import { compileCluster } from '../../src/cluster/compile-cluster.ts'
import { assignment, Balanced, cluster, edsCluster, endpoint, policy } from './balanced.ts'

const perHost = (ratio: number): Partial<ClusterJson> => ({
  preconnectPolicy: { perUpstreamPreconnectRatio: ratio },
})
const predictive = (ratio: number): Partial<ClusterJson> => ({
  preconnectPolicy: { predictivePreconnectRatio: ratio },
})

const connections = (on: Balanced): readonly (number | undefined)[] => [
  on.stat('cluster.c.upstream_cx_total'),
  on.stat('cluster.c.upstream_cx_active'),
]

test.each([
  [1, 1],
  [1.05, 2],
  [2, 2],
  [3, 3],
])(
  'at a ratio of %d the first request has %d connections opened, and those after it none',
  async (ratio, opened) => {
    await using on = new Balanced()
    const [a = 0] = await on.hosts(1)
    await on.apply([cluster('c', [{ lbEndpoints: [endpoint(a)] }], perHost(ratio))])
    await on.ask()
    expect(connections(on)).toEqual([opened, opened])
    expect(await on.tally(5)).toEqual({ '200 a': 5 })
    expect(connections(on)).toEqual([opened, opened])
  },
)

test('requests at the same time find connections that are made already', async () => {
  await using on = new Balanced()
  const waiting: (() => void)[] = []
  const slow = await on.host('slow', (_, response) => waiting.push(() => response.end('slow')))
  await on.apply([cluster('c', [{ lbEndpoints: [endpoint(slow)] }], perHost(2))])
  const first = on.ask()
  await expect.poll(() => waiting.length).toBe(1)
  await expect.poll(() => on.stat('cluster.c.upstream_cx_active')).toBe(2)
  const pendingBefore = on.stat('cluster.c.upstream_rq_pending_total')
  const second = on.ask()
  await expect.poll(() => waiting.length).toBe(2)

  // The second did not wait for a connection, and had two more opened.
  expect(on.stat('cluster.c.upstream_rq_pending_total')).toBe(pendingBefore)
  expect(connections(on)).toEqual([4, 4])
  for (const answer of waiting) answer()
  await Promise.all([first, second])
})

test('a host that is not healthy gets the connections it needs, and no other', async () => {
  await using on = new Balanced()
  const [a = 0] = await on.hosts(1)
  const degraded = (healthStatus: 'DEGRADED' | 'HEALTHY') =>
    assignment('c', [endpoint(a, { healthStatus })])
  const clusters = [edsCluster('c', perHost(3))]
  await on.apply(clusters, { endpoints: [degraded('DEGRADED')] })
  await on.tally(3)
  expect(connections(on)).toEqual([1, 1])

  await on.apply(clusters, { endpoints: [degraded('HEALTHY')] })
  await on.ask()
  expect(connections(on)).toEqual([3, 3])
})

test('circuit breakers bound what is opened ahead', async () => {
  await using on = new Balanced()
  const [a = 0] = await on.hosts(1)
  const circuitBreakers = { thresholds: [{ maxConnections: 2 }] }
  const config = { ...perHost(3), circuitBreakers }
  await on.apply([cluster('c', [{ lbEndpoints: [endpoint(a)] }], config)])
  expect(await on.tally(3)).toEqual({ '200 a': 3 })
  expect(connections(on)).toEqual([2, 2])
  expect(on.stat('cluster.c.upstream_cx_overflow')).toBeGreaterThan(0)
})

test('what was opened ahead and not used ends when it was idle too long', async () => {
  await using on = new Balanced()
  const time = new ManualClock()
  const [a = 0] = await on.hosts(1)
  const config = { ...perHost(3), commonHttpProtocolOptions: { idleTimeout: '5s' } }
  await on.apply([cluster('c', [{ lbEndpoints: [endpoint(a)] }], config)], {
    clock: time,
    timers: time,
  })
  await on.ask()
  await expect.poll(() => on.stat('cluster.c.upstream_cx_connect_fail')).toBe(0)
  expect(connections(on)).toEqual([3, 3])
  await expect
    .poll(() => {
      time.advance(1000)
      return on.stat('cluster.c.upstream_cx_active')
    })
    .toBe(0)
})

test('what was opened ahead ends with the host, and with the cluster', async () => {
  await using on = new Balanced()
  const [a = 0, b = 0] = await on.hosts(2)
  const clusters = [edsCluster('c', perHost(3))]
  await on.apply(clusters, { endpoints: [assignment('c', [endpoint(a)])] })
  await on.ask()
  expect(connections(on)).toEqual([3, 3])
  await on.apply(clusters, { endpoints: [assignment('c', [endpoint(b)])] })
  await expect.poll(() => on.stat('cluster.c.upstream_cx_active')).toBe(0)

  await on.ask()
  expect(connections(on)).toEqual([6, 3])
  await on.apply([cluster('other', [{ lbEndpoints: [endpoint(a)] }])])
  await expect.poll(() => on.stat('cluster.c.upstream_cx_active') ?? 0).toBe(0)
})

test('a connection that is being made ahead does not outlive its host', async () => {
  await using on = new Balanced()
  const silent = createServer((socket) => socket.resume())
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port = 0 } = silent.address() as { port?: number }
  const [a = 0] = await on.hosts(1)
  // Plain hosts under a TLS context: their handshake never ends.
  const context = 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'
  const transportSocket = {
    name: 'tls',
    typedConfig: { '@type': `type.googleapis.com/${context}`, commonTlsContext: {} },
  }
  const tls = {
    transportSocketMatches: [{ name: 'tls', match: { tls: true }, transportSocket }],
  }
  const secure = { filterMetadata: { 'envoy.transport_socket_match': { tls: true } } }
  const clusters = [edsCluster('c', { ...predictive(2), ...tls, connectTimeout: '3600s' })]
  const both = [endpoint(a), endpoint(port, { metadata: secure })]
  await on.apply(clusters, { endpoints: [assignment('c', both)], random: () => 0 })
  expect(await on.ask()).toBe('200 a')
  await expect.poll(() => on.stat('cluster.c.upstream_cx_active')).toBe(2)
  await on.apply(clusters, { endpoints: [assignment('c', [endpoint(a)])] })
  await expect.poll(() => on.stat('cluster.c.upstream_cx_active')).toBe(1)
  silent.close()
})

test.each<[string, Partial<ClusterJson>]>([
  ['round robin', {}],
  ['round robin over HTTP options of any version', { ...automatic() }],
])('with %s the hosts that come next are connected ahead, and come next', async (_, config) => {
  await using on = new Balanced()
  const ports = await on.hosts(3)
  const lbEndpoints = ports.map((it) => endpoint(it))
  await on.apply([cluster('c', [{ lbEndpoints }], { ...predictive(2), ...config })])
  // Its own connection and those for two more.
  await on.ask()
  expect(connections(on)).toEqual([3, 3])
  await expect.poll(() => on.stat('cluster.c.upstream_rq_active')).toBe(0)
  const waited = on.stat('cluster.c.upstream_rq_pending_total')
  await on.tally(2)
  // Neither waited for a connection.
  expect(on.stat('cluster.c.upstream_rq_pending_total')).toBe(waited)
  expect(connections(on)).toEqual([3, 3])
})

test('of hosts at random, too, those that come next are connected ahead', async () => {
  await using on = new Balanced()
  const ports = await on.hosts(3)
  const lbEndpoints = ports.map((it) => endpoint(it))
  await on.apply([cluster('c', [{ lbEndpoints }], { ...predictive(3), lbPolicy: 'RANDOM' })])
  await on.ask()
  await expect.poll(() => on.stat('cluster.c.upstream_rq_active')).toBe(0)
  const waited = on.stat('cluster.c.upstream_rq_pending_total')
  await on.ask()
  expect(on.stat('cluster.c.upstream_rq_pending_total')).toBe(waited)
})

test('a host that is told of each client has no connections for others', async () => {
  await using on = new Balanced()
  const ports = await on.hosts(2)
  const lbEndpoints = ports.map((it) => endpoint(it))
  const type = 'type.googleapis.com/envoy.extensions.transport_sockets'
  const told = {
    preconnectPolicy: { perUpstreamPreconnectRatio: 3, predictivePreconnectRatio: 3 },
    transportSocket: {
      name: 'told',
      typedConfig: {
        '@type': `${type}.proxy_protocol.v3.ProxyProtocolUpstreamTransport`,
        config: { version: 'V1' },
        transportSocket: {
          name: 'plain',
          typedConfig: { '@type': `${type}.raw_buffer.v3.RawBuffer` },
        },
      },
    },
  }
  await on.apply([cluster('c', [{ lbEndpoints }], told)])
  // They do not understand what they are told, and say so.
  expect(await on.ask()).toMatch(/^400 /)
  expect(on.stat('cluster.c.upstream_cx_total')).toBe(1)
})

test('round robin goes on as it would, whatever was foreseen', async () => {
  await using on = new Balanced()
  const ports = await on.hosts(3)
  const lbEndpoints = ports.map((it) => endpoint(it))
  await on.apply([cluster('c', [{ lbEndpoints }], predictive(3))])
  expect(await on.tally(30)).toEqual({ '200 a': 10, '200 b': 10, '200 c': 10 })
})

test('no request goes to a host that was foreseen and is gone', async () => {
  await using on = new Balanced()
  const [a = 0, b = 0, c = 0] = await on.hosts(3)
  const clusters = [edsCluster('c', predictive(3))]
  const of = (...ports: number[]) => [
    assignment(
      'c',
      ports.map((it) => endpoint(it)),
    ),
  ]
  await on.apply(clusters, { endpoints: of(a, b, c) })
  await on.ask()
  await on.apply(clusters, { endpoints: of(a) })
  expect(await on.tally(6)).toEqual({ '200 a': 6 })
  await on.apply(clusters, { endpoints: of(b, c) })
  expect(await on.tally(6)).toEqual({ '200 b': 3, '200 c': 3 })
})

test.each<[string, Partial<ClusterJson>]>([
  ['least request', { lbPolicy: 'LEAST_REQUEST' }],
  ['ring hash', { lbPolicy: 'RING_HASH' }],
  ['the Maglev policy', { loadBalancingPolicy: policy('maglev.v3.Maglev') }],
  ['an ORIGINAL_DST cluster', { type: 'ORIGINAL_DST', lbPolicy: 'CLUSTER_PROVIDED' }],
])('with %s nothing can be foreseen, which is said', (_, config) => {
  const warnings = (ratio: number): readonly string[] =>
    compileCluster(cluster('c', [], { ...predictive(ratio), ...config })).warnings
  expect(warnings(2)).toEqual([
    'preconnect_policy.predictive_preconnect_ratio does nothing where the next host cannot be foreseen',
  ])
  expect(warnings(1)).toEqual([])
})

test('a ratio is from 1 to 3', () => {
  const faults = (preconnectPolicy: ClusterJson['preconnectPolicy'] = {}): number =>
    Cluster.validate(Cluster.fromJson({ name: 'c', preconnectPolicy })).length
  for (const name of ['perUpstreamPreconnectRatio', 'predictivePreconnectRatio']) {
    for (const ratio of [0, 0.99, 3.01])
      expect([ratio, faults({ [name]: ratio })]).toEqual([ratio, 1])
    for (const ratio of [1, 1.5, 3]) expect([ratio, faults({ [name]: ratio })]).toEqual([ratio, 0])
  }
})

function automatic(): Partial<ClusterJson> {
  return {
    typedExtensionProtocolOptions: {
      http: {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        autoConfig: { http2ProtocolOptions: {} },
      },
    },
  }
}
