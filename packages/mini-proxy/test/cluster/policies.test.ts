// Policies that look at what hosts are doing and say, and at what requests ask for.
import { ManualClock, seededRandom } from '@meshwright/testkit'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { OrcaLoadReport } from '@meshwright/xds-types/xds/data/orca/v3'
import { expect, test } from 'vitest'
import { compileCluster } from '../../src/cluster/compile-cluster.ts'
import { Balanced, cluster, endpoint, policy } from './balanced.ts'

const random = seededRandom(9)

test.each<[string, Partial<ClusterJson>]>([
  ['lb_policy', { lbPolicy: 'LEAST_REQUEST', leastRequestLbConfig: { choiceCount: 8 } }],
  [
    'the policy',
    {
      loadBalancingPolicy: policy('least_request.v3.LeastRequest', {
        selectionMethod: 'FULL_SCAN',
      }),
    },
  ],
])('least request of %s leaves out a host that does not answer', async (_, more) => {
  await using on = new Balanced()
  let stuck = 0
  const hung = await on.host('hung', () => stuck++)
  const [a = 0, b = 0] = await on.hosts(2)
  const lbEndpoints = [hung, a, b].map((it) => endpoint(it))
  await on.apply([cluster('c', [{ lbEndpoints }], more)], {
    random,
    route: { timeout: '5s' },
  })
  const first = Array.from({ length: 12 }, () => on.ask())
  await Promise.race(first)
  const later = await on.tally(30)
  expect(stuck).toBeGreaterThan(0)
  expect(stuck).toBeLessThan(8)
  expect(Object.keys(later).sort()).toEqual(['200 a', '200 b'])
})

test('where weights differ, active_request_bias says how much requests in flight count against them', async () => {
  const share = async (bias: number): Promise<number> => {
    await using on = new Balanced()
    const hung = await on.host('hung', () => undefined)
    const [a = 0] = await on.hosts(1)
    const lbEndpoints = [endpoint(hung, { loadBalancingWeight: 3 }), endpoint(a)]
    const leastRequestLbConfig = { activeRequestBias: { defaultValue: bias, runtimeKey: 'b' } }
    await on.apply([
      cluster('c', [{ lbEndpoints }], { lbPolicy: 'LEAST_REQUEST', leastRequestLbConfig }),
    ])
    const all = Array.from({ length: 40 }, () => on.ask().catch(() => undefined))
    let answered = 0
    for (const one of all) void one.then((it) => it && answered++)
    while ((on.stat('cluster.c.upstream_rq_active') ?? 0) + answered < 40) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    return on.stat('cluster.c.upstream_rq_active') ?? 0
  }
  // Without a bias three of four go to the host that never answers, with one fewer and fewer.
  expect(await share(0)).toBe(30)
  expect(await share(2)).toBeLessThan(15)
})

test.each<[string, (rps: number, cpu: number) => Record<string, string>]>([
  [
    'text',
    (rps, cpu) => ({
      'endpoint-load-metrics': `TEXT rps_fractional=${rps}, cpu_utilization=${cpu}`,
    }),
  ],
  [
    'JSON',
    (rps, cpu) => ({
      'endpoint-load-metrics': `JSON {"rps_fractional": ${rps}, "cpu_utilization": ${cpu}}`,
    }),
  ],
  [
    'a message',
    (rpsFractional, cpuUtilization) => ({
      'endpoint-load-metrics-bin': Buffer.from(
        OrcaLoadReport.encode(OrcaLoadReport.create({ rpsFractional, cpuUtilization })),
      ).toString('base64'),
    }),
  ],
])('hosts that report a lighter load as %s get more', async (_, headers) => {
  await using on = new Balanced()
  const time = new ManualClock()
  const busy = await on.host('busy', (_request, response) =>
    response.writeHead(200, headers(100, 0.9)).end('busy'),
  )
  const idle = await on.host('idle', (_request, response) =>
    response.writeHead(200, headers(100, 0.3)).end('idle'),
  )
  const silly = await on.host('silly', (_request, response) =>
    response.writeHead(200, { 'endpoint-load-metrics': 'TEXT cpu=lots' }).end('silly'),
  )
  const lbEndpoints = [busy, idle, silly].map((it) => endpoint(it))
  const loadBalancingPolicy = policy(
    'client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin',
    { blackoutPeriod: '1s', weightUpdatePeriod: '1s' },
  )
  await on.apply([cluster('c', [{ lbEndpoints }], { loadBalancingPolicy })], {
    clock: time,
    timers: time,
  })
  expect(await on.tally(30)).toEqual({ '200 busy': 10, '200 idle': 10, '200 silly': 10 })
  time.advance(2000)
  await on.tally(30)
  time.advance(1001)
  // Weights 111, 333 and, for the one that says nothing, their median of 222.
  const tally = await on.tally(120)
  expect(tally['200 busy']).toBeCloseTo(20, -1)
  expect(tally['200 silly']).toBeCloseTo(40, -1)
  expect(tally['200 idle']).toBeCloseTo(60, -1)
})

test('what is unknown is passed over, and refused if nothing else is there', () => {
  const of = (...names: object[]): ClusterJson =>
    cluster('c', [], { loadBalancingPolicy: { policies: names } as never })
  const [unknown] = policy('pick_first.v3.PickFirst').policies ?? []
  const [known] = policy('random.v3.Random').policies ?? []
  expect(compileCluster(of(unknown ?? {}, known ?? {})).balancing.policy).toEqual({
    kind: 'random',
  })
  expect(() => compileCluster(of(unknown ?? {}))).toThrow('none of its policies is supported')
})

test.each<[string, Partial<ClusterJson>]>([
  ['lb_subset_config', { lbSubsetConfig: {} }],
  ['zone_aware_lb_config', { commonLbConfig: { zoneAwareLbConfig: {} } }],
  ['consistent_hashing_lb_config', { commonLbConfig: { consistentHashingLbConfig: {} } }],
  ['locality_weighted_lb_config', { commonLbConfig: { localityWeightedLbConfig: {} } }],
])('as in Envoy a list of policies does not go with %s', (what, more) => {
  const loadBalancingPolicy = policy('random.v3.Random')
  expect(() => compileCluster(cluster('c', [], { loadBalancingPolicy, ...more }))).toThrow(what)
})

test.each<[string, Partial<ClusterJson>]>([
  ['a selector without keys', { lbSubsetConfig: { subsetSelectors: [{}] } }],
  [
    'a fallback to keys that are not its own',
    {
      lbSubsetConfig: {
        subsetSelectors: [
          { keys: ['a', 'b'], fallbackPolicy: 'KEYS_SUBSET', fallbackKeysSubset: ['c'] },
        ],
      },
    },
  ],
  [
    'a bound below a fair share',
    {
      lbPolicy: 'MAGLEV',
      commonLbConfig: { consistentHashingLbConfig: { hashBalanceFactor: 99 } },
    },
  ],
  [
    'aggression of nothing',
    {
      roundRobinLbConfig: {
        slowStartConfig: { slowStartWindow: '1s', aggression: { defaultValue: 0 } },
      },
    } as Partial<ClusterJson>,
  ],
])('%s is refused', (_, more) => {
  expect(() => compileCluster(cluster('c', [], more))).toThrow('lb_policy')
})
