import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  aggregate,
  aperture,
  failoverPriorities,
  type Host,
  type HostEntry,
  HostSetError,
  hostOfSession,
  hostSet,
  type LocalityHosts,
  leastRequest,
  loadReportRoundRobin,
  maglev,
  originalDestination,
  overrideHost,
  peakEwma,
  ringHash,
  roundRobin,
  sessionCookie,
  sessionHeader,
  weightOfReport,
  withHost,
} from '../src/index.ts'
import { count, hostsOf } from './balancer-contract.ts'

const [a, b, c, d] = hostsOf(4).map(({ host }) => host) as [Host, Host, Host, Host]
const entries = [a, b, c, d].map((host) => ({ host }))
const random = seededRandom(1)

describe('peak EWMA', () => {
  test('prefers the quicker, and the less busy of equally quick ones', () => {
    const quick = { address: 'quick', activeRequests: 0 }
    const slow = { address: 'slow', activeRequests: 0 }
    const balancer = peakEwma(hostSet([{ hosts: [{ host: quick }, { host: slow }] }]), {
      choiceCount: 20,
    })
    balancer.report(quick, 10, 0)
    balancer.report(slow, 50, 0)
    expect(balancer.pick({ random, now: 0 })).toBe(quick)
    quick.activeRequests = 5
    expect(balancer.pick({ random, now: 0 })).toBe(slow)
  })

  test('jumps to a peak at once and falls off with time', () => {
    const balancer = peakEwma(hostSet([{ hosts: entries }]), { decayMs: 1000, defaultRttMs: 7 })
    expect(balancer.averageMs(a, 0)).toBe(7)
    balancer.report(a, 100, 0)
    expect(balancer.averageMs(a, 0)).toBe(100)
    expect(balancer.averageMs(a, 1000)).toBeCloseTo(100 / Math.E, 9)
    balancer.report(a, 10, 1000)
    // 1/e of the old, the rest of the new.
    expect(balancer.averageMs(a, 1000)).toBeCloseTo(100 / Math.E + 10 * (1 - 1 / Math.E), 9)
    balancer.report(a, 500, 1000)
    expect(balancer.averageMs(a, 1000)).toBe(500)
  })

  test('times that make no sense are left out, a clock that goes backwards stands still', () => {
    const balancer = peakEwma(hostSet([{ hosts: entries }]), { defaultRttMs: 7 })
    for (const rtt of [Number.NaN, -1]) balancer.report(a, rtt, 0)
    balancer.report(a, 5, Number.NaN)
    expect(balancer.averageMs(a, 0)).toBe(7)
    balancer.report(a, 100, 1000)
    balancer.report(a, 20, 0)
    expect(balancer.averageMs(a, 0)).toBe(100)
    expect(balancer.averageMs(a, 1000)).toBe(100)
    expect(balancer.averageMs(a, Number.NaN)).toBe(100)
  })
})

describe('load-report round robin', () => {
  // gRFC A58 and Envoy's client_side_weighted_round_robin_lb_test.cc state these.
  test.each([
    [{ rpsFractional: 1000, applicationUtilization: 0.5, eps: 0 }, 2000],
    [{ rpsFractional: 1000, applicationUtilization: 0.5, eps: 100 }, 1666],
    [{ rpsFractional: 1000, cpuUtilization: 0.25 }, 4000],
    [{ rpsFractional: 1000, applicationUtilization: 0, cpuUtilization: 0.25 }, 4000],
    [{ rpsFractional: 0, applicationUtilization: 0.5 }, undefined],
    [{ rpsFractional: 1000 }, undefined],
    [{ rpsFractional: 10, eps: 10 }, 10],
    [{ rpsFractional: Number.NaN, cpuUtilization: 1 }, undefined],
    [{ rpsFractional: 1e12, cpuUtilization: 1e-6 }, 2 ** 32 - 1],
  ])('%j weighs %s', (report, expected) => {
    expect(weightOfReport(report)).toBe(expected)
  })

  test('the largest of the named metrics comes first', () => {
    const report = {
      rpsFractional: 100,
      applicationUtilization: 0.1,
      metrics: { 'named_metrics.queue': 0.5, 'utilization.gpu': 0.25 },
    }
    expect(
      weightOfReport(report, { metricNames: ['named_metrics.queue', 'utilization.gpu'] }),
    ).toBe(200)
    expect(weightOfReport(report, { metricNames: ['named_metrics.none'] })).toBe(1000)
  })

  const report = (rpsFractional: number) => ({ rpsFractional, applicationUtilization: 0.5 })
  const periods = { blackoutPeriodMs: 10_000, weightExpirationPeriodMs: 60_000 }

  test('nothing is believed during the blackout, nor once it has expired', () => {
    const balancer = loadReportRoundRobin(hostSet([{ hosts: entries.slice(0, 2) }]), periods)
    const weightsAt = (now: number) => {
      balancer.pick({ random, now })
      return [balancer.weightOf(a), balancer.weightOf(b)]
    }
    balancer.report(a, report(100), 0)
    expect(weightsAt(9999)).toEqual([1, 1])
    // b has not reported: the median of those who have.
    expect(weightsAt(11_000)).toEqual([200, 200])
    balancer.report(b, report(50), 11_000)
    expect(weightsAt(12_000)).toEqual([200, 200])
    balancer.report(b, report(50), 21_000)
    expect(weightsAt(22_000)).toEqual([200, 100])
    // a last reported at 0.
    expect(weightsAt(60_001)).toEqual([100, 100])
    expect(weightsAt(90_000)).toEqual([1, 1])
    // And has to prove itself anew.
    balancer.report(a, report(100), 90_000)
    expect(weightsAt(95_000)).toEqual([1, 1])
    expect(weightsAt(101_000)).toEqual([200, 200])
  })

  test('a clock that was set back, or is none, does not stop it', () => {
    const balancer = loadReportRoundRobin(hostSet([{ hosts: entries.slice(0, 2) }]), {
      blackoutPeriodMs: 0,
    })
    balancer.pick({ random, now: 1e9 })
    balancer.pick({ random, now: Number.NaN })
    balancer.report(a, report(100), 10)
    balancer.pick({ random, now: 20 })
    expect(balancer.weightOf(a)).toBe(200)
  })

  test('weights are worked out once in a period', () => {
    const balancer = loadReportRoundRobin(hostSet([{ hosts: entries.slice(0, 2) }]), {
      blackoutPeriodMs: 0,
      weightUpdatePeriodMs: 1000,
    })
    balancer.pick({ random, now: 0 })
    balancer.report(a, report(100), 10)
    balancer.pick({ random, now: 999 })
    expect(balancer.weightOf(a)).toBe(1)
    balancer.pick({ random, now: 1000 })
    expect(balancer.weightOf(a)).toBe(200)
  })
})

describe('override host', () => {
  const set = hostSet([
    {
      hosts: [
        { host: a },
        { host: b, health: 'degraded' },
        { host: c, health: 'unhealthy' },
        { host: d },
      ],
    },
  ])
  const balancer = (rest = {}) =>
    overrideHost(set, { fallback: { pick: () => d, update: () => undefined }, ...rest })
  const pick = (overrideHosts: string[] | undefined, rest = {}, tried = new Set<Host>()) =>
    balancer(rest).pick({ random, overrideHosts, tried })?.address

  test('the first that is there and usable', () => {
    expect(pick(['a'])).toBe('a')
    expect(pick(['z', 'c', 'b', 'a'])).toBe('b')
    expect(pick(['a', 'b'], {}, new Set([a]))).toBe('b')
    expect(pick(['c'], { usable: ['unhealthy'] })).toBe('c')
  })

  test('or else the fallback, unless it is strict', () => {
    expect(pick(undefined)).toBe('d')
    expect(pick([])).toBe('d')
    expect(pick(['c'])).toBe('d')
    expect(pick(['c'], { strict: true })).toBeUndefined()
    expect(pick(undefined, { strict: true })).toBe('d')
  })

  test('an update forgets who has gone', () => {
    const it = overrideHost(set, { fallback: roundRobin(set) })
    expect(it.pick({ random, overrideHosts: ['a'] })).toBe(a)
    it.update(hostSet([{ hosts: [{ host: b }] }]))
    expect(it.pick({ random, overrideHosts: ['a'] })).toBe(b)
  })
})

describe('sessions', () => {
  test('a cookie is base64 of a message as protobuf writes it, a header of the address', () => {
    // Field 1, 12 bytes; field 2, 300 as a varint of two bytes: by hand from the protobuf encoding guide.
    const bytes = [0x0a, 12, ...Buffer.from('127.0.0.1:80'), 0x10, 0xac, 0x02]
    expect(sessionCookie({ address: '127.0.0.1:80', expires: 300 })).toBe(
      Buffer.from(bytes).toString('base64'),
    )
    expect(sessionHeader('127.0.0.1:80')).toBe(Buffer.from('127.0.0.1:80').toString('base64'))
  })

  test('what is written is read back', () => {
    const address = fc.stringMatching(/^[0-9a-f.:[\]]{1,40}$/)
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: 2 ** 40 }), (text, expires) => {
        expect(hostOfSession(sessionCookie({ address: text }), expires)).toBe(text)
        expect(hostOfSession(sessionCookie({ address: text, expires }), expires)).toBe(text)
        expect(
          hostOfSession(sessionCookie({ address: text, expires }), expires + 1),
        ).toBeUndefined()
        expect(hostOfSession(sessionHeader(text), 0)).toBe(text)
      }),
    )
  })

  test('whatever a client sends is read without harm', () => {
    let read = 0
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const found = hostOfSession(Buffer.from(bytes).toString('base64'), 0)
        if (found !== undefined) read++
        expect(typeof found === 'string' || found === undefined).toBe(true)
      }),
      { numRuns: 2000 },
    )
    expect(read).toBeGreaterThan(100)
    for (const bad of ['', 'a', '====', '!!!!', 'A'.repeat(2000), 'Cv8=', 'CgU=']) {
      expect(hostOfSession(bad, 0), bad).not.toBe('')
    }
    expect(hostOfSession('!!!!', 0)).toBeUndefined()
    expect(hostOfSession('A'.repeat(2000), 0)).toBeUndefined()
  })
})

describe('passthrough', () => {
  const pick = (balancer: ReturnType<typeof originalDestination<Host>>, address: string, now = 0) =>
    balancer.pick({ random, originalDestination: address, now })

  test('makes a host once, and none of what is no address', () => {
    const balancer = originalDestination<Host>({
      create: (address) => (address.includes(':') ? { address } : undefined),
    })
    expect(pick(balancer, 'x:1')).toBe(pick(balancer, 'x:1'))
    expect(pick(balancer, 'nonsense')).toBeUndefined()
    expect(balancer.size).toBe(1)
  })

  test('is bounded: the one not asked for the longest goes', () => {
    const gone: string[] = []
    const balancer = originalDestination<Host>({
      create: (address) => ({ address }),
      onRemove: ({ address }) => gone.push(address),
      maxHosts: 2,
    })
    for (const address of ['x', 'y', 'x', 'z']) pick(balancer, address)
    expect(gone).toEqual(['y'])
    expect(balancer.size).toBe(2)
  })

  test('lets go of who is idle', () => {
    const balancer = originalDestination<Host>({ create: (address) => ({ address }), idleMs: 100 })
    pick(balancer, 'x', 0)
    pick(balancer, 'y', 50)
    balancer.removeIdle(120)
    expect(balancer.size).toBe(1)
    // A clock that goes backwards makes nobody younger.
    pick(balancer, 'y', 10)
    balancer.removeIdle(140)
    expect(balancer.size).toBe(1)
  })
})

describe('aggregate', () => {
  const create = (hosts: Parameters<typeof roundRobin<Host>>[0]) => roundRobin(hosts)
  const set = (...hosts: HostEntry<Host>[]) => hostSet([{ hosts }])
  const sick = (host: Host) => ({ host, health: 'unhealthy' as const })

  test('the first cluster takes all while it can, then the next', () => {
    const balancer = aggregate([
      { hosts: set({ host: a }, { host: b }), create },
      { hosts: set({ host: c }), create },
    ])
    expect(
      count({ ...balancer, update: () => undefined, pick: (it) => balancer.pick(it) }, 100, random),
    ).toEqual({ a: 50, b: 50 })
    balancer.update([set({ host: a }, sick(b)), set({ host: c })])
    const counts = count(
      { update: () => undefined, pick: (it) => balancer.pick(it) },
      10_000,
      random,
    )
    // Half of it healthy, times 1.4: 70 %; four standard deviations are 183.
    expect(Math.abs((counts['a'] ?? 0) - 7000)).toBeLessThan(183)
    expect(Object.keys(counts).sort()).toEqual(['a', 'c'])
    balancer.update([set(), set({ host: c })])
    expect(balancer.pick({ random })).toBe(c)
    balancer.update([set(), set()])
    expect(balancer.pick({ random })).toBeUndefined()
  })

  test('priorities of one cluster come before those of the next', () => {
    const first = hostSet([{ hosts: [sick(a)] }, { priority: 1, hosts: [{ host: b }] }])
    const balancer = aggregate([
      { hosts: first, create },
      { hosts: set({ host: c }), create },
    ])
    for (let i = 0; i < 50; i++) expect(balancer.pick({ random })).toBe(b)
  })

  test('each cluster balances as it is told', () => {
    const balancer = aggregate([
      { hosts: set({ host: a }, { host: b }), create: (hosts) => maglev(hosts) },
    ])
    const context = { random, hash: [1, 2] as const }
    expect(new Set(Array.from({ length: 20 }, () => balancer.pick(context))).size).toBe(1)
  })
})

describe('aperture', () => {
  const many = Array.from({ length: 30 }, (_, i) => ({ host: { address: `${i}` } }))
  const used = (peer: number, peers: number, minHosts = 1) => {
    const balancer = aperture(hostSet([{ hosts: many }]), { peer, peers, minHosts })
    return Object.keys(count(balancer, 3000, seededRandom(peer)))
  }

  test('each caller uses few hosts, all callers together use every host alike', () => {
    expect(used(0, 10)).toHaveLength(3)
    expect(used(0, 10, 6)).toHaveLength(6)
    const by = many.map(() => 0)
    for (let peer = 0; peer < 10; peer++)
      for (const host of used(peer, 10)) by[Number(host)] = (by[Number(host)] ?? 0) + 1
    expect(by).toEqual(many.map(() => 1))
  })

  test('hosts at the edge are used by their part', () => {
    // Three callers and four hosts: the first caller has host 0 whole and a third of host 1.
    const four = hostSet([{ hosts: many.slice(0, 4) }])
    const total: Record<string, number> = {}
    for (let peer = 0; peer < 3; peer++) {
      const balancer = aperture(four, { peer, peers: 3 })
      for (const [host, times] of Object.entries(count(balancer, 30_000, seededRandom(peer))))
        total[host] = (total[host] ?? 0) + times
    }
    expect(Object.keys(total)).toHaveLength(4)
    expect(Math.min(...Object.values(total))).toBeGreaterThan(15_000)
  })

  test('takes the less busy of two', () => {
    const busy = { address: 'busy', activeRequests: 5 }
    const idle = { address: 'idle', activeRequests: 0 }
    const set = hostSet<Host>([{ hosts: [{ host: busy }, { host: idle }] }])
    const balancer = aperture(set, { peer: 0, peers: 1 })
    for (let i = 0; i < 100; i++) expect(balancer.pick({ random })).toBe(idle)
  })
})

describe('failover priorities', () => {
  const at = (path: string, ...hosts: Host[]): LocalityHosts<Host> => {
    const [region = '', zone = '', subZone = ''] = path.split('/')
    return { locality: { region, zone, subZone }, hosts: hosts.map((host) => ({ host })) }
  }
  const from = { region: 'us', zone: 'a', subZone: '1' }
  const names = (localities: readonly LocalityHosts<Host>[]) =>
    localities.map((it) => `${it.priority}:${it.hosts.map(({ host }) => host.address).join('')}`)

  // Istio's task "Locality failover": region.zone.subzone, then region.zone, region, elsewhere.
  test('nearer ones first, without gaps', () => {
    const all = [at('eu/x/1', d), at('us/b/1', c), at('us/a/2', b), at('us/a/1', a)]
    expect(names(failoverPriorities(all, { from }))).toEqual(['0:a', '1:b', '2:c', '3:d'])
    expect(names(failoverPriorities(all.slice(0, 2), { from }))).toEqual(['0:c', '1:d'])
  })

  test('the region that is named comes before the others', () => {
    const all = [at('asia/x/1', b), at('eu/x/1', a), at('us/a/1', c)]
    expect(names(failoverPriorities(all, { from, failover: { us: 'asia' } }))).toEqual([
      '0:c',
      '1:b',
      '2:a',
    ])
    expect(names(failoverPriorities(all, { from, failover: { eu: 'asia' } }))).toEqual([
      '0:c',
      '1:b',
      '1:a',
    ])
  })

  test('labels: hosts of one locality part by how many of the first they share', () => {
    const labels: Record<string, Record<string, string>> = {
      a: { network: 'n1', version: 'v1' },
      b: { network: 'n1', version: 'v2' },
      c: { network: 'n2', version: 'v1' },
      d: {},
    }
    const options = {
      from,
      labels: { network: 'n1', version: 'v1' },
      failoverPriority: ['network', 'version'],
    }
    const labelsOf = ({ host }: HostEntry<Host>) => labels[host.address] ?? {}
    expect(names(failoverPriorities([at('us/a/1', a, b, c, d)], options, labelsOf))).toEqual([
      '0:a',
      '1:b',
      '2:cd',
    ])
    const exact = { ...options, failoverPriority: ['version=v2'] }
    expect(names(failoverPriorities([at('us/a/1', a, b, c, d)], exact, labelsOf))).toEqual([
      '0:b',
      '1:acd',
    ])
  })

  // Istio's task "Locality weighted distribution": 70 % to one's own zone, 20 % and 10 % to others.
  test('distribute: shares by the most precise pattern, nothing elsewhere', () => {
    const all = [at('us/a/1', a), at('us/a/2', b), at('us/b/1', c), at('eu/x/1', d)]
    const weights = (distribute: Record<string, number>) => {
      const placed = failoverPriorities(all, { from, distribute })
      const total = placed.reduce((sum, it) => sum + (it.weight ?? 0), 0)
      return Object.fromEntries(
        placed.map((it) => [
          it.hosts[0]?.host.address,
          Math.round((100 * (it.weight ?? 0)) / total),
        ]),
      )
    }
    expect(weights({ 'us/a/*': 70, 'us/b/*': 30 })).toEqual({ a: 35, b: 35, c: 30 })
    expect(weights({ 'us/*': 80, 'us/a/1': 20 })).toEqual({ a: 20, b: 40, c: 40 })
    expect(weights({ '*': 100 })).toEqual({ a: 25, b: 25, c: 25, d: 25 })
  })

  test('two rules at once, or shares that do not add up, are refused', () => {
    expect(() => failoverPriorities([], { from, failover: {}, distribute: { '*': 100 } })).toThrow(
      HostSetError,
    )
    expect(() => failoverPriorities([], { from, distribute: { '*': 99 } })).toThrow(HostSetError)
    expect(() => failoverPriorities([], { from, distribute: { '*': Number.NaN } })).toThrow(
      HostSetError,
    )
  })
})

describe('slow start', () => {
  test.each(['round robin', 'least request'])(
    'a new host takes its share little by little: %s',
    (name) => {
      const old = { host: a }
      const fresh = { host: b, healthySince: 10_000 }
      const slowStart = { windowMs: 10_000 }
      const set = hostSet([{ hosts: [old, fresh] }])
      const balancer =
        name === 'round robin' ? roundRobin(set, { slowStart }) : leastRequest(set, { slowStart })
      const shareAt = (now: number) => {
        let its = 0
        for (let i = 0; i < 1100; i++) if (balancer.pick({ random, now }) === b) its++
        return its / 1100
      }
      // A weight of 0.1 beside 1, then of 0.5, then of 1.
      expect(shareAt(10_000)).toBeCloseTo(0.1 / 1.1, 2)
      expect(shareAt(15_000)).toBeCloseTo(0.5 / 1.5, 2)
      expect(shareAt(20_000)).toBeCloseTo(0.5, 2)
      balancer.update(withHost(set, { host: c }))
      expect(
        count(
          {
            ...balancer,
            pick: (it) => balancer.pick({ ...it, now: 30_000 }),
            update: () => undefined,
          },
          300,
          random,
        )['b'],
      ).toBeGreaterThan(60)
    },
  )
})

describe('priority loads of one request', () => {
  test('send it past the priorities it avoids', () => {
    const set = hostSet([{ hosts: [{ host: a }] }, { priority: 1, hosts: [{ host: b }] }])
    const balancer = roundRobin(set)
    const priorityLoad = { healthy: [0, 100], degraded: [0, 0], panic: [false, false] }
    expect(balancer.pick({ random })).toBe(a)
    expect(balancer.pick({ random, priorityLoad })).toBe(b)
  })
})

describe('bad options are refused with the code', () => {
  const set = hostSet([{ hosts: entries }])
  const bad: Readonly<Record<string, () => unknown>> = {
    'seed -1': () => roundRobin(set, { seed: -1 }),
    'window NaN': () => roundRobin(set, { slowStart: { windowMs: Number.NaN } }),
    'aggression 0': () => roundRobin(set, { slowStart: { windowMs: 1, aggression: 0 } }),
    'minimum 101': () => leastRequest(set, { slowStart: { windowMs: 1, minWeightPercent: 101 } }),
    'bias infinite': () => leastRequest(set, { activeRequestBias: Number.POSITIVE_INFINITY }),
    'ring of none': () => ringHash(set, { minRingSize: 0 }),
    'ring too large': () => ringHash(set, { maxRingSize: 8_388_609 }),
    'ring upside down': () => ringHash(set, { minRingSize: 10, maxRingSize: 9 }),
    'hash unknown': () => ringHash(set, { hashFunction: 'md5' as never }),
    'balance factor 99': () => ringHash(set, { balanceFactor: 99 }),
    'table of 1': () => maglev(set, { tableSize: 1 }),
    'table NaN': () => maglev(set, { tableSize: Number.NaN }),
    'table too large': () => maglev(set, { tableSize: 5_000_081 }),
    'peer outside': () => aperture(set, { peer: 3, peers: 3 }),
    'no hosts wanted': () => aperture(set, { peer: 0, peers: 3, minHosts: 0 }),
    'decay 0': () => peakEwma(set, { decayMs: 0 }),
    'one choice': () => peakEwma(set, { choiceCount: 1 }),
    'update every 99 ms': () => loadReportRoundRobin(set, { weightUpdatePeriodMs: 99 }),
    'penalty -1': () => loadReportRoundRobin(set, { errorUtilizationPenalty: -1 }),
    'no host kept': () => originalDestination({ create: () => undefined, maxHosts: 0 }),
    'healthy since NaN': () => hostSet([{ hosts: [{ host: a, healthySince: Number.NaN }] }]),
    'weight NaN': () => withHost(set, { host: a, weight: Number.NaN }),
    'priority 128': () => withHost(set, { host: a }, { priority: 128 }),
    'more healthy than there are': () =>
      hostSet([], { locality: {}, zoneAware: { peers: [{ locality: {}, total: 1, healthy: 2 }] } }),
    'routing of 101 %': () =>
      hostSet([], { locality: {}, zoneAware: { peers: [], routingEnabledPercent: 101 } }),
  }
  test.each(Object.entries(bad))('%s', (_, make) => {
    expect(make).toThrow(HostSetError)
    expect(make).toThrow(/\[ERR_LB_ALGORITHMS_HOST_SET\]/)
  })
})

describe('a host that is idle because it is dead', () => {
  test('is not drawn again and again in place of one that was not tried', () => {
    const dead = { address: 'dead', activeRequests: 0 }
    const busy = { address: 'busy', activeRequests: 9 }
    const set = hostSet([{ hosts: [{ host: dead }, { host: busy }] }])
    const random = seededRandom(5)
    const picks = Array.from({ length: 500 }, () =>
      leastRequest(set).pick({ random, tried: new Set([dead]), hostSelectionAttempts: 2 }),
    )
    expect(picks.filter((it) => it !== busy)).toEqual([])
    const all = new Set([dead, busy])
    expect(leastRequest(set).pick({ random, tried: all, hostSelectionAttempts: 2 })).toBeDefined()
  })
})
