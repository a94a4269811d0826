import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Balancer,
  type Hash64,
  type Host,
  type HostEntry,
  type HostSet,
  hostSet,
  type LocalityHosts,
  maglev,
  type Place,
  ringHash,
  roundRobin,
  withHost,
} from '../src/index.ts'
import { referenceXxHash64 } from './reference-xx-hash64.ts'

const hostsAt = (ports: readonly number[]): HostEntry<Host>[] =>
  ports.map((port) => ({ host: { address: `10.0.0.1:${port}` } }))

const hashes = (count: number, seed: number): Hash64[] => {
  const random = seededRandom(seed)
  const half = () => (random() * 2 ** 32) >>> 0
  return Array.from({ length: count }, () => [half(), half()] as const)
}

const addresses = (balancer: Balancer<Host>, keys: readonly Hash64[]) =>
  keys.map((hash) => balancer.pick({ hash, random: () => 0 })?.address)

const portSet = fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { minLength: 2, maxLength: 20 })

describe('ring hash', () => {
  test('a host that leaves moves only its own keys, one that joins takes keys only for itself', () => {
    const keys = hashes(300, 1)
    fc.assert(
      fc.property(portSet, fc.constantFrom('xxHash64', 'murmurHash2'), (ports, hashFunction) => {
        // So many places per host, whoever else is there, that none of them moves.
        const ring = (of: readonly number[]) =>
          ringHash(hostSet([{ hosts: hostsAt(of) }]), {
            minRingSize: 20 * of.length,
            hashFunction,
          })
        const before = addresses(ring(ports), keys)
        const after = addresses(ring(ports.slice(1)), keys)
        const gone = `10.0.0.1:${ports[0]}`
        for (const [i, address] of before.entries()) {
          if (address !== gone) expect(after[i]).toBe(address)
          else expect(after[i]).not.toBe(gone)
        }
      }),
    )
  })

  test('the order in which hosts are listed changes nothing', () => {
    const keys = hashes(100, 2)
    fc.assert(
      fc.property(portSet, (ports) => {
        const ring = (of: readonly number[]) =>
          ringHash(hostSet([{ hosts: hostsAt(of) }]), { minRingSize: 10 * of.length })
        expect(addresses(ring(ports.toReversed()), keys)).toEqual(addresses(ring(ports), keys))
      }),
    )
  })

  test('agrees with a search through all places, in 64-bit integers', () => {
    fc.assert(
      fc.property(fc.constantFrom(2, 4, 8, 16), fc.integer({ min: 1, max: 200 }), (count, size) => {
        const ports = Array.from({ length: count }, (_, i) => 8000 + i)
        const balancer = ringHash(hostSet([{ hosts: hostsAt(ports) }]), { minRingSize: size })
        // As many hosts as a power of two have shares without rounding.
        const each = Math.ceil(size / count)
        const places = ports
          .flatMap((port) =>
            Array.from({ length: each }, (_, i) => ({
              port,
              at: referenceXxHash64(new TextEncoder().encode(`10.0.0.1:${port}_${i}`), 0n),
            })),
          )
          .sort((a, b) => (a.at < b.at ? -1 : 1))
        for (const hash of hashes(50, size)) {
          const value = (BigInt(hash[0]) << 32n) | BigInt(hash[1])
          const expected = places.find(({ at }) => at >= value) ?? places[0]
          const [found] = addresses(balancer, [hash])
          expect(found).toBe(`10.0.0.1:${expected?.port}`)
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('Maglev', () => {
  const table = (ports: readonly number[], tableSize?: number) =>
    maglev(hostSet([{ hosts: hostsAt(ports) }]), tableSize === undefined ? {} : { tableSize })

  test('every host has within one slot of the same number, for a prime table of any size', () => {
    fc.assert(
      fc.property(portSet, fc.constantFrom(101, 251, 503), (ports, tableSize) => {
        const slots = addresses(
          table(ports, tableSize),
          Array.from({ length: tableSize }, (_, i) => [0, i] as const),
        )
        const counts = [...Map.groupBy(slots, (it) => it).values()].map(({ length }) => length)
        expect(counts).toHaveLength(ports.length)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }),
    )
  })

  // Envoy's documentation of Maglev: about twice the keys of ring hash move, of which that many must.
  test('a host of 100 that leaves moves its own keys and less than 5 % of the others', () => {
    const ports = Array.from({ length: 100 }, (_, i) => 1000 + i)
    const keys = hashes(20_000, 3)
    const before = addresses(table(ports), keys)
    const after = addresses(table(ports.slice(1)), keys)
    const gone = before.filter((it) => it === '10.0.0.1:1000').length
    const moved = before.filter((it, i) => it !== after[i]).length
    expect(Math.abs(gone - 200)).toBeLessThan(60)
    expect(moved).toBeGreaterThanOrEqual(gone)
    expect((moved - gone) / keys.length).toBeLessThan(0.05)
    // A table by remainder would move nearly all of them: the measure sees disruption.
    const differ = keys.filter(([, low]) => low % 100 !== low % 99).length
    expect(differ / keys.length).toBeGreaterThan(0.9)
  })
})

describe('weighted round robin', () => {
  test('in every run of picks each host has its share, to within one pick and one for each other host', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 2, maxLength: 10 }),
        fc.nat(100),
        (weights, seed) => {
          const entries = weights.map((weight, i) => ({ host: { address: `${i}` }, weight }))
          const balancer = roundRobin(hostSet([{ hosts: entries }]), { seed })
          const total = weights.reduce((sum, weight) => sum + weight, 0)
          const counts = weights.map(() => 0)
          for (let picks = 1; picks <= 300; picks++) {
            const index = Number(balancer.pick({ random: () => 0 })?.address)
            counts[index] = (counts[index] ?? 0) + 1
            for (const [i, weight] of weights.entries()) {
              const due = (picks * weight) / total
              expect(Math.abs((counts[i] ?? 0) - due)).toBeLessThanOrEqual(weights.length)
            }
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  test('a period of as many picks as the weights add up to has exactly the weights', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 8 }),
        (weights) => {
          const entries = weights.map((weight, i) => ({ host: { address: `${i}` }, weight }))
          const balancer = roundRobin(hostSet([{ hosts: entries }]))
          const total = weights.reduce((sum, weight) => sum + weight, 0)
          const counts = weights.map(() => 0)
          for (let i = 0; i < 3 * total; i++) {
            const index = Number(balancer.pick({ random: () => 0 })?.address)
            counts[index] = (counts[index] ?? 0) + 1
          }
          for (const [i, weight] of weights.entries()) {
            expect(Math.abs((counts[i] ?? 0) - 3 * weight)).toBeLessThanOrEqual(1)
          }
        },
      ),
    )
  })

  test('an update that leaves weights alike goes on where the last pick was', () => {
    const entries = hostsAt([1, 2, 3])
    const set = hostSet([{ hosts: entries }])
    const balancer = roundRobin(set)
    const [context] = [{ random: () => 0 }]
    const picked = [balancer.pick(context), balancer.pick(context)]
    balancer.update(withHost(set, { host: { address: '10.0.0.1:4' } }))
    for (let i = 0; i < 2; i++) picked.push(balancer.pick(context))
    expect(picked.map((it) => it?.address.at(-1)).join('')).toBe('1234')
  })
})

describe('host sets that grow', () => {
  const health = fc.constantFrom('healthy', 'degraded', 'unhealthy')
  const place = fc.record({
    locality: fc.record({ zone: fc.constantFrom('a', 'b', 'c') }),
    priority: fc.constantFrom(0, 1, 2),
    weight: fc.constant(3),
  })
  const addition = fc.record({ place, health, weight: fc.integer({ min: 1, max: 3 }) })

  test('are the same as sets built anew, and leave the ones before as they were', () => {
    fc.assert(
      fc.property(
        fc.array(addition, { maxLength: 30 }),
        fc.boolean(),
        (additions, localityWeighted) => {
          const entries = additions.map((it, i) => ({
            place: it.place,
            entry: { host: { address: `${i}` }, health: it.health, weight: it.weight } as const,
          }))
          let grown = hostSet<Host>([], { localityWeighted })
          const seen: { set: HostSet<Host>; size: number }[] = []
          for (const [i, { entry, place: at }] of entries.entries()) {
            grown = withHost(grown, entry, at)
            // An older one grows, too, and does not disturb the newer.
            if (i % 5 === 0) seen.push({ set: withHost(grown, entry, at), size: grown.size + 1 })
            seen.push({ set: grown, size: i + 1 })
          }
          expect(summary(grown)).toEqual(summary(hostSet(anew(entries), { localityWeighted })))
          for (const { set, size } of seen) {
            expect(set.size).toBe(size)
            expect([...set.hosts]).toHaveLength(size)
          }
        },
      ),
    )
  })

  /** One locality for each place, as `withHost` makes them. */
  function anew(
    entries: readonly { entry: HostEntry<Host>; place: Place }[],
  ): LocalityHosts<Host>[] {
    const groups = Map.groupBy(entries, ({ place: it }) => `${it.priority} ${it.locality?.zone}`)
    return [...groups.values()].map((group) => ({
      ...group[0]?.place,
      hosts: group.map(({ entry }) => entry),
    }))
  }

  function summary(set: HostSet<Host>): unknown {
    const names = (list: Iterable<HostEntry<Host>>) =>
      Array.from(list, (it) => it.host.address).sort()
    return {
      size: set.size,
      hosts: names(set.hosts),
      priorities: set.priorities.map(({ localities, ...it }) => ({
        loads: [it.healthyLoad, it.degradedLoad, it.panic],
        alike: [it.all.weighAlike, it.healthy.weighAlike, it.healthy.totalWeight],
        lists: [names(it.all), names(it.healthy), names(it.degraded)],
        localities: localities.map((one) => ({
          ...one,
          all: names(one.all),
          healthy: names(one.healthy),
          degraded: names(one.degraded),
        })),
      })),
    }
  }
})
