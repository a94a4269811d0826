import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import {
  type Balancer,
  type Host,
  type HostEntry,
  type HostSet,
  hostSet,
  withHost,
} from '../src/index.ts'

/** Hosts `a`, `b`, `c` … */
export function hostsOf(count: number, rest: Partial<HostEntry<Host>> = {}): HostEntry<Host>[] {
  return Array.from({ length: count }, (_, i) => ({
    host: { address: String.fromCharCode(97 + i) },
    ...rest,
  }))
}

/** How often each host was picked. */
export function count(
  balancer: Balancer<Host>,
  picks: number,
  random: () => number,
): Record<string, number> {
  const counts: Record<string, number> = {}
  for (let i = 0; i < picks; i++) {
    const address = balancer.pick({ random })?.address ?? 'nobody'
    counts[address] = (counts[address] ?? 0) + 1
  }
  return counts
}

/**
 * What every policy promises, whatever it prefers. A quarter of 4000 picks may be off by `tolerance`: four standard
 * deviations of a fair draw are 110.
 */
export function balancerContract(
  name: string,
  create: (hosts: HostSet<Host>) => Balancer<Host>,
  { tolerance = 110 }: { readonly tolerance?: number } = {},
): void {
  describe(`${name} keeps the contract`, () => {
    test('an empty set has nobody to give', () => {
      expect(create(hostSet([])).pick({ random: seededRandom(1) })).toBeUndefined()
      expect(create(hostSet([{ hosts: [] }])).pick({ random: seededRandom(1) })).toBeUndefined()
    })

    test('one host is picked every time', () => {
      expect(count(create(hostSet([{ hosts: hostsOf(1) }])), 10, seededRandom(1))).toEqual({
        a: 10,
      })
    })

    test('hosts that weigh alike get alike', () => {
      const counts = count(create(hostSet([{ hosts: hostsOf(4) }])), 4000, seededRandom(2))
      expect(Object.keys(counts).sort()).toEqual(['a', 'b', 'c', 'd'])
      for (const it of Object.values(counts)) expect(Math.abs(it - 1000)).toBeLessThan(tolerance)
    })

    test('unhealthy hosts are left out, degraded ones while the healthy can carry it all', () => {
      const [a, b, c, d] = hostsOf(4)
      const hosts = [a, b, c]
        .flatMap((it) => it ?? [])
        .concat({ ...d, health: 'unhealthy' } as HostEntry<Host>)
      expect(count(create(hostSet([{ hosts }])), 100, seededRandom(3))['d']).toBeUndefined()
      const degraded = hosts.with(3, { ...d, health: 'degraded' } as HostEntry<Host>)
      expect(
        count(create(hostSet([{ hosts: degraded }])), 100, seededRandom(3))['d'],
      ).toBeUndefined()
    })

    test('if all are unhealthy any will do, unless panic is off or fails', () => {
      const hosts = hostsOf(3, { health: 'unhealthy' })
      expect(Object.keys(count(create(hostSet([{ hosts }])), 300, seededRandom(4))).sort()).toEqual(
        ['a', 'b', 'c'],
      )
      expect(
        count(create(hostSet([{ hosts }], { panicThresholdPercent: 0 })), 5, seededRandom(4)),
      ).toEqual({ nobody: 5 })
      expect(
        count(create(hostSet([{ hosts }], { failTrafficOnPanic: true })), 5, seededRandom(4)),
      ).toEqual({ nobody: 5 })
    })

    test('a lower priority takes what the higher cannot', () => {
      const [a, b, c, d] = hostsOf(4)
      const set = hostSet([
        { hosts: [a, { ...b, health: 'unhealthy' }] as HostEntry<Host>[] },
        { priority: 1, hosts: [c, d].flatMap((it) => it ?? []) },
      ])
      const counts = count(create(set), 10_000, seededRandom(5))
      // Half of it healthy, times 1.4: 70 %.
      expect(Math.abs((counts['a'] ?? 0) - 7000)).toBeLessThan(190)
      expect(counts['b']).toBeUndefined()
    })

    test('localities share by weight, and the one without weight gets nothing', () => {
      const [a, b, c, d] = hostsOf(4).map((it) => [it])
      const set = hostSet(
        [
          { weight: 1, hosts: a ?? [] },
          { weight: 3, hosts: b ?? [] },
          { hosts: c ?? [] },
          { weight: 4, hosts: (d ?? []).map((it) => ({ ...it, health: 'unhealthy' as const })) },
        ],
        { localityWeighted: true, panicThresholdPercent: 0 },
      )
      const counts = count(create(set), 4000, seededRandom(6))
      expect(Object.keys(counts).sort()).toEqual(['a', 'b'])
      expect(Math.abs((counts['a'] ?? 0) - 1000)).toBeLessThan(tolerance)
    })

    test('hosts already tried are drawn again, as often as asked for', () => {
      const entries = hostsOf(2)
      const balancer = create(hostSet([{ hosts: entries }]))
      const random = seededRandom(7)
      const tried = new Set(entries.slice(0, 1).map(({ host }) => host))
      for (let i = 0; i < 100; i++) {
        expect(balancer.pick({ random, tried, hostSelectionAttempts: 50 })?.address).toBe('b')
      }
      const all = new Set(entries.map(({ host }) => host))
      expect(balancer.pick({ random, tried: all, hostSelectionAttempts: 5 })).toBeDefined()
    })

    test('an update takes effect at the next pick', () => {
      const balancer = create(hostSet([{ hosts: hostsOf(3) }]))
      balancer.pick({ random: seededRandom(8) })
      balancer.update(hostSet([{ hosts: hostsOf(1) }]))
      expect(count(balancer, 10, seededRandom(8))).toEqual({ a: 10 })
      balancer.update(hostSet([]))
      expect(balancer.pick({ random: seededRandom(8) })).toBeUndefined()
    })

    test('the same seed gives the same picks', () => {
      const picks = () => {
        const balancer = create(hostSet([{ hosts: hostsOf(5) }]))
        const random = seededRandom(9)
        return Array.from({ length: 50 }, () => balancer.pick({ random })?.address)
      }
      expect(picks()).toEqual(picks())
    })

    test('a host that has gone is not picked again, and one that came is', () => {
      const entries = hostsOf(4)
      const balancer = create(hostSet([{ hosts: entries.slice(0, 3) }]))
      const random = seededRandom(10)
      for (let i = 0; i < 50; i++) balancer.pick({ random })
      balancer.update(hostSet([{ hosts: entries.slice(1) }]))
      expect(Object.keys(count(balancer, 400, random)).sort()).toEqual(['b', 'c', 'd'])
    })

    test('a set that grows by one host is the set built anew', () => {
      const entries = hostsOf(5)
      const [first, ...rest] = entries.slice(0, 4)
      const last = entries[4]
      if (first === undefined || last === undefined) throw new Error('five hosts')
      const grown = rest.reduce((set, it) => withHost(set, it), hostSet([{ hosts: [first] }]))
      const random = seededRandom(11)
      const balancer = create(grown)
      expect(Object.keys(count(balancer, 400, random)).sort()).toEqual(['a', 'b', 'c', 'd'])
      balancer.update(withHost(grown, last))
      expect(Object.keys(count(balancer, 400, random)).sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
      // The set it grew from is as it was.
      balancer.update(grown)
      expect(Object.keys(count(balancer, 400, random)).sort()).toEqual(['a', 'b', 'c', 'd'])
    })

    test('a host listed twice counts twice and does no harm', () => {
      const [a, b] = hostsOf(2)
      const balancer = create(hostSet([{ hosts: [a, a, b].flatMap((it) => it ?? []) }]))
      expect(Object.keys(count(balancer, 400, seededRandom(12))).sort()).toEqual(['a', 'b'])
    })

    test('times that are missing, backwards or no number do no harm', () => {
      const balancer = create(hostSet([{ hosts: hostsOf(3, { healthySince: 1000 }) }]))
      const random = seededRandom(13)
      for (const now of [undefined, 2000, 0, -1e9, Number.NaN, Number.MAX_VALUE, 5]) {
        for (let i = 0; i < 10; i++) expect(balancer.pick({ random, now })).toBeDefined()
      }
    })

    test('weights of one and of 2^32 - 1 live together', () => {
      const [a, b] = hostsOf(2)
      const hosts = [
        { ...a, weight: 1 },
        { ...b, weight: 2 ** 32 - 1 },
      ] as HostEntry<Host>[]
      const balancer = create(hostSet([{ hosts }]))
      const random = seededRandom(14)
      for (let i = 0; i < 100; i++) expect(balancer.pick({ random })).toBeDefined()
    })

    test('a source of randomness at its bounds does no harm', () => {
      const balancer = create(hostSet([{ hosts: hostsOf(3) }]))
      expect(balancer.pick({ random: () => 0 })).toBeDefined()
      expect(balancer.pick({ random: () => 1 })).toBeDefined()
    })
  })
}
