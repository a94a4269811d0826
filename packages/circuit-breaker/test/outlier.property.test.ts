import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OutlierDetector, type OutlierEvent, type OutlierOptions } from '../src/index.ts'

const statuses = [200, 404, 500, 502, 503, 504]
const letterOf = new Map([
  [500, 'x'],
  [502, 'g'],
  [503, 'g'],
  [504, 'g'],
])

type Step =
  | { readonly kind: 'answer'; readonly host: number; readonly status: number; times: number }
  | { readonly kind: 'add' | 'remove' | 'healthy'; readonly host: number }
  | { readonly kind: 'wait'; readonly ms: number }

const host = fc.nat(7)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      host,
      status: fc.constantFrom(...statuses),
      times: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('add', 'remove', 'healthy'), host }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(300) }) },
)

const options: fc.Arbitrary<OutlierOptions> = fc.record({
  consecutive5xx: fc.nat(5),
  consecutiveGatewayFailure: fc.nat(4),
  enforcingConsecutive5xx: fc.constantFrom(0, 50, 100),
  enforcingConsecutiveGatewayFailure: fc.constantFrom(0, 50, 100),
  enforcingFailurePercentage: fc.constantFrom(0, 100),
  failurePercentageThreshold: fc.nat(100),
  failurePercentageMinimumHosts: fc.nat(3),
  failurePercentageRequestVolume: fc.nat(10),
  successRateMinimumHosts: fc.nat(4),
  successRateRequestVolume: fc.nat(10),
  successRateStdevFactor: fc.constantFrom(0, 500, 1_900),
  maxEjectionPercent: fc.nat(100),
  alwaysEjectOneHost: fc.boolean(),
  intervalMs: fc.constantFrom(50, 100),
  baseEjectionTimeMs: fc.constantFrom(1, 100, 150),
  maxEjectionTimeMs: fc.constantFrom(150, 400),
  maxEjectionTimeJitterMs: fc.constantFrom(0, 30),
})

/** Plays steps, and checks every ejection when it happens. */
class Player {
  readonly detector: OutlierDetector<number>
  readonly hosts = new Set<number>()
  readonly out = new Set<number>()
  ejections = 0
  #now = 0
  readonly #given: OutlierOptions

  constructor(given: OutlierOptions) {
    this.#given = given
    this.detector = new OutlierDetector<number>(given, { now: 0, random: seededRandom(3) })
    this.detector.subscribe((event) => this.#hear(event))
    for (let i = 0; i < 8; i++) this.play({ kind: 'add', host: i })
  }

  play(it: Step): void {
    if (it.kind === 'wait') {
      this.#now += it.ms
      this.detector.advance(this.#now)
      return
    }
    if (it.kind === 'remove') {
      this.detector.remove(it.host)
      this.hosts.delete(it.host)
      this.out.delete(it.host)
      return
    }
    this.hosts.add(it.host)
    const monitor = this.detector.add(it.host)
    if (it.kind === 'healthy') monitor.healthCheckPassed(this.#now)
    const times = it.kind === 'answer' ? it.times : 0
    for (let i = 0; i < times && it.kind === 'answer'; i++) monitor.httpStatus(it.status, this.#now)
  }

  #hear(event: OutlierEvent<number>): void {
    const { out, hosts } = this
    if (event.action === 'uneject') {
      expect(out.delete(event.host)).toBe(true)
      return
    }
    if (!event.enforced) return
    this.ejections++
    expect(hosts.has(event.host)).toBe(true)
    expect(out.has(event.host)).toBe(false)
    out.add(event.host)
    if (this.#given.alwaysEjectOneHost === true && out.size === 1) return
    expect((100 * out.size) / hosts.size).toBeLessThanOrEqual(this.#given.maxEjectionPercent ?? 10)
  }
}

test('at each ejection the share is within the percentage, or it is the one host that always may be', () => {
  let ejections = 0
  let refused = 0
  fc.assert(
    fc.property(options, fc.array(step, { minLength: 20, maxLength: 120 }), (given, steps) => {
      const player = new Player(given)
      const { detector, hosts, out } = player
      for (const it of steps) {
        player.play(it)
        expect(detector.ejected).toBe(out.size)
        expect(detector.counters['ejections_active']).toBe(out.size)
        expect([...hosts].filter((each) => detector.isEjected(each))).toHaveLength(out.size)
      }
      ejections += player.ejections
      refused += detector.counters['ejections_overflow'] ?? 0
    }),
    { numRuns: 1_000, seed: 11 },
  )
  expect(ejections).toBeGreaterThan(1_000)
  expect(refused).toBeGreaterThan(1_000)
})

/** The run that a history of answers ends with: `g` is a gateway failure, `x` another 5xx, `.` the rest. */
function runOf(history: string, consecutive5xx: number, gateway: number): string[] {
  if (gateway > 0 && history.endsWith('g'.repeat(gateway))) return ['CONSECUTIVE_GATEWAY_FAILURE']
  const last = consecutive5xx === 0 ? '.' : history.slice(-consecutive5xx)
  return last.length >= consecutive5xx && !last.includes('.') ? ['CONSECUTIVE_5XX'] : []
}

test('runs of failures eject where the history of answers says so', () => {
  let ejections = 0
  const script = fc.array(fc.constantFrom(...statuses), { minLength: 10, maxLength: 60 })
  fc.assert(
    fc.property(fc.nat(5), fc.nat(4), script, (consecutive5xx, gateway, answers) => {
      const detector = new OutlierDetector<string>(
        {
          consecutive5xx,
          consecutiveGatewayFailure: gateway,
          enforcingConsecutiveGatewayFailure: 100,
          maxEjectionPercent: 100,
          baseEjectionTimeMs: 1,
        },
        { now: 0 },
      )
      const types: unknown[] = []
      detector.subscribe((event) => event.action === 'eject' && types.push(event.type))
      const monitor = detector.add('a')
      const expected: string[] = []
      let history = ''
      for (const status of answers) {
        monitor.httpStatus(status, 0)
        history += letterOf.get(status) ?? '.'
        const run = runOf(history, consecutive5xx, gateway)
        expected.push(...run)
        if (run.length > 0) history = ''
        // Back at once, with nothing remembered.
        monitor.healthCheckPassed(0)
      }
      expect(types).toEqual(expected)
      ejections += types.length
    }),
    { numRuns: 2_000, seed: 12 },
  )
  expect(ejections).toBeGreaterThan(2_000)
})

test('ten years of a bad hour a day: every pass on time, every ejection as long as the first', () => {
  const hourMs = 3_600_000
  const detector = new OutlierDetector<string>(
    { maxEjectionPercent: 100, intervalMs: 10_000, baseEjectionTimeMs: 2 * hourMs },
    { now: 17 },
  )
  const lengths = new Set<number>()
  let ended = 0
  let passes = 0
  detector.subscribe((event) => {
    if (event.action !== 'uneject') return
    ended++
    lengths.add(event.sinceLastActionMs ?? 0)
  })
  const monitor = detector.add('a')
  for (let day = 0; day < 3_650; day++) {
    const morning = 17 + day * 24 * hourMs
    for (let i = 0; i < 5; i++) monitor.httpStatus(500, morning)
    // Passes every 10 s, but nothing happens in most of them: skip from the due one to the next of interest.
    for (const at of [10_000, 2 * hourMs, 2 * hourMs + 10_000, 24 * hourMs]) {
      if (detector.advance(morning + at)) passes++
      expect((detector.nextPassAt - 17) % 10_000).toBe(0)
    }
  }
  expect(passes).toBe(4 * 3_650)
  expect(ended).toBe(3_650)
  expect([...lengths]).toEqual([2 * hourMs])
})
