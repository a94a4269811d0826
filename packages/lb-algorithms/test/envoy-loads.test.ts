// Splits of load that Envoy's own unit tests state, by the name of the test there; envoyproxy/envoy,
// test/extensions/load_balancing_policies/common/{load_balancer_impl_base_test.cc at 247ad9167bb0, bounded_load_hlb_test.cc at
// 8b9304c63c5c, locality_wrr_test.cc at 7924be2c83c1, orca_weight_manager_test.cc at 00f4be028737} and client_side_weighted_round_robin/client_side_weighted_round_robin_lb_test.cc (zones).
import { describe, expect, test } from 'vitest'
import { boundedLoad } from '../src/bounded-load.ts'
import {
  type Host,
  type HostEntry,
  type HostSet,
  hostSet,
  type LocalityHosts,
  type LocalityPeers,
  loadReportRoundRobin,
  priorityLoad,
  roundRobin,
  weightOfReport,
  type ZoneAwareOptions,
} from '../src/index.ts'
import { slowStartFactor } from '../src/slow-start.ts'
import { hostsOf } from './balancer-contract.ts'

describe('priorityLoad', () => {
  /** Hosts, healthy, degraded of each priority; then healthy loads, degraded loads, panic. */
  type Case = readonly [
    name: string,
    priorities: readonly (readonly [total: number, healthy: number, degraded?: number])[],
    healthy: readonly number[],
    degraded: readonly number[],
    panic?: readonly boolean[],
    threshold?: number,
  ]
  const none = [0, 0, 0]
  const all = [true, true, true]
  const nobody = [false, false, false]
  const cases: readonly Case[] = [
    [
      'PrioritySelection',
      [
        [1, 0],
        [1, 0],
      ],
      [50, 50],
      [0, 0],
    ],
    [
      'PrioritySelection, more hosts',
      [
        [1, 0],
        [2, 0],
      ],
      [34, 66],
      [0, 0],
    ],
    [
      'PrioritySelection, third',
      [
        [1, 0],
        [2, 0],
        [1, 1],
      ],
      [0, 0, 100],
      none,
    ],
    [
      'OverProvisioningFactor',
      [
        [4, 2],
        [4, 2],
      ],
      [70, 30],
      [0, 0],
    ],
    [
      'GentleFailover',
      [
        [1, 1],
        [1, 1],
      ],
      [100, 0],
      [0, 0],
      [false, false],
    ],
    [
      'GentleFailover, half',
      [
        [2, 1],
        [2, 1],
      ],
      [70, 30],
      [0, 0],
      [false, false],
    ],
    [
      'GentleFailover, spill',
      [
        [4, 1],
        [2, 2],
      ],
      [35, 65],
      [0, 0],
      [false, false],
    ],
    [
      'GentleFailover, panic',
      [
        [4, 1],
        [4, 1],
      ],
      [50, 50],
      [0, 0],
      [true, true],
    ],
    [
      'three levels',
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
      [100, 0, 0],
      none,
      nobody,
    ],
    [
      'three levels, half',
      [
        [2, 1],
        [2, 1],
        [2, 1],
      ],
      [70, 30, 0],
      none,
    ],
    [
      'three levels, spill',
      [
        [4, 1],
        [2, 2],
        [2, 1],
      ],
      [35, 65, 0],
      none,
    ],
    [
      'three levels, quarters',
      [
        [4, 1],
        [4, 1],
        [4, 1],
      ],
      [35, 35, 30],
      none,
    ],
    [
      'three levels, fifths',
      [
        [5, 1],
        [5, 1],
        [5, 1],
      ],
      [34, 33, 33],
      none,
      all,
    ],
    [
      'two down',
      [
        [5, 0],
        [5, 0],
        [5, 5],
      ],
      [0, 0, 100],
      none,
      nobody,
    ],
    [
      'two down, the third healthy enough',
      [
        [5, 0],
        [5, 0],
        [5, 4],
      ],
      [0, 0, 100],
      none,
      nobody,
    ],
    [
      'two down, the third not',
      [
        [5, 0],
        [5, 0],
        [5, 2],
      ],
      [34, 33, 33],
      none,
      all,
    ],
    [
      'degraded',
      [
        [5, 0, 5],
        [5, 2, 2],
        [5, 2],
      ],
      [0, 56, 44],
      none,
      nobody,
    ],
    [
      'total panic',
      [
        [5, 0],
        [3, 0],
        [2, 0],
      ],
      [50, 30, 20],
      none,
      all,
    ],
    [
      'total panic, rounding',
      [
        [5, 0],
        [6, 2],
        [3, 1],
      ],
      [37, 42, 21],
      none,
      all,
    ],
    [
      'spill into degraded',
      [
        [5, 0, 1],
        [5, 0, 5],
        [5, 1],
      ],
      [0, 0, 28],
      [28, 44, 0],
    ],
    [
      'degraded only',
      [
        [5, 0],
        [5, 0, 2],
        [5, 0, 1],
      ],
      none,
      [0, 67, 33],
      nobody,
      0,
    ],
    [
      'degraded only, panic',
      [
        [5, 0],
        [5, 0, 2],
        [5, 0, 1],
      ],
      [34, 33, 33],
      none,
      all,
    ],
    [
      'rounding',
      [
        [3, 0],
        [3, 0],
        [3, 0],
      ],
      [34, 33, 33],
      none,
      all,
    ],
    [
      'rounding, first empty',
      [
        [0, 0],
        [6, 0],
        [3, 0],
      ],
      [0, 67, 33],
      none,
      all,
    ],
  ]
  test.each(cases.map((it) => ({ name: it[0], it })))('$name', ({ it }) => {
    const [, priorities, healthy, degraded, panic, threshold = 50] = it
    const load = priorityLoad(
      priorities.map(([total, up, half = 0]) => ({ total, healthy: up, degraded: half })),
      140,
      threshold,
    )
    expect(load.healthy).toEqual(healthy)
    expect(load.degraded).toEqual(degraded)
    if (panic !== undefined) expect(load.panic).toEqual(panic)
  })

  test('OverProvisioningFactor of 100', () => {
    const half = { total: 4, healthy: 2, degraded: 0 }
    expect(priorityLoad([half, half], 100).healthy).toEqual([50, 50])
  })

  const weighted = (entries: readonly (readonly [number, HostEntry<Host>['health']])[]) =>
    entries.map(([weight, health = 'healthy']) => ({ host: { address: 'a' }, weight, health }))
  const options = { weightedPriorityHealth: true, overprovisioningFactor: 100 }

  test('WeightedPriorityHealth', () => {
    const set = hostSet(
      [
        {
          hosts: weighted([
            [3, 'healthy'],
            [3, 'healthy'],
            [2, 'unhealthy'],
            [2, 'unhealthy'],
          ]),
        },
        { priority: 1, hosts: weighted([[1, 'healthy']]) },
      ],
      options,
    )
    expect(set.priorities.map(({ healthyLoad }) => healthyLoad)).toEqual([60, 40])
  })

  test('WeightedPriorityHealthDegraded', () => {
    const set = hostSet(
      [
        {
          hosts: weighted([
            [4, 'healthy'],
            [3, 'degraded'],
            [2, 'unhealthy'],
            [1, 'unhealthy'],
          ]),
        },
        {
          priority: 1,
          hosts: weighted([
            [1, 'healthy'],
            [9, 'degraded'],
          ]),
        },
      ],
      options,
    )
    expect(set.priorities.map(({ healthyLoad }) => healthyLoad)).toEqual([40, 10])
    expect(set.priorities.map(({ degradedLoad }) => degradedLoad)).toEqual([30, 20])
  })
})

describe('localities by weight', () => {
  const set = (
    localities: readonly (readonly [weight: number, hosts: number, healthy?: number])[],
    overprovisioningFactor = 140,
  ) =>
    hostSet<Host>(
      localities.map(([weight, count, healthy = count], i) => ({
        locality: { zone: `${i}` },
        weight,
        hosts: Array.from({ length: count }, (_, h) => ({
          host: { address: `${i}` },
          health: h < healthy ? 'healthy' : 'unhealthy',
        })),
      })),
      { localityWeighted: true, panicThresholdPercent: 0, overprovisioningFactor },
    )
  const picks = (of: HostSet<Host>, count: number) => {
    const balancer = roundRobin(of)
    return Array.from({ length: count }, () => balancer.pick({ random: () => 0 })?.address ?? '-')
  }

  test('UnweightedLocalities, WeightedLocalities, MissingWeight: in this order', () => {
    expect(
      picks(
        set([
          [1, 1],
          [1, 1],
          [1, 1],
        ]),
        6,
      ).join(''),
    ).toBe('012012')
    expect(
      picks(
        set([
          [1, 1],
          [2, 1],
        ]),
        6,
      ).join(''),
    ).toBe('101101')
    expect(
      picks(
        set([
          [1, 1],
          [0, 1],
          [1, 1],
        ]),
        6,
      ).join(''),
    ).toBe('020202')
  })

  test('AllZeroWeights, AllHostsUnhealthy and HostSetEmpty', () => {
    expect(
      picks(
        set([
          [0, 1],
          [0, 1],
        ]),
        1,
      ),
    ).toEqual(['-'])
    expect(
      picks(
        set([
          [1, 1, 0],
          [1, 1, 0],
        ]),
        1,
      ),
    ).toEqual(['-'])
    expect(picks(set([]), 1)).toEqual(['-'])
  })

  test.each([
    [5, 33, 67],
    [4, 33, 67],
    [3, 29, 71],
    [2, 22, 78],
    [1, 12, 88],
    [0, 0, 100],
  ])('UnhealthyFailover: %s of 5 healthy take %s of 100', (healthy, first, second) => {
    const all = picks(
      set([
        [1, 5, healthy],
        [2, 1],
      ]),
      100,
    )
    expect(all.filter((it) => it === '0')).toHaveLength(first)
    expect(all.filter((it) => it === '1')).toHaveLength(second)
  })

  test('WeightedAllChosen: schedules that have made 0 to 9 picks begin by weight', () => {
    const entries = [1, 6, 3].map((weight, i) => ({ host: { address: `${i}` }, weight }))
    const firsts = Array.from({ length: 10 }, (_, seed) =>
      roundRobin(hostSet([{ hosts: entries }]), { seed }).pick({ random: () => 0 }),
    )
    const counts = [0, 1, 2].map((i) => firsts.filter((it) => it?.address === `${i}`).length)
    expect(counts).toEqual([1, 6, 3])
  })
})

describe('weights of load reports', () => {
  test('CalculateWeightFromOrcaReport', () => {
    const report = { rpsFractional: 1000, applicationUtilization: 0.5 }
    const options = { errorUtilizationPenalty: 2, metricNames: ['named_metrics.foo'] }
    expect(weightOfReport(report, options)).toBe(2000)
    expect(weightOfReport({ ...report, eps: 100 }, options)).toBe(1428)
    expect(weightOfReport({ rpsFractional: 1000 }, options)).toBeUndefined()
    expect(weightOfReport({ rpsFractional: 1e13, applicationUtilization: 1e-7 })).toBe(2 ** 32 - 1)
    const named = { rpsFractional: 3, applicationUtilization: 0.5, cpuUtilization: 0.6 }
    expect(weightOfReport({ ...named, metrics: { 'named_metrics.foo': 0.3 } }, options)).toBe(10)
  })

  test('UpdateWeightsOnHosts_EvenMedian', () => {
    const [a, b, c] = hostsOf(3)
    if (a === undefined || b === undefined || c === undefined) throw new Error('three hosts')
    const balancer = loadReportRoundRobin(hostSet([{ hosts: [a, b, c] }]))
    balancer.report(a.host, { rpsFractional: 5, applicationUtilization: 1 }, 5000)
    balancer.report(b.host, { rpsFractional: 42, applicationUtilization: 1 }, 5000)
    balancer.pick({ random: () => 0, now: 30_000 })
    expect([a, b, c].map(({ host }) => balancer.weightOf(host))).toEqual([5, 42, 23])
  })
})

describe('zone-aware routing', () => {
  const upstream = (zones: Readonly<Record<string, number>>): LocalityHosts<Host>[] =>
    Object.entries(zones).map(([zone, count]) => ({ locality: { zone }, hosts: hostsOf(count) }))
  const callers = (zones: Readonly<Record<string, number>>): LocalityPeers[] =>
    Object.entries(zones).map(([zone, total]) => ({ locality: { zone }, total }))
  const routing = (
    own: string,
    hosts: Readonly<Record<string, number>>,
    peers: Readonly<Record<string, number>>,
    rest: Partial<ZoneAwareOptions> = {},
  ) =>
    hostSet(upstream(hosts), {
      locality: { zone: own },
      zoneAware: { peers: callers(peers), ...rest },
    }).zoneRouting

  test('ZoneAwareSmallCluster and ZoneAwareRoutingLargeZoneSwitchOnOff', () => {
    const each = { A: 1, B: 1, C: 1 }
    expect(routing('B', each, each, { minClusterSize: 7 })).toEqual({ kind: 'none' })
    expect(routing('B', each, each, { minClusterSize: 3 })).toEqual({ kind: 'direct' })
  })

  test('ZoneAwareZonesMismatched', () => {
    const options = { minClusterSize: 2 }
    expect(routing('A', { A: 1, C: 1 }, { A: 1, B: 1 }, options)).toEqual({ kind: 'direct' })
    expect(routing('B', { A: 1, C: 1 }, { A: 1, B: 1 }, options)).toEqual({
      kind: 'residual',
      localShare: 0,
      cumulativeResidual: [0, 5000],
    })
  })

  test('ZoneAwareResidualsMismatched', () => {
    expect(routing('A', { A: 1, C: 3, D: 3, E: 1 }, { A: 2, B: 2, C: 1, D: 1 })).toEqual({
      kind: 'residual',
      localShare: 3750,
      cumulativeResidual: [0, 2084, 4168, 5418],
    })
  })

  test('ZoneAwareDifferentZoneSize', () => {
    const options = { minClusterSize: 3 }
    expect(routing('B', { A: 1, B: 1, C: 1 }, { A: 1, B: 1 }, options)).toEqual({
      kind: 'residual',
      localShare: 6666,
      cumulativeResidual: [0, 0, 3333],
    })
  })

  test('ZoneAwareNoMatchingZones', () => {
    const options = { minClusterSize: 3 }
    expect(routing('A', { D: 1, E: 1, F: 1 }, { A: 1, B: 1, C: 1 }, options)).toEqual({
      kind: 'residual',
      localShare: 0,
      cumulativeResidual: [3333, 6666, 9999],
    })
  })

  test('NoZoneAwareNotEnoughLocalZones and NoZoneAwareNotEnoughUpstreamZones', () => {
    const options = { minClusterSize: 2 }
    expect(routing('A', { A: 1, B: 1 }, { A: 1 }, options)).toEqual({ kind: 'none' })
    expect(routing('A', { A: 2 }, { A: 1, B: 1 }, options)).toEqual({ kind: 'none' })
  })

  test('ZoneAwareRoutingSmallZone: 100 of 10 000 stays, 9999 goes to the next zone', () => {
    const set = hostSet(upstream({ A: 1, B: 2, C: 2 }), {
      locality: { zone: 'A' },
      zoneAware: { peers: callers({ A: 1, B: 1, C: 1 }), minClusterSize: 5 },
    })
    const zoneOf = (host: Host | undefined) =>
      set.priorities[0]?.localities.find(({ all }) => [...all].some((it) => it.host === host))
        ?.locality?.zone
    const draws =
      (...values: number[]) =>
      () =>
        values.shift() ?? Number.NaN
    const balancer = roundRobin(set)
    expect(zoneOf(balancer.pick({ random: draws(100 / 10_000) }))).toBe('A')
    expect(zoneOf(balancer.pick({ random: draws(9999 / 10_000, 2.5 / 1334) }))).toBe('B')
    expect(zoneOf(balancer.pick({ random: draws(9999 / 10_000, 667.5 / 1334) }))).toBe('C')
  })
})

describe('bounded load', () => {
  const pick = (active: readonly number[], hash: number, ring: readonly number[]) => {
    const hosts = active.map((activeRequests, i) => ({ address: `${i}`, activeRequests }))
    const weighted = {
      entries: hosts.map((host) => ({ host })),
      weights: hosts.map(() => 1 / hosts.length),
      min: 0,
      max: 1,
    }
    const table = { pick: (_: number, low: number) => hosts[ring[low] ?? -1] }
    return boundedLoad(table, weighted, 1).pick(0, hash, 0)?.address
  }
  const five = [0, 1, 2, 3, 4]
  const doubled = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]

  test.each([
    ['NoHostEverOverloaded', [0, 0, 0, 0, 0], 3, five, '3'],
    ['ActualHostOverloaded', [0, 0, 2, 0, 0], 2, five, '1'],
    ['MultipleHostOverloaded', [2, 2, 2, 0, 0], 2, five, '4'],
    ['MultipleHashSameHostOverloaded, 6', [0, 0, 0, 2, 0], 6, doubled, '4'],
    ['MultipleHashSameHostOverloaded, 7', [0, 0, 0, 2, 0], 7, doubled, '0'],
    ['AllHostsOverloaded', [3, 2, 4], 0, five, '1'],
    ['NoHosts', [], 0, [], undefined],
  ])('%s', (...[, active, hash, ring, expected]) => {
    expect(pick(active, hash, ring)).toBe(expected)
  })
})

// Of the documentation of slow start: weight × max(min_weight_percent, time_factor ^ (1 / aggression)).
describe('slow start', () => {
  const factor = (elapsedMs: number, aggression: number, minWeightPercent = 10) =>
    slowStartFactor(
      { windowMs: 60_000, aggression, minWeightPercent },
      { host: { address: 'a' }, healthySince: 1000 },
      1000 + elapsedMs,
    )

  test.each([
    [0, 1, 0.1],
    [6000, 1, 0.1],
    [30_000, 1, 0.5],
    [59_999, 1, 59_999 / 60_000],
    [60_000, 1, 1],
    [-5000, 1, 0.1],
    [30_000, 2, Math.SQRT1_2],
    [15_000, 2, 0.5],
    [30_000, 0.5, 0.25],
  ])('after %s ms with aggression %s: %s', (elapsedMs, aggression, expected) => {
    expect(factor(elapsedMs, aggression)).toBeCloseTo(expected, 12)
  })

  test('a minimum of 0 is no endless wait', () => {
    expect(factor(0, 0.001, 0)).toBeGreaterThan(0)
  })
})
