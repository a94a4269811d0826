import { leastRequest, overrideHost, roundRobin, subset } from '@meshwright/lb-algorithms'
import { ManualClock, seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  AdapterError,
  type Attempt,
  Cluster,
  type ClusterOptions,
  type RequestView,
} from '../src/index.ts'

const request = (headers: Readonly<Record<string, string>> = {}): RequestView => ({
  method: 'GET',
  path: '/',
  header: (name) => headers[name],
})

const picks = (cluster: Cluster, count: number): (string | undefined)[] =>
  Array.from({ length: count }, () => cluster.pick()?.address)

describe('a host', () => {
  test.each(['a:80', '10.0.0.1:8080', '[::1]:80', '[fe80::1]:65535', 'xn--e1afmkfd.example:1'])(
    'is %s',
    (address) => {
      expect(new Cluster({ hosts: [address] }).hosts[0]?.address).toBe(address)
    },
  )

  test.each(['', 'a', 'a:', ':80', 'a:0', 'a:65536', '::1:80', 'http://a:80', 'a:80/', 'a b:80'])(
    'is not %j',
    (address) => {
      const make = () => new Cluster({ hosts: [address] })
      expect(make).toThrow(AdapterError)
      expect(make).toThrow(/expected host:port, got .*\[ERR_LB_ADAPTERS_HOST\]$/)
    },
  )

  test('that is listed twice counts once, as it was listed last', () => {
    const hosts = ['a:1', { address: 'b:1', weight: 5 }, 'b:1']
    const cluster = new Cluster({ hosts, policy: roundRobin })
    expect(picks(cluster, 4).sort()).toEqual(['a:1', 'a:1', 'b:1', 'b:1'])
  })
})

describe('a cluster', () => {
  test('goes by priority, locality weight and health', () => {
    const cluster = new Cluster({
      hosts: [
        { address: 'near:1', locality: { zone: 'a' }, localityWeight: 3 },
        { address: 'far:1', locality: { zone: 'b' }, localityWeight: 1 },
        { address: 'ill:1', locality: { zone: 'a' }, localityWeight: 3, health: 'unhealthy' },
        { address: 'spare:1', priority: 1 },
      ],
      policy: roundRobin,
      hostSet: { localityWeighted: true, overprovisioningFactor: 200 },
      random: seededRandom(1),
    })
    const counts = Map.groupBy(picks(cluster, 400), (it) => it)
    expect(counts.get('near:1')).toHaveLength(300)
    expect(counts.get('far:1')).toHaveLength(100)
    expect(counts.size).toBe(2)
  })

  test('asks the request for metadata and for hosts', () => {
    const metadata = (version: string) => ({ version })
    const hosts = ['v1', 'v2'].map((it) => ({ address: `${it}:1`, metadata: metadata(it) }))
    const bySubset = new Cluster({
      hosts,
      policy: (set) => subset(set, { selectors: [{ keys: ['version'] }], create: leastRequest }),
      choose: ({ header }) => ({ metadataMatch: metadata(header('x-version') ?? 'v1') }),
    })
    expect(bySubset.pick(request({ 'x-version': 'v2' }))?.address).toBe('v2:1')
    expect(bySubset.pick(request())?.address).toBe('v1:1')
    const byName = new Cluster({
      hosts,
      policy: (set) => overrideHost(set, { fallback: leastRequest(set) }),
      choose: ({ header }) => ({ overrideHosts: [header('x-host') ?? ''] }),
    })
    const seen = new Set(
      Array.from({ length: 50 }, () => byName.pick(request({ 'x-host': 'v2:1' }))?.address),
    )
    expect(seen).toEqual(new Set(['v2:1']))
  })

  test('prefers hosts that were not tried', () => {
    const cluster = new Cluster({ hosts: ['a:1', 'b:1'], policy: roundRobin })
    const first = cluster.begin()
    const tried = new Set([first.host])
    for (let i = 0; i < 20; i++) expect(cluster.pick(request(), tried)).not.toBe(first.host)
  })

  test('keeps to a host that is not usable nothing but its history', () => {
    const clock = new ManualClock()
    const options: ClusterOptions = {
      hosts: ['a:1', 'b:1', 'c:1'],
      outlierDetection: { consecutive5xx: 1, maxEjectionPercent: 50 },
      now: () => clock.now(),
    }
    const cluster = new Cluster({ ...options, policy: roundRobin })
    const attempt = cluster.begin()
    attempt.answered(500)
    attempt.end()
    const { address } = attempt.host
    const others = ['a:1', 'b:1', 'c:1'].filter((it) => it !== address)
    cluster.update([...others, { address, isUsable: false }])
    cluster.update([...others, address])
    expect(cluster.hosts.find((it) => it.address === address)?.isEjected).toBe(true)
    // But one that left is another when it comes back.
    cluster.update(others)
    cluster.update([...others, address])
    expect(cluster.hosts.every(({ isEjected }) => !isEjected)).toBe(true)
  })

  test('is in panic when too many are ejected, and uses all again', () => {
    const clock = new ManualClock()
    const cluster = new Cluster({
      hosts: ['a:1', 'b:1', 'c:1'],
      policy: roundRobin,
      outlierDetection: { consecutive5xx: 1, maxEjectionPercent: 100 },
      now: () => clock.now(),
    })
    for (let i = 0; i < 2; i++) {
      const attempt = cluster.begin()
      attempt.answered(503)
      attempt.end()
    }
    expect(cluster.hosts.filter(({ isEjected }) => isEjected)).toHaveLength(2)
    expect(new Set(picks(cluster, 9)).size).toBe(3)
    clock.advance(40_000)
    cluster.pick()
    expect(cluster.hosts.filter(({ isEjected }) => isEjected)).toHaveLength(0)
  })

  test('counts what is in flight exactly, whatever order things end and hosts change in', () => {
    const begin = fc.constant((it: InFlight) => it.begin())
    const end = fc.nat(50).map((which) => (it: InFlight) => it.end(which))
    const hosts = fc.subarray(['a:1', 'b:1', 'c:1'], { minLength: 1 })
    const update = hosts.map((some) => (it: InFlight) => it.cluster.update(some))
    const step = fc.oneof(
      { weight: 4, arbitrary: begin },
      { weight: 3, arbitrary: end },
      { weight: 1, arbitrary: update },
    )
    const steps = fc.array(step, { minLength: 20, maxLength: 80 })
    const tally = { refused: 0, ended: 0 }
    fc.assert(
      fc.property(steps, fc.nat(), (script, seed) => {
        const inFlight = new InFlight(seed, tally)
        for (const take of script) {
          take(inFlight)
          inFlight.check()
        }
      }),
      { numRuns: 300, seed: 1 },
    )
    expect(tally.refused).toBeGreaterThan(500)
    expect(tally.ended).toBeGreaterThan(500)
  })

  test('may have a policy that makes up hosts, whom nobody watches', () => {
    const made = { address: 'z:1', activeRequests: 0 }
    const cluster = new Cluster({
      hosts: ['a:1'],
      policy: () => ({ pick: () => made, update: () => undefined }),
    })
    const attempt = cluster.begin()
    attempt.answered(500)
    attempt.end()
    expect(attempt.host.address).toBe('z:1')
    expect(cluster.has(made)).toBe(false)
  })
})

/** A cluster of at most five requests, and a plain list of those that should be counted. */
class InFlight {
  readonly cluster: Cluster
  readonly #running: Attempt[] = []
  readonly #tally: { refused: number; ended: number }

  constructor(seed: number, tally: { refused: number; ended: number }) {
    const hosts = ['a:1', 'b:1', 'c:1']
    this.cluster = new Cluster({ hosts, maxRequests: 5, random: seededRandom(seed) })
    this.#tally = tally
  }

  begin(): void {
    if (this.#running.length < 5) {
      this.#running.push(this.cluster.begin())
      return
    }
    expect(() => this.cluster.begin()).toThrow('ERR_LB_ADAPTERS_OVERFLOW')
    this.#tally.refused += 1
  }

  /** Ends one twice. */
  end(which: number): void {
    const [attempt] = this.#running.splice(which % Math.max(1, this.#running.length), 1)
    attempt?.end()
    attempt?.end()
    this.#tally.ended += attempt === undefined ? 0 : 1
  }

  check(): void {
    for (const { address, activeRequests } of this.cluster.hosts) {
      const here = this.#running.filter(
        ({ host }) => host.address === address && this.cluster.has(host),
      )
      expect(activeRequests).toBe(here.length)
    }
  }
}
