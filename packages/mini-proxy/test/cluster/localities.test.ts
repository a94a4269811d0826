// Where requests go by the place and the health of hosts: weights of localities, priorities, zones, panic.
import { seededRandom } from '@meshwright/testkit'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { expect, test } from 'vitest'
import { Balanced, cluster, endpoint, policy } from './balanced.ts'

const random = seededRandom(2026)

test.each<[string, Partial<ClusterJson>]>([
  ['the cluster', { commonLbConfig: { localityWeightedLbConfig: {} } }],
  [
    'wrr_locality',
    {
      loadBalancingPolicy: policy('wrr_locality.v3.WrrLocality', {
        endpointPickingPolicy: policy('round_robin.v3.RoundRobin'),
      }),
    },
  ],
  [
    'its policy',
    {
      loadBalancingPolicy: policy('random.v3.Random', {
        localityLbConfig: { localityWeightedLbConfig: {} },
      }),
    },
  ],
])('localities take turns by their weights, as %s says', async (_, more) => {
  await using on = new Balanced()
  const [a = 0, b = 0, c = 0] = await on.hosts(3)
  const places = [
    {
      locality: { zone: 'one' },
      loadBalancingWeight: 3,
      lbEndpoints: [endpoint(a)],
    },
    {
      locality: { zone: 'two' },
      loadBalancingWeight: 1,
      lbEndpoints: [endpoint(b), endpoint(c)],
    },
  ]
  await on.apply([cluster('c', places, more)], { random })
  const { '200 a': first = 0, '200 b': second = 0, '200 c': third = 0 } = await on.tally(80)
  expect(first).toBe(60)
  expect(second + third).toBe(20)
})

/** Two zones of two hosts each, the proxy's own zone having three quarters of the callers. */
async function zoned(on: Balanced, zoneAwareLbConfig: object, health: string): Promise<void> {
  const [a = 0, b = 0, c = 0, d = 0] = await on.hosts(4)
  const places = (own: object[], other: object[]): object[] => [
    { locality: { zone: 'own' }, lbEndpoints: own },
    { locality: { zone: 'other' }, lbEndpoints: other },
  ]
  const nobody = Array.from({ length: 4 }, (_, i) => endpoint(i + 1))
  await on.apply(
    [
      cluster(
        'c',
        places(
          [endpoint(a), endpoint(b, { healthStatus: health as 'HEALTHY' })],
          [endpoint(c), endpoint(d)],
        ),
        { commonLbConfig: { zoneAwareLbConfig } },
      ),
      cluster('callers', places(nobody.slice(0, 3), nobody.slice(3))),
    ],
    { random, node: { locality: { zone: 'own' } }, localCluster: 'callers' },
  )
}

const toOwn = (tally: Record<string, number>): number =>
  (tally['200 a'] ?? 0) + (tally['200 b'] ?? 0)

test('a zone with fewer hosts than callers keeps what it can carry, and sends the rest to the other', async () => {
  await using on = new Balanced()
  await zoned(on, { minClusterSize: '2' }, 'HEALTHY')
  // Half of the hosts for three quarters of the callers: two thirds of the requests stay.
  const own = toOwn(await on.tally(600))
  expect(own).toBeGreaterThan(360)
  expect(own).toBeLessThan(440)
})

test('zones do not count for fewer healthy hosts than min_cluster_size, nor for what routing_enabled leaves out', async () => {
  await using small = new Balanced()
  await zoned(small, {}, 'HEALTHY')
  const shared = toOwn(await small.tally(100))
  expect(shared).toBe(50)

  await using off = new Balanced()
  await zoned(off, { minClusterSize: '2', routingEnabled: { value: 0 } }, 'HEALTHY')
  expect(toOwn(await off.tally(100))).toBe(50)
})

test('when callers come or go the zones are weighed anew', async () => {
  await using on = new Balanced()
  await zoned(on, { minClusterSize: '2' }, 'HEALTHY')
  const { view } = on.proxy
  const clusters = [...view.clusters.values()]
  const callers = clusters.find(({ name }) => name === 'callers')
  const [own, other] = callers?.loadAssignment?.endpoints ?? []
  const fewer = cluster('callers', [
    { ...own, lbEndpoints: own?.lbEndpoints?.slice(0, 1) ?? [] },
    { ...other, lbEndpoints: [endpoint(4), endpoint(5), endpoint(6)] },
  ])
  await on.proxy.apply({ ...view, clusters: new Map(view.clusters).set('callers', fewer) })
  // Half of the hosts for a quarter of the callers: all of them stay.
  expect(toOwn(await on.tally(100))).toBe(100)

  const alone = new Map(view.clusters)
  alone.delete('callers')
  await on.proxy.apply({ ...view, clusters: alone })
  expect(toOwn(await on.tally(100))).toBe(50)
})

test('in panic any host serves, or none with fail_traffic_on_panic', async () => {
  const hosts = (ports: number[]): object[] => [
    {
      lbEndpoints: ports.map((it, i) => endpoint(it, i === 0 ? {} : { healthStatus: 'UNHEALTHY' })),
    },
  ]
  await using any = new Balanced()
  await any.apply([cluster('c', hosts(await any.hosts(4)))])
  expect(Object.keys(await any.tally(20)).sort()).toEqual(['200 a', '200 b', '200 c', '200 d'])

  await using fails = new Balanced()
  await fails.apply([
    cluster('c', hosts(await fails.hosts(4)), {
      commonLbConfig: { zoneAwareLbConfig: { failTrafficOnPanic: true } },
    }),
  ])
  expect(await fails.tally(20)).toEqual({ '503 no healthy upstream': 20 })

  await using off = new Balanced()
  await off.apply([
    cluster('c', hosts(await off.hosts(4)), { commonLbConfig: { healthyPanicThreshold: {} } }),
  ])
  expect(await off.tally(20)).toEqual({ '200 a': 20 })
})

test('degraded hosts take what the healthy ones cannot', async () => {
  await using on = new Balanced()
  const [a = 0, b = 0, c = 0, d = 0] = await on.hosts(4)
  const degraded = { healthStatus: 'DEGRADED' } as const
  const lbEndpoints = [
    endpoint(a),
    endpoint(b, degraded),
    endpoint(c, degraded),
    endpoint(d, degraded),
  ]
  await on.apply([cluster('c', [{ lbEndpoints }])], { random })
  // One of four, with a factor of 1.4: 35 % of the traffic.
  const { '200 a': healthy = 0 } = await on.tally(400)
  expect(healthy).toBeGreaterThan(110)
  expect(healthy).toBeLessThan(170)
  expect(on.stat('cluster.c.membership_degraded')).toBe(3)
  expect(on.stat('cluster.c.membership_healthy')).toBe(1)
})

test('the capacity of a priority goes by hosts, or by weights if the assignment says so', async () => {
  const clusterOf = (ports: number[], weightedPriorityHealth: boolean): ClusterJson => {
    const [a = 0, b = 0, c = 0] = ports
    const made = cluster('c', [
      {
        lbEndpoints: [
          endpoint(a, { loadBalancingWeight: 9 }),
          endpoint(b, { healthStatus: 'UNHEALTHY' }),
        ],
      },
      { priority: 1, lbEndpoints: [endpoint(c)] },
    ])
    return {
      ...made,
      loadAssignment: {
        ...made.loadAssignment,
        policy: { overprovisioningFactor: 100, weightedPriorityHealth },
      },
    }
  }
  await using byHosts = new Balanced()
  await byHosts.apply([clusterOf(await byHosts.hosts(3), false)], { random })
  const half = (await byHosts.tally(300))['200 c'] ?? 0
  expect(half).toBeGreaterThan(115)
  expect(half).toBeLessThan(185)

  await using byWeights = new Balanced()
  await byWeights.apply([clusterOf(await byWeights.hosts(3), true)], { random })
  const tenth = (await byWeights.tally(300))['200 c'] ?? 0
  expect(tenth).toBeGreaterThan(10)
  expect(tenth).toBeLessThan(55)
})
