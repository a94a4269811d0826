import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Host,
  HostSetError,
  hashOfKeys,
  hostSet,
  leastRequest,
  priorityLoad,
  random,
  roundRobin,
  xxHash64,
} from '../src/index.ts'
import { count, hostsOf } from './balancer-contract.ts'
import { referenceXxHash64 as reference } from './reference-xx-hash64.ts'

describe('round robin', () => {
  const order = (weights: readonly number[], picks: number, seed = 0) => {
    const hosts = hostsOf(weights.length).map((it, i) => ({ ...it, weight: weights[i] ?? 1 }))
    const balancer = roundRobin(hostSet([{ hosts }]), { seed })
    return Array.from({ length: picks }, () => balancer.pick({ random: () => 0 })?.address).join('')
  }

  test('goes round', () => {
    expect(order([1, 1, 1], 7)).toBe('abcabca')
    expect(order([5, 5, 5], 4, 4)).toBe('bcab')
  })

  test('spreads weights out', () => {
    expect(order([2, 1], 8)).toBe('abaabaab')
  })

  test('honours weights in every window of picks, within one pick per host', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 8 }),
        fc.integer({ min: 1, max: 300 }),
        (weights, picks) => {
          const total = weights.reduce((sum, weight) => sum + weight, 0)
          const hosts = hostsOf(weights.length).map((it, i) => ({ ...it, weight: weights[i] ?? 1 }))
          const counts = count(roundRobin(hostSet([{ hosts }])), picks, () => 0)
          for (const [i, weight] of weights.entries()) {
            const expected = (picks * weight) / total
            const got = counts[String.fromCharCode(97 + i)] ?? 0
            expect(Math.abs(got - expected)).toBeLessThanOrEqual(weights.length)
          }
        },
      ),
    )
  })
})

describe('least request', () => {
  test('prefers the less busy of the two it draws', () => {
    const hosts = [
      { address: 'busy', activeRequests: 9 },
      { address: 'idle', activeRequests: 0 },
    ]
    const counts = count(
      leastRequest(hostSet([{ hosts: hosts.map((host) => ({ host })) }])),
      4000,
      seededRandom(1),
    )
    // Only two draws of the busy one pick it: a quarter. Four standard deviations are 110.
    expect(Math.abs((counts['busy'] ?? 0) - 1000)).toBeLessThan(110)
  })

  test('takes the least busy of as many as it is told to draw', () => {
    const hosts = hostsOf(4).map(({ host }, i) => ({ host: { ...host, activeRequests: i } }))
    const counts = count(
      leastRequest(hostSet([{ hosts }]), { choiceCount: 40 }),
      100,
      seededRandom(2),
    )
    expect(counts['a']).toBe(100)
  })

  test('with weights, a busy host weighs less', () => {
    const weighted = (activeRequests: number, activeRequestBias: number) => {
      const hosts = [
        { host: { address: 'a', activeRequests }, weight: 2 },
        { host: { address: 'b', activeRequests: 0 }, weight: 1 },
      ]
      return count(leastRequest(hostSet([{ hosts }]), { activeRequestBias }), 300, () => 0)
    }
    expect(weighted(0, 1)).toEqual({ a: 200, b: 100 })
    expect(weighted(3, 1)).toEqual({ a: 100, b: 200 })
    expect(weighted(3, 0)).toEqual({ a: 200, b: 100 })
  })

  test('activity is read at each pick', () => {
    const a = { address: 'a', activeRequests: 0 }
    const b = { address: 'b', activeRequests: 1 }
    const balancer = leastRequest(hostSet([{ hosts: [{ host: a }, { host: b }] }]), {
      choiceCount: 30,
    })
    const draw = seededRandom(3)
    expect(balancer.pick({ random: draw })).toBe(a)
    a.activeRequests = 2
    expect(balancer.pick({ random: draw })).toBe(b)
  })

  test.each([
    { choiceCount: 1 },
    { choiceCount: Number.NaN },
    { activeRequestBias: -1 },
    { activeRequestBias: Number.NaN },
  ])('%j is refused', (options) => {
    expect(() => leastRequest(hostSet([]), options)).toThrow(HostSetError)
  })
})

describe('random', () => {
  test('does not look at weights', () => {
    const hosts = hostsOf(2).map((it, i) => ({ ...it, weight: i === 0 ? 1000 : 1 }))
    expect(count(random(hostSet([{ hosts }])), 1000, seededRandom(4))['b']).toBeGreaterThan(400)
  })
})

describe('host sets', () => {
  test.each([0, -1, Number.NaN, 1.5, 2 ** 32])('a weight of %s is refused', (weight) => {
    const host: Host = { address: 'a' }
    expect(() => hostSet([{ hosts: [{ host, weight }] }])).toThrow(HostSetError)
  })

  test('priorities, percentages and locality weights have their ranges', () => {
    expect(() => hostSet([{ priority: 128, hosts: [] }])).toThrow(
      /priority: expected an integer from 0 to 127, got 128 \[ERR_LB_ALGORITHMS_HOST_SET\]/,
    )
    expect(() => hostSet([{ weight: -1, hosts: [] }])).toThrow(HostSetError)
    expect(() => hostSet([], { panicThresholdPercent: 101 })).toThrow(HostSetError)
    expect(() => hostSet([], { overprovisioningFactor: 99 })).toThrow(HostSetError)
  })

  test('a locality carries its weight while enough of it is healthy', () => {
    const hosts = hostsOf(4).map((it, i) => ({
      ...it,
      health: i < 2 ? ('unhealthy' as const) : ('healthy' as const),
    }))
    const set = hostSet([
      { weight: 10, hosts },
      { weight: 10, hosts: hostsOf(4) },
    ])
    expect(set.priorities[0]?.localities.map(({ healthyWeight }) => healthyWeight)).toEqual([7, 10])
  })
})

// The tables of Envoy's documentation on priority levels and panic thresholds, priorities of 100 hosts each. Where it rounds to
// the nearest percent Envoy itself rounds down and gives the rest to the first priority, so that the last rows differ by up to 2.
describe('priorityLoad', () => {
  const healthy = (...percents: number[]) =>
    percents.map((it) => ({ total: 100, healthy: it, degraded: 0 }))

  test.each([
    [
      [100, 100],
      [100, 0],
    ],
    [
      [72, 100],
      [100, 0],
    ],
    [
      [71, 100],
      [99, 1],
    ],
    [
      [50, 100],
      [70, 30],
    ],
    [
      [25, 100],
      [35, 65],
    ],
    [
      [0, 100],
      [0, 100],
    ],
    [
      [72, 72],
      [100, 0],
    ],
    [
      [71, 71],
      [99, 1],
    ],
    [
      [50, 50],
      [70, 30],
    ],
    [
      [25, 25],
      [50, 50],
    ],
    [
      [100, 100, 100],
      [100, 0, 0],
    ],
    [
      [72, 72, 100],
      [100, 0, 0],
    ],
    [
      [71, 71, 100],
      [99, 1, 0],
    ],
    [
      [50, 50, 100],
      [70, 30, 0],
    ],
    [
      [25, 100, 100],
      [35, 65, 0],
    ],
    [
      [25, 25, 100],
      [35, 35, 30],
    ],
  ])('%j percent healthy take %j percent', (percents, expected) => {
    expect(priorityLoad(healthy(...percents)).healthy).toEqual(expected)
  })

  test('shares that are scaled up are rounded down, the rest to the first', () => {
    expect(priorityLoad(healthy(25, 25, 20), 140, 0).healthy).toEqual([37, 35, 28])
    expect(priorityLoad(healthy(5, 65)).healthy).toEqual([8, 92])
  })

  test.each([
    [
      [71, 100],
      [false, false],
    ],
    [
      [0, 100],
      [false, false],
    ],
    [
      [25, 25],
      [true, true],
    ],
    [
      [5, 65],
      [true, false],
    ],
  ])('%j percent healthy: panic %j', (percents, panic) => {
    expect(priorityLoad(healthy(...percents)).panic).toEqual(panic)
  })

  test('fractions of a percent decide on panic', () => {
    // 24.9 % healthy and 25.2 % degraded are 50.1 % available: each rounded down would be panic.
    const load = priorityLoad([{ total: 1000, healthy: 249, degraded: 252 }])
    expect(load.panic).toEqual([false])
    expect(priorityLoad([{ total: 1000, healthy: 249, degraded: 250 }]).panic).toEqual([true])
  })

  test('if every priority is in panic, traffic goes by number of hosts', () => {
    const load = priorityLoad([
      { total: 30, healthy: 0, degraded: 0 },
      { total: 10, healthy: 1, degraded: 0 },
    ])
    expect(load).toEqual({ healthy: [75, 25], degraded: [0, 0], panic: [true, true] })
  })

  test('degraded hosts take what the healthy cannot', () => {
    expect(priorityLoad([{ total: 10, healthy: 5, degraded: 5 }])).toEqual({
      healthy: [70],
      degraded: [30],
      panic: [false],
    })
  })

  test('always adds up to 100', () => {
    const priority = fc
      .integer({ min: 0, max: 20 })
      .chain((total) =>
        fc
          .integer({ min: 0, max: total })
          .chain((up) =>
            fc
              .integer({ min: 0, max: total - up })
              .map((degraded) => ({ total, healthy: up, degraded })),
          ),
      )
    fc.assert(
      fc.property(
        fc.array(priority, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 100 }),
        (priorities, threshold) => {
          const load = priorityLoad(priorities, 140, threshold)
          const all = [...load.healthy, ...load.degraded]
          expect(all.reduce((sum, it) => sum + it, 0)).toBe(100)
          expect(Math.min(...all)).toBeGreaterThanOrEqual(0)
        },
      ),
    )
  })
})

describe('xxHash64', () => {
  const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
  const hex = ([high, low]: readonly [number, number]) =>
    high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')

  // Vectors of the reference implementation.
  test.each([
    ['', 'ef46db3751d8e999'],
    ['a', 'd24ec4f1a98c6e5b'],
    ['abc', '44bc2cf5ad770999'],
    ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
  ])('of %j is %s', (text, expected) => {
    expect(hex(xxHash64(ascii(text)))).toBe(expected)
  })

  // Positions on the ring of Envoy's own ring hash test, minimum ring size 12.
  test.each([
    ['127.0.0.1:94', 833437586790550860n],
    ['127.0.0.1:92', 928266305478181108n],
    ['127.0.0.1:90', 1033482794131418490n],
    ['127.0.0.1:95', 3551244743356806947n],
    ['127.0.0.1:93', 3851675632748031481n],
    ['127.0.0.1:91', 5583722120771150861n],
    ['127.0.0.1:91', 6311230543546372928n],
    ['127.0.0.1:93', 7700377290971790572n],
    ['127.0.0.1:95', 13144177310400110813n],
    ['127.0.0.1:92', 13444792449719432967n],
    ['127.0.0.1:94', 15516499411664133160n],
    ['127.0.0.1:90', 16117243373044804889n],
  ])('puts %s on the ring at %s', (address, position) => {
    const positions = [0, 1].map((i) => BigInt(`0x${hex(xxHash64(ascii(`${address}_${i}`)))}`))
    expect(positions).toContain(position)
  })

  test('agrees with 64-bit arithmetic on every length up to 200 and on seeds', () => {
    const draw = seededRandom(11)
    for (let length = 0; length <= 200; length++) {
      const bytes = Uint8Array.from({ length }, () => draw() * 256)
      const seed = [draw() * 2 ** 32, draw() * 2 ** 32].map((it) => it >>> 0)
      const [high = 0, low = 0] = seed
      const expected = reference(bytes, (BigInt(high) << 32n) | BigInt(low))
      expect(hex(xxHash64(bytes, [high, low]))).toBe(expected.toString(16).padStart(16, '0'))
    }
  })
})

describe('hashOfKeys', () => {
  const big = (hash: readonly [number, number] | undefined) =>
    hash === undefined ? undefined : (BigInt(hash[0]) << 32n) | BigInt(hash[1])

  test('no key, no hash', () => {
    expect(hashOfKeys([])).toBeUndefined()
  })

  test('keys are rotated and XORed, parts chained', () => {
    const a = reference(Uint8Array.of(97), 0n)
    const b = reference(Uint8Array.of(98), 0n)
    const rotated = BigInt.asUintN(64, (a << 1n) | (a >> 63n))
    expect(big(hashOfKeys([['a']]))).toBe(a)
    expect(big(hashOfKeys([['a'], ['b']]))).toBe(rotated ^ b)
    expect(big(hashOfKeys([['a', 'b']]))).toBe(reference(Uint8Array.of(98), a))
  })

  test('characters below 256 are bytes, others UTF-8', () => {
    expect(big(hashOfKeys([['ä']]))).toBe(reference(Uint8Array.of(0xe4), 0n))
    expect(big(hashOfKeys([['ä€😀']]))).toBe(reference(new TextEncoder().encode('ä€😀'), 0n))
  })
})
