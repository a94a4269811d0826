// How real Envoy and the mini-proxy share requests among hosts where chance has a part: the shares are equal within what chance allows.
import { seededRandom } from '@meshwright/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BothProxies, bootstrapOf, startHost } from './both-proxies.ts'

/** Two shares of as many requests each differ by more than so many standard deviations once in 10 million times. */
const sigmas = 5.3

const closing: (() => unknown)[] = []
let proxies: BothProxies

beforeAll(async () => {
  const plain = await Promise.all(Array.from({ length: 9 }, (_, i) => startHost(`host-${i}`)))
  const slow = await startHost('slow', (_request, response) => {
    // Of a host that takes its time nothing is asserted that depends on how long exactly.
    setTimeout(() => response.end(), 60)
  })
  const failing = await startHost('failing', (_request, response) => response.writeHead(503).end())
  const dead = await startHost('dead')
  dead.close()
  const servers = [...plain, slow, failing]
  const ports = plain.map(({ port }) => port)
  const scenarios = clustersOf({
    ports,
    slow: slow.port,
    failing: failing.port,
    dead: dead.port,
  })
  const routes = scenarios.map(({ cluster, route = {} }) => ({
    match: { path: `/${cluster.name}` },
    route: { cluster: cluster.name, timeout: '10s', ...route },
    responseHeadersToAdd: [{ header: { key: 'x-flags', value: '%RESPONSE_FLAGS%' } }],
  }))
  const clusters = scenarios.map(({ cluster }) => cluster)
  const node = { id: 'same-shares', cluster: 'test', locality: { zone: 'own' } }
  const clusterManager = { localClusterName: 'callers' }
  proxies = await BothProxies.start(
    bootstrapOf(clusters, routes, { node, clusterManager }),
    servers,
    { random: seededRandom(31_337) },
  )
  closing.push(() => proxies[Symbol.asyncDispose]())
})

afterAll(async () => {
  for (const close of closing) await close()
})

describe.each([
  ['localities', 'weights of localities, one of them half unhealthy'],
  ['priorities', 'a first priority that can take 70 of 100, and a second'],
  ['two-failing', 'two priorities that cannot take everything, and one degraded host'],
  ['panic', 'a cluster in panic'],
  ['weighted-health', 'priorities by the weights of their hosts'],
  ['aggregate', 'an aggregate of two clusters'],
  ['zones', 'a zone with fewer hosts than callers'],
  ['zone-forced', 'a zone that is forced to take all'],
  ['zone-weights', 'zones by the weights of their hosts'],
  ['weights', 'hosts of different weights'],
  ['random', 'random hosts'],
  ['subset-localities', 'weights of localities within a subset, scaled'],
  ['dropping', 'three of ten requests dropped'],
])('%s: %s', (name) => {
  test('the shares are the same', async () => {
    const count = 1500
    const [envoy, ours] = await Promise.all([
      proxies.tally('envoy', `/${name}`, { count, atOnce: 4 }),
      proxies.tally('ours', `/${name}`, { count, atOnce: 4 }),
    ])
    console.log(`${name}: Envoy ${shown(envoy)}; we ${shown(ours)}`)
    expect(furthest(envoy, ours, count)).toBeLessThan(sigmas)
    expect([...ours.values()].reduce((sum, it) => sum + it)).toBe(count)
    expect(ours.size).toBeGreaterThan(1)
  })
})

test('shares that differ by a tenth are found out', () => {
  const envoy = new Map([
    ['a', 750],
    ['b', 750],
  ])
  const ours = new Map([
    ['a', 900],
    ['b', 600],
  ])
  expect(furthest(envoy, ours, 1500)).toBeGreaterThan(sigmas)
})

test('of ten hosts the slow one is asked by least request far less than by turns, as much by both', async () => {
  const load = { count: 1200, atOnce: 12 }
  const shareOf = async (proxy: 'envoy' | 'ours', path: string): Promise<number> =>
    ((await proxies.tally(proxy, path, load)).get('slow') ?? 0) / load.count
  const turns = {
    envoy: await shareOf('envoy', '/turns'),
    ours: await shareOf('ours', '/turns'),
  }
  const least = { envoy: await shareOf('envoy', '/least'), ours: await shareOf('ours', '/least') }
  console.log(`slow host: turns ${JSON.stringify(turns)}, least ${JSON.stringify(least)}`)
  expect(turns.envoy).toBeCloseTo(0.1, 2)
  expect(turns.ours).toBeCloseTo(0.1, 2)
  expect(least.envoy).toBeLessThan(0.07)
  expect(least.ours).toBeLessThan(0.07)
  // How fast the others answer differs from proxy to proxy, and with it how often the slow one is free.
  expect(Math.abs(least.envoy - least.ours)).toBeLessThan(0.035)
})

test('of ten hosts the failing one is ejected after as many failures, and clients see no more of it', async () => {
  const [envoy, ours] = [
    await proxies.tally('envoy', '/failing', { count: 200 }),
    await proxies.tally('ours', '/failing', { count: 200 }),
  ]
  console.log(`failing host: Envoy ${shown(envoy)}; we ${shown(ours)}`)
  // Envoy counts on one thread and ejects on another: some more requests slip through.
  expect(envoy.get('503 - of failing')).toBeGreaterThanOrEqual(3)
  expect(envoy.get('503 - of failing')).toBeLessThan(18)
  expect(ours.get('503 - of failing')).toBe(3)
  expect(ours.size).toBe(10)
  expect(envoy.size).toBe(10)
})

test('of ten hosts one is dead: tries that cannot connect go to another, and clients see nothing', async () => {
  const [envoy, ours] = [
    await proxies.tally('envoy', '/dead', { count: 300 }),
    await proxies.tally('ours', '/dead', { count: 300 }),
  ]
  console.log(`dead host: Envoy ${shown(envoy)}; we ${shown(ours)}`)
  const errors = (tally: ReadonlyMap<string, number>): string[] =>
    [...tally.keys()].filter((it) => !it.startsWith('host-'))
  expect(errors(envoy)).toEqual([])
  expect(errors(ours)).toEqual([])
  const theirs = Number(
    (await proxies.envoy.admin('/stats?filter=^cluster.dead.upstream_rq_retry$')).match(
      /: (\d+)/,
    )?.[1],
  )
  const retries = proxies.stat('cluster.dead.upstream_rq_retry') ?? 0
  console.log(`dead host: retries of Envoy ${theirs}, ours ${retries}`)
  // Nine requests take ten turns, one of them that of the dead host.
  for (const it of [theirs, retries]) expect([33, 34]).toContain(it)
})

test('what is dropped for the control plane is answered alike', async () => {
  const dropped = { envoy: await firstDropped('envoy'), ours: await firstDropped('ours') }
  expect(dropped.ours).toEqual(dropped.envoy)
  expect(dropped.ours).toMatchObject({ status: 503, flags: 'DO' })
})

async function firstDropped(proxy: 'envoy' | 'ours'): Promise<object> {
  for (let i = 0; i < 200; i++) {
    const { status, body, headers } = await proxies.ask(proxy, '/dropping')
    if (status === 200) continue
    const { date: _, server: __, connection: ___, 'keep-alive': ____, ...rest } = headers
    return { status, body, rest, flags: headers['x-flags'] }
  }
  throw new Error('nothing was dropped')
}

/** How many standard deviations the most different share is away. */
function furthest(
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
  count: number,
): number {
  const distances = [...new Set([...a.keys(), ...b.keys()])].map((host) => {
    const [one, other] = [(a.get(host) ?? 0) / count, (b.get(host) ?? 0) / count]
    const share = (one + other) / 2
    return Math.abs(one - other) / Math.sqrt((share * (1 - share) * 2) / count)
  })
  return Math.max(...distances)
}

function shown(tally: ReadonlyMap<string, number>): string {
  return [...tally]
    .sort()
    .map(([host, count]) => `${host} ${count}`)
    .join(', ')
}

interface Hosts {
  readonly ports: readonly number[]
  readonly slow: number
  readonly failing: number
  readonly dead: number
}

interface Scenario {
  readonly cluster: { readonly name: string; readonly [field: string]: unknown }
  readonly route?: object
}

type Health = 'HEALTHY' | 'UNHEALTHY' | 'DEGRADED'

function clustersOf({ ports, slow, failing, dead }: Hosts): Scenario[] {
  const at = (index: number, healthStatus: Health = 'HEALTHY', more: object = {}): object => ({
    endpoint: {
      address: { socketAddress: { address: '127.0.0.1', portValue: ports[index] ?? 0 } },
    },
    healthStatus,
    ...more,
  })
  const cluster = (name: string, endpoints: object[], more: object = {}): Scenario['cluster'] => ({
    name,
    type: 'STATIC',
    connectTimeout: '1s',
    loadAssignment: { clusterName: name, endpoints },
    ...more,
  })
  const aggregate = {
    name: 'aggregate',
    connectTimeout: '1s',
    lbPolicy: 'CLUSTER_PROVIDED',
    clusterType: {
      name: 'envoy.clusters.aggregate',
      typedConfig: {
        '@type': 'type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig',
        clusters: ['priorities', 'random'],
      },
    },
  }
  const port = (portValue: number): object => ({
    endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } },
  })
  const nine = ports.map((it) => port(it))
  const weighted = { localityWeightedLbConfig: {} }
  const v1 = { metadata: { filterMetadata: { 'envoy.lb': { version: 'v1' } } } }
  const zone = (name: string, lbEndpoints: object[], loadBalancingWeight = 1): object => ({
    locality: { zone: name },
    loadBalancingWeight,
    lbEndpoints,
  })
  const zones = (loadBalancingWeight: number): object[] => {
    const others = [2, 3, 4].map((it) => at(it, 'HEALTHY', { loadBalancingWeight }))
    return [zone('other', others), zone('own', [at(0), at(1)])]
  }
  const byZone = (zoneAwareLbConfig: object): object => ({
    policies: [
      {
        typedExtensionConfig: {
          name: 'random',
          typedConfig: {
            '@type':
              'type.googleapis.com/envoy.extensions.load_balancing_policies.random.v3.Random',
            localityLbConfig: { zoneAwareLbConfig },
          },
        },
      },
    ],
  })
  const previousHosts = {
    name: 'previous_hosts',
    typedConfig: {
      '@type':
        'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
    },
  }
  return [
    {
      cluster: cluster(
        'localities',
        [
          zone('a', [at(0), at(1)], 5),
          zone('b', [at(2), at(3, 'UNHEALTHY')], 3),
          zone('c', [at(4)], 2),
        ],
        { commonLbConfig: weighted },
      ),
    },
    {
      cluster: cluster('priorities', [
        { lbEndpoints: [at(0), at(1, 'UNHEALTHY')] },
        { priority: 1, lbEndpoints: [at(2), at(3)] },
      ]),
    },
    {
      cluster: cluster('two-failing', [
        { lbEndpoints: [at(0), at(1, 'UNHEALTHY'), at(2, 'UNHEALTHY'), at(3, 'DEGRADED')] },
        { priority: 1, lbEndpoints: [at(4), at(5, 'UNHEALTHY'), at(6, 'UNHEALTHY')] },
      ]),
    },
    {
      cluster: cluster('panic', [
        { lbEndpoints: [at(0), at(1, 'UNHEALTHY'), at(2, 'UNHEALTHY'), at(3, 'UNHEALTHY')] },
      ]),
    },
    {
      cluster: {
        ...cluster('weighted-health', []),
        loadAssignment: {
          clusterName: 'weighted-health',
          endpoints: [
            { lbEndpoints: [at(0, 'HEALTHY', { loadBalancingWeight: 5 }), at(1, 'UNHEALTHY')] },
            { priority: 1, lbEndpoints: [at(2)] },
          ],
          policy: { overprovisioningFactor: 100, weightedPriorityHealth: true },
        },
      },
    },
    { cluster: aggregate },
    {
      cluster: cluster(
        'zones',
        [zone('other', [at(2), at(3), at(4)]), zone('own', [at(0), at(1)])],
        { commonLbConfig: { zoneAwareLbConfig: { minClusterSize: '2' } } },
      ),
    },
    {
      cluster: cluster('zone-forced', zones(1), {
        loadBalancingPolicy: byZone({ minClusterSize: '2', forceLocalZone: { minSize: 2 } }),
      }),
    },
    {
      cluster: cluster('zone-weights', zones(2), {
        loadBalancingPolicy: byZone({ minClusterSize: '2', localityBasis: 'HEALTHY_HOSTS_WEIGHT' }),
      }),
    },
    {
      cluster: cluster('callers', [
        zone('own', [port(1), port(2), port(3)]),
        zone('other', [port(4)]),
      ]),
    },
    {
      cluster: cluster('weights', [
        {
          lbEndpoints: [1, 2, 5].map((it, i) => at(i, 'HEALTHY', { loadBalancingWeight: it })),
        },
      ]),
    },
    { cluster: cluster('random', [{ lbEndpoints: [at(5), at(6)] }], { lbPolicy: 'RANDOM' }) },
    {
      cluster: cluster(
        'subset-localities',
        [
          zone('a', [at(0, 'HEALTHY', v1), at(1)], 6),
          zone('b', [at(2, 'HEALTHY', v1), at(3, 'HEALTHY', v1)], 4),
        ],
        {
          commonLbConfig: weighted,
          lbSubsetConfig: {
            subsetSelectors: [{ keys: ['version'] }],
            localityWeightAware: true,
            scaleLocalityWeight: true,
          },
        },
      ),
      route: { metadataMatch: { filterMetadata: { 'envoy.lb': { version: 'v1' } } } },
    },
    {
      cluster: {
        ...cluster('dropping', []),
        loadAssignment: {
          clusterName: 'dropping',
          endpoints: [{ lbEndpoints: [at(0)] }],
          policy: {
            dropOverloads: [{ category: 'lb', dropPercentage: { numerator: 30 } }],
          },
        },
      },
    },
    { cluster: cluster('turns', [{ lbEndpoints: [...nine, port(slow)] }]) },
    {
      cluster: cluster('least', [{ lbEndpoints: [...nine, port(slow)] }], {
        lbPolicy: 'LEAST_REQUEST',
      }),
    },
    {
      cluster: cluster('failing', [{ lbEndpoints: [...nine, port(failing)] }], {
        outlierDetection: { consecutive5xx: 3, baseEjectionTime: '60s', maxEjectionPercent: 50 },
      }),
    },
    {
      cluster: cluster('dead', [{ lbEndpoints: [...nine, port(dead)] }]),
      route: {
        retryPolicy: {
          retryOn: 'connect-failure',
          retryHostPredicate: [previousHosts],
          hostSelectionRetryMaxAttempts: '5',
        },
      },
    },
  ]
}
