import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import {
  type Balancer,
  type Host,
  HostSetError,
  hostSet,
  leastRequest,
  maglev,
  originalDestination,
  peakEwma,
  priorityLoad,
  random as randomPolicy,
  ringHash,
  roundRobin,
  sessionCookie,
  subset,
} from '../src/index.ts'
import { count, hostsOf } from './balancer-contract.ts'

const [a, b] = hostsOf(2).map(({ host }) => host) as [Host, Host]
const set = hostSet([{ hosts: [{ host: a }, { host: b }] }])
const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1]

describe('peak EWMA stays a number', () => {
  test.each(odd)('whatever is reported: %d', (value) => {
    const balancer = peakEwma(set)
    for (const [rttMs, now] of [
      [value, 1],
      [3, value],
      [3, value],
      [3, 2],
      [value, 1e9],
    ] as const) {
      balancer.report(a, rttMs, now)
    }
    for (const now of [...odd, 0, 1e12]) {
      expect(balancer.averageMs(a, now)).toBeGreaterThanOrEqual(0)
      expect(balancer.averageMs(a, now)).toBeLessThanOrEqual(30)
    }
  })
})

describe('priorityLoad', () => {
  const good = { total: 2, healthy: 1, degraded: 0 }
  test.each([...odd, 0.5])('refuses %d hosts', (value) => {
    for (const key of ['total', 'healthy', 'degraded'] as const) {
      expect(() => priorityLoad([good, { ...good, [key]: value }])).toThrow(HostSetError)
      const weights = { ...good, [key]: value }
      // Weights may be fractions.
      if (value !== 0.5) expect(() => priorityLoad([{ ...good, weights }])).toThrow(HostSetError)
    }
  })

  test.each(odd)('refuses factors and thresholds of %d', (value) => {
    expect(() => priorityLoad([good], value)).toThrow(HostSetError)
    expect(() => priorityLoad([{ ...good, overprovisioningFactor: value }])).toThrow(HostSetError)
    expect(() => priorityLoad([good], 140, value)).toThrow(HostSetError)
  })

  test('refuses more usable hosts than there are', () => {
    expect(() => priorityLoad([{ ...good, healthy: 3 }])).toThrow(HostSetError)
    expect(() => priorityLoad([{ ...good, degraded: 3 }])).toThrow(HostSetError)
  })
})

test.each(odd)('callers of a zone cannot weigh %d', (healthyWeight) => {
  const locality = { zone: 'own' }
  const peers = [{ locality, total: 3, healthyWeight }]
  const make = () => hostSet([], { locality, zoneAware: { peers, basis: 'weights' } })
  expect(make).toThrow(HostSetError)
})

test('hosts are called by a known health, and zones reckoned in a known basis', () => {
  const hosts = [{ host: a, health: 'ill' as never }]
  expect(() => hostSet([{ hosts }])).toThrow(HostSetError)
  const zoneAware = { peers: [], basis: 'metres' as never }
  expect(() => hostSet([], { locality: {}, zoneAware })).toThrow(HostSetError)
})

test('metadata may be nested as deep as it likes, and is told apart to a hundred levels, its own one included', () => {
  const nested = (depth: number, inner: number): unknown =>
    JSON.parse(`${'['.repeat(depth)}${inner}${']'.repeat(depth)}`)
  for (const [depth, isFound] of [
    [99, false],
    [100, true],
    [5000, true],
  ] as const) {
    const hosts = [{ host: a, metadata: { v: nested(depth, 1) } }]
    const selectors = [{ keys: ['v'] }]
    const balancer = subset(hostSet([{ hosts }]), { selectors, create: (it) => roundRobin(it) })
    const pick = (inner: number) =>
      balancer.pick({ random: Math.random, metadataMatch: { v: nested(depth, inner) } })
    expect(pick(1)).toBe(a)
    expect(pick(2) === a).toBe(isFound)
  }
})

test.each([...odd, 2 ** 53])('a session cannot end at %d', (expires) => {
  expect(() => sessionCookie({ address: 'a', expires })).toThrow(HostSetError)
})

test('least request takes a host whose requests are no number for idle, and for all others goes on', () => {
  const hosts = [
    { host: { address: 'odd', activeRequests: Number.NaN }, weight: 2 },
    { host: { address: 'even', activeRequests: 0 }, weight: 1 },
  ]
  const counts = count(leastRequest(hostSet([{ hosts }])), 300, seededRandom(1))
  expect(counts).toEqual({ odd: 200, even: 100 })
})

test('an original destination that was asked for at no time is let go of all the same', () => {
  const balancer = originalDestination({ create: (address) => ({ address }) })
  balancer.pick({ random: Math.random, originalDestination: 'a', now: Number.NaN })
  balancer.removeIdle(1e9)
  expect(balancer.size).toBe(0)
})

describe('where every host was tried, the search ends after 10 000 more, however many are asked for', () => {
  const policies: Readonly<Record<string, Balancer<Host>>> = {
    roundRobin: roundRobin(set),
    random: randomPolicy(set),
    ringHash: ringHash(set),
    maglev: maglev(set),
  }
  test.each(Object.entries(policies))('%s', (_, balancer) => {
    for (const hostSelectionAttempts of [Number.POSITIVE_INFINITY, 2 ** 63, 20_000]) {
      let asked = 0
      const tried = { has: () => ++asked > 0 }
      const context = { random: seededRandom(2), tried, hostSelectionAttempts }
      expect(balancer.pick(context)).toBeDefined()
      expect(asked).toBeGreaterThanOrEqual(10_000)
      // And each host once more, in order.
      expect(asked).toBeLessThan(10_000 + 5)
    }
  })
})
