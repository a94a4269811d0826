// Each test has a fixed seed, passes a fair policy with a confidence of 999 999 in a million, and must reject a planted bias.
import { chiSquare, chiSquareBound, seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import {
  aperture,
  type Balancer,
  type Host,
  hostSet,
  leastRequest,
  loadReportRoundRobin,
  maglev,
  peakEwma,
  random,
  ringHash,
} from '../src/index.ts'
import { hostsOf } from './balancer-contract.ts'

const picks = 60_000

/** Counts by the order of the hosts. */
function tally(
  balancer: Pick<Balancer<Host>, 'pick'>,
  hosts: readonly { host: Host }[],
  seed: number,
): number[] {
  const source = seededRandom(seed)
  const counts = new Map(hosts.map(({ host }) => [host, 0]))
  for (let i = 0; i < picks; i++) {
    const host = balancer.pick({ random: source, now: i })
    if (host !== undefined) counts.set(host, (counts.get(host) ?? 0) + 1)
  }
  return [...counts.values()]
}

/** Gives the first host one pick in 50 that was another's. */
function biased(
  balancer: Balancer<Host>,
  favourite: Host | undefined,
): Pick<Balancer<Host>, 'pick'> {
  let turn = 0
  return { pick: (context) => (turn++ % 50 === 0 ? favourite : balancer.pick(context)) }
}

const hosts = hostsOf(10)
const set = hostSet([{ hosts }])
const alike = hosts.map(() => picks / hosts.length)

describe('χ² of picks among ten alike', () => {
  const policies = {
    random: () => random(set),
    'least request, idle': () => leastRequest(set),
    'least request, full scan': () => leastRequest(set, { selectionMethod: 'full-scan' }),
    'peak EWMA, nothing known': () => peakEwma(set),
    'aperture over all': () => aperture(set, { peer: 0, peers: 1 }),
  }
  test.each(Object.entries(policies))('%s', (_, create) => {
    const bound = chiSquareBound(hosts.length - 1)
    expect(chiSquare(tally(create(), hosts, 1), alike)).toBeLessThan(bound)
    expect(chiSquare(tally(biased(create(), hosts[0]?.host), hosts, 1), alike)).toBeGreaterThan(
      bound,
    )
  })
})

describe('χ² of random hashes by weight', () => {
  const weights = [1, 2, 3, 4, 10]
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const entries = hostsOf(weights.length).map((it, i) => ({ ...it, weight: weights[i] ?? 1 }))
  const weighted = hostSet([{ hosts: entries }])
  const expected = weights.map((weight) => (picks * weight) / total)

  test('Maglev, a table of 1 000 003', () => {
    const bound = chiSquareBound(weights.length - 1)
    const create = () => maglev(weighted, { tableSize: 1_000_003 })
    expect(chiSquare(tally(create(), entries, 2), expected)).toBeLessThan(bound)
    const favoured = biased(create(), entries[0]?.host)
    expect(chiSquare(tally(favoured, entries, 2), expected)).toBeGreaterThan(bound)
  })

  test('ring hash: within what chance and the number of its places explain', () => {
    const off = (balancer: Pick<Balancer<Host>, 'pick'>) =>
      Math.max(
        ...tally(balancer, entries, 3).map((count, i) => Math.abs(count / (expected[i] ?? 1) - 1)),
      )
    const create = () => ringHash(weighted, { minRingSize: 500_000 })
    // Four standard deviations of the smallest share are 7.5 %; of its places 2.5 %.
    expect(off(create())).toBeLessThan(0.088)
    expect(off(biased(create(), entries[0]?.host))).toBeGreaterThan(0.088)
  })
})

describe('balance of least request', () => {
  /** Requests in flight at the fullest host, over the mean, when one ends at random for each that begins. */
  function imbalance(create: (entries: readonly { host: Busy }[]) => Balancer<Busy>): number {
    const entries = Array.from({ length: 100 }, (_, i) => ({
      host: { address: `${i}`, activeRequests: 0 },
    }))
    const balancer = create(entries)
    const source = seededRandom(4)
    const flying: Busy[] = []
    let sum = 0
    const rounds = 20_000
    for (let i = 0; i < rounds; i++) {
      const host = balancer.pick({ random: source })
      if (host === undefined) throw new Error('no host')
      host.activeRequests++
      flying.push(host)
      if (flying.length > 1000) {
        const at = Math.floor(source() * flying.length)
        const [ended] = flying.splice(at, 1)
        if (ended !== undefined) ended.activeRequests--
        sum += Math.max(...entries.map((it) => it.host.activeRequests)) / 10
      }
    }
    return sum / (rounds - 1000)
  }
  interface Busy extends Host {
    activeRequests: number
  }
  const sets = (entries: readonly { host: Busy }[]) => hostSet([{ hosts: entries }])

  // Theory: of n hosts the fullest has about ln ln n / ln d more than the mean, a random choice about sqrt(2 mean ln n).
  test('two choices keep the fullest host within 1.4 times the mean, random does not', () => {
    expect(imbalance((entries) => leastRequest(sets(entries)))).toBeLessThan(1.4)
    expect(imbalance((entries) => random(sets(entries)))).toBeGreaterThan(1.7)
    // A policy that sees stale numbers is no better than random: the test would notice.
    const blind = (entries: readonly { host: Busy }[]): Balancer<Busy> => {
      const frozen = entries.map(({ host }) => ({ host: { address: host.address } }))
      const inner = leastRequest(hostSet<Host>([{ hosts: frozen }]))
      const back = new Map(frozen.map(({ host }, i) => [host as Host, entries[i]?.host]))
      return {
        pick: ({ random: source }) => {
          const host = inner.pick({ random: source })
          return host === undefined ? undefined : back.get(host)
        },
        update: () => undefined,
      }
    }
    expect(imbalance(blind)).toBeGreaterThan(1.7)
  })

  test('more choices balance better', () => {
    const by = (choiceCount: number) =>
      imbalance((entries) => leastRequest(sets(entries), { choiceCount }))
    expect(by(4)).toBeLessThan(by(2))
  })
})

describe('shares of weighted turns', () => {
  test('load reports: a host that does three times as much with as much gets three times as many', () => {
    const [quick, slow] = hostsOf(2)
    if (quick === undefined || slow === undefined) throw new Error('two hosts')
    const balancer = loadReportRoundRobin(hostSet([{ hosts: [quick, slow] }]), {
      blackoutPeriodMs: 0,
    })
    balancer.report(quick.host, { rpsFractional: 300, applicationUtilization: 0.5 }, 0)
    balancer.report(slow.host, { rpsFractional: 100, applicationUtilization: 0.5 }, 0)
    expect(tally(balancer, [quick, slow], 5)).toEqual([45_000, 15_000])
  })
})
