// Vectors of Envoy's own unit tests, by the name of the test there; envoyproxy/envoy,
// test/extensions/load_balancing_policies/{ring_hash/ring_hash_lb_test.cc at 13e9fdb2d4db, maglev/maglev_lb_test.cc at 08417eb62f1e} and
// test/common/common/hash_test.cc at 01ee5bb6f862 (hashes).
import { describe, expect, test } from 'vitest'
import { bytesOf } from '../src/bytes-of.ts'
import {
  type Balancer,
  type Hash64,
  type Host,
  type HostEntry,
  type HostSetOptions,
  hostSet,
  type LocalityHosts,
  maglev,
  murmurHash2,
  ringHash,
  xxHash64,
} from '../src/index.ts'

const hash = (value: bigint): Hash64 => [Number(value >> 32n), Number(value & 0xffff_ffffn)]
const big = ([high, low]: Hash64): bigint => (BigInt(high) << 32n) | BigInt(low)
const max = 2n ** 64n - 1n

/** Hosts at ports of loopback, with their port as name. */
function hosts(
  ports: readonly number[],
  weights: readonly number[] = [],
): HostEntry<Host & { readonly port: number }>[] {
  return ports.map((port, i) => ({
    host: { address: `127.0.0.1:${port}`, hostname: `${port}`, port },
    weight: weights[i] ?? 1,
  }))
}

type PortHost = Host & { readonly port: number }
type Make = (
  localities: readonly LocalityHosts<PortHost>[],
  options?: HostSetOptions,
) => Balancer<PortHost>

function ask(balancer: Balancer<PortHost>, value: bigint): number | undefined {
  return balancer.pick({ hash: hash(value), random: never })?.port
}

function never(): never {
  throw new Error('a request with a hash draws nothing')
}

const sixPorts = [90, 91, 92, 93, 94, 95]

describe('hashes', () => {
  test.each([
    ['foo', 3728699739546630719n, 9631199822919835226n],
    ['bar', 5234164152756840025n, 11474628671133349555n],
    ['foo\nbar', 8917841378505826757n, 16306510975912980159n],
    ['lyft', 4400747396090729504n, 12847078931730529320n],
    ['', 17241709254077376921n, 6142509188972423790n],
  ])('of %j', (text, xx, murmur) => {
    expect(big(xxHash64(bytesOf(text)))).toBe(xx)
    expect(big(murmurHash2(bytesOf(text)))).toBe(murmur)
  })
})

describe('ring hash', () => {
  const ring =
    (minRingSize: number, rest: Parameters<typeof ringHash>[1] = {}): Make =>
    (localities, options) =>
      ringHash(hostSet(localities, options), { minRingSize, ...rest })

  const basic: readonly (readonly [port: number, at: bigint])[] = [
    [94, 833437586790550860n],
    [92, 928266305478181108n],
    [90, 1033482794131418490n],
    [95, 3551244743356806947n],
    [93, 3851675632748031481n],
    [91, 5583722120771150861n],
    [91, 6311230543546372928n],
    [93, 7700377290971790572n],
    [95, 13144177310400110813n],
    [92, 13444792449719432967n],
    [94, 15516499411664133160n],
    [90, 16117243373044804889n],
  ]
  const murmur: typeof basic = [
    [85, 1358027074129602068n],
    [83, 4361834613929391114n],
    [84, 7224494972555149682n],
    [81, 7701421856454313576n],
    [82, 8649315368077433379n],
    [84, 8739448859063030639n],
    [81, 9887544217113020895n],
    [82, 10150910876324007731n],
    [83, 15168472011420622455n],
    [80, 15427156902705414897n],
    [85, 16375050414328759093n],
    [80, 17613279263364193813n],
  ]
  const hostnames: typeof basic = [
    [95, 1975508444536362413n],
    [95, 2376063919839173711n],
    [93, 2386806903309390596n],
    [94, 6749904478991551885n],
    [93, 6803900775736438537n],
    [92, 7225015537174310577n],
    [90, 8787465352164086522n],
    [92, 11282020843382717940n],
    [91, 13723418369486627818n],
    [90, 13776502110861797421n],
    [91, 14338313586354474791n],
    [94, 15364271037087512980n],
  ]

  test.each([
    ['Basic', ring(12), sixPorts, basic],
    [
      'BasicWithMurmur2',
      ring(12, { hashFunction: 'murmurHash2' }),
      [80, 81, 82, 83, 84, 85],
      murmur,
    ],
    ['BasicWithHostname', ring(12, { useHostname: true }), sixPorts, hostnames],
    // The ring after a host was exchanged, too.
    [
      'UnevenHosts',
      ring(3),
      [80, 81],
      [
        [80, 5454692015285649509n],
        [81, 7859399908942313493n],
        [80, 13838424394637650569n],
        [81, 16064866803292627174n],
      ],
    ],
    [
      'UnevenHosts, second',
      ring(3),
      [81, 82],
      [
        [81, 7859399908942313493n],
        [82, 8241336090459785962n],
        [82, 12882406409176325258n],
        [81, 16064866803292627174n],
      ],
    ],
  ] as const)('%s: each place and what lies before and after it', (_, make, ports, places) => {
    const balancer = make([{ hosts: hosts(ports) }])
    for (const [i, [port, at]] of places.entries()) {
      const next = places[(i + 1) % places.length]?.[0]
      expect(ask(balancer, at)).toBe(port)
      expect(ask(balancer, at - 1n)).toBe(port)
      expect(ask(balancer, at + 1n)).toBe(next)
    }
    expect(ask(balancer, 0n)).toBe(places[0]?.[0])
    expect(ask(balancer, max)).toBe(places[0]?.[0])
  })

  test('murmurHash2 is what puts hosts on that ring', () => {
    for (const [port, at] of murmur) {
      const keys = [0, 1].map((i) => big(murmurHash2(bytesOf(`127.0.0.1:${port}_${i}`))))
      expect(keys).toContain(at)
    }
  })

  test('BasicWithMetadataHashKey', () => {
    const keyed = hosts(sixPorts).map(({ host }) => ({
      host,
      metadata: { hash_key: host.hostname },
    }))
    const balancer = ring(12)([{ hosts: keyed }])
    for (const [port, at] of hostnames) expect(ask(balancer, at)).toBe(port)
  })

  test('BasicWithRetryHostPredicate', () => {
    const entries = hosts(sixPorts)
    const balancer = ring(12)([{ hosts: entries }])
    const all = new Set(entries.map(({ host }) => host))
    const pick = (tried: ReadonlySet<PortHost>, hostSelectionAttempts: number) =>
      balancer.pick({ hash: [0, 0], random: never, tried, hostSelectionAttempts })?.port
    expect(pick(new Set(), 2)).toBe(94)
    expect(pick(new Set([...all].filter(({ port }) => port === 94)), 2)).toBe(92)
    expect(pick(all, 2)).toBe(90)
    expect(pick(all, 13)).toBe(92)
  })

  const tiny: typeof basic = [
    [92, 928266305478181108n],
    [92, 4443673547860492590n],
    [91, 5583722120771150861n],
    [91, 6311230543546372928n],
    [92, 13444792449719432967n],
    [90, 16117243373044804889n],
  ]
  const spread = (balancer: Balancer<PortHost>) => {
    const counts: Record<number, number> = {}
    for (let i = 0n; i < 6000n; i++) {
      const port = ask(balancer, i * (max / 6000n)) ?? 0
      counts[port] = (counts[port] ?? 0) + 1
    }
    return counts
  }

  test('HostWeightedTinyRing and HostWeightedLargeRing', () => {
    const weighted = [{ hosts: hosts([90, 91, 92], [1, 2, 3]) }]
    const six = ring(6, { maxRingSize: 6 })(weighted)
    for (const [port, at] of tiny) expect(ask(six, at)).toBe(port)
    expect(spread(ring(6144)(weighted))).toEqual({ 90: 987, 91: 1932, 92: 3081 })
  })

  test('LocalityWeightedTinyRing, LocalityWeightedLargeRing and ZeroLocalityWeights', () => {
    const localities = (weights: readonly number[]) =>
      weights.map((weight, i) => ({ weight, hosts: hosts([90 + i]) }))
    const options = { localityWeighted: true }
    const six = ring(6, { maxRingSize: 6 })(localities([1, 2, 3, 0]), options)
    for (const [port, at] of tiny) expect(ask(six, at)).toBe(port)
    expect(spread(ring(6144)(localities([1, 2, 3, 0]), options))).toEqual({
      90: 987,
      91: 1932,
      92: 3081,
    })
    expect(ask(ring(1024)(localities([0, 0]), options), 1n)).toBeUndefined()
  })

  test('HostAndLocalityWeightedTinyRing', () => {
    const balancer = ring(9, { maxRingSize: 9 })(
      [
        { weight: 1, hosts: hosts([90, 91], [1, 2]) },
        { weight: 2, hosts: hosts([92, 93], [1, 2]) },
      ],
      { localityWeighted: true },
    )
    const places: typeof basic = [
      [92, 928266305478181108n],
      [93, 3851675632748031481n],
      [91, 5583722120771150861n],
      [91, 6311230543546372928n],
      [93, 7700377290971790572n],
      [93, 12559126875973811811n],
      [92, 13444792449719432967n],
      [93, 13784988426630141778n],
      [90, 16117243373044804889n],
    ]
    for (const [port, at] of places) expect(ask(balancer, at)).toBe(port)
  })

  test('BasicFailover: 69 goes to the first priority and 71 to the second', () => {
    const [up, down] = hosts([80, 81])
    const balancer = ring(12)([
      { hosts: [up, { ...down, health: 'unhealthy' }] as HostEntry<PortHost>[] },
      { priority: 1, hosts: hosts([82]) },
    ])
    expect(ask(balancer, 69n)).toBe(80)
    expect(ask(balancer, 71n)).toBe(82)
  })
})

describe('Maglev', () => {
  const table =
    (tableSize: number, useHostname = false): Make =>
    (localities, options) =>
      maglev(hostSet(localities, options), { tableSize, useHostname })
  const slots = (balancer: Balancer<PortHost>, size: number) =>
    Array.from({ length: 3 * size }, (_, i) => ask(balancer, BigInt(i)))
  const thrice = (ports: readonly number[]) => [...ports, ...ports, ...ports]

  test('Basic and BasicStability', () => {
    const expected = thrice([92, 94, 90, 91, 95, 90, 93])
    expect(slots(table(7)([{ hosts: hosts(sixPorts) }]), 7)).toEqual(expected)
    const shuffled = hosts([93, 90, 95, 91, 94, 92])
    expect(slots(table(7)([{ hosts: shuffled }]), 7)).toEqual(expected)
  })

  test('BasicWithHostName and BasicWithMetadataHashKey', () => {
    const expected = thrice([92, 95, 90, 93, 94, 91, 90])
    expect(slots(table(7, true)([{ hosts: hosts(sixPorts) }]), 7)).toEqual(expected)
    const keyed = hosts(sixPorts).map(({ host }) => ({
      host,
      metadata: { hash_key: host.hostname },
    }))
    expect(slots(table(7)([{ hosts: keyed }]), 7)).toEqual(expected)
  })

  test('BasicWithRetryHostPredicate', () => {
    const entries = hosts(sixPorts)
    const balancer = table(7)([{ hosts: entries }])
    const all = new Set(entries.map(({ host }) => host))
    const pick = (tried: ReadonlySet<PortHost>) =>
      balancer.pick({ hash: [0, 10], random: never, tried, hostSelectionAttempts: 2 })?.port
    expect(pick(new Set())).toBe(91)
    expect(pick(new Set([...all].filter(({ port }) => port === 91)))).toBe(90)
    expect(pick(all)).toBe(95)
  })

  test('Weighted', () => {
    const balancer = table(17)([{ hosts: hosts([90, 91], [1, 2]) }])
    expect(slots(balancer, 17)).toEqual(
      thrice([91, 90, 90, 91, 90, 91, 91, 90, 91, 91, 91, 91, 91, 90, 91, 90, 91]),
    )
  })

  test('LocalityWeightedSameLocalityWeights, LocalityWeightedGlobalPanic and all weights 0', () => {
    const localities = (weight: number, health: 'healthy' | 'unhealthy') => [
      { weight, hosts: hosts([90]).map((it) => ({ ...it, health })) },
      { weight, hosts: hosts([91], [2]).map((it) => ({ ...it, health })) },
    ]
    const options = { localityWeighted: true }
    const expected = thrice([91, 90, 90, 91, 90, 91, 91, 90, 90, 91, 90, 91, 90, 90, 91, 90, 91])
    expect(slots(table(17)(localities(1, 'healthy'), options), 17)).toEqual(expected)
    expect(slots(table(17)(localities(1, 'unhealthy'), options), 17)).toEqual(expected)
    expect(ask(table(17)(localities(0, 'healthy'), options), 0n)).toBeUndefined()
  })

  test('LocalityWeightedDifferentLocalityWeights', () => {
    const balancer = table(17)(
      [
        { weight: 8, hosts: hosts([90]) },
        { weight: 0, hosts: hosts([92], [3]) },
        { weight: 2, hosts: hosts([91], [2]) },
      ],
      { localityWeighted: true },
    )
    expect(slots(balancer, 17)).toEqual(
      thrice([91, 90, 90, 90, 90, 90, 91, 90, 90, 91, 90, 91, 90, 90, 90, 90, 90]),
    )
  })

  test('LocalityWeightedLopsided: the light hosts stand once, the heavy one everywhere else', () => {
    const size = 65_537
    const ports = Array.from({ length: 1023 }, (_, i) => i + 1)
    const balancer = table(size)(
      [
        { weight: 127, hosts: hosts([0]) },
        { weight: 1, hosts: hosts(ports) },
      ],
      { localityWeighted: true },
    )
    const counts = new Map<number | undefined, number>()
    for (let i = 0n; i < size; i++) {
      const port = ask(balancer, i)
      counts.set(port, (counts.get(port) ?? 0) + 1)
    }
    expect(counts.get(0)).toBe(size - 1023)
    expect(new Set(ports.map((port) => counts.get(port)))).toEqual(new Set([1]))
  })

  test('NoPrimeNumber', () => {
    expect(() => table(8)([])).toThrow(/prime/)
  })
})
