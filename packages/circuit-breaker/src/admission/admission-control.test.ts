import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CallOutcome } from '../call-gate.ts'
import { AdmissionControl, type AdmissionControlOptions } from './admission-control.ts'

const never = (): number => 0.99999

/** So many calls that end at once, `.` well and `x` badly. */
function serve(gate: AdmissionControl, script: string, now: number): void {
  for (const it of script) {
    const ticket = gate.admit(now)
    if (ticket !== 0) gate.settle(ticket, it === '.' ? 'success' : 'failure', now)
  }
}

function probability(options: AdmissionControlOptions, script: string): number {
  const gate = new AdmissionControl(options, never)
  serve(gate, script, 0)
  return gate.rejectionProbability(0)
}

describe('the chance to be refused', () => {
  test('is (n − s / t) / (n + 1), from 0 to the most', () => {
    const all = { successRateThresholdPercent: 100, maxRejectionPercent: 100 }
    expect(probability(all, '')).toBe(0)
    expect(probability(all, '..........')).toBe(0)
    expect(probability(all, '.....xxxxx')).toBeCloseTo(5 / 11, 12)
    expect(probability(all, 'xxxx')).toBeCloseTo(4 / 5, 12)
    // Half as good as wanted is good enough at 50 %.
    expect(probability({ successRateThresholdPercent: 50 }, '..xx')).toBe(0)
    expect(probability({ successRateThresholdPercent: 50 }, '.xxx')).toBeCloseTo(2 / 5, 12)
  })

  test('by default is 95 % wanted and 80 % the most', () => {
    expect(probability({}, `${'.'.repeat(19)}x`)).toBe(0)
    expect(probability({}, `${'.'.repeat(18)}xx`)).toBeCloseTo((20 - 18 / 0.95) / 21, 12)
    expect(probability({}, 'x'.repeat(100))).toBe(0.8)
  })

  test('grows with the aggression, which is 1 at least', () => {
    const all = { successRateThresholdPercent: 100, maxRejectionPercent: 100 }
    // 4 of 15 in 16 is a quarter: its square root is a half.
    const script = `${'.'.repeat(11)}xxxx`
    expect(probability(all, script)).toBeCloseTo(1 / 4, 12)
    expect(probability({ ...all, aggression: 2 }, script)).toBeCloseTo(1 / 2, 12)
    expect(probability({ ...all, aggression: 0.5 }, script)).toBeCloseTo(1 / 4, 12)
    expect(probability({ ...all, aggression: 2 }, '....')).toBe(0)
  })

  test('is none below the wanted number of calls a second', () => {
    const options = { samplingWindowSeconds: 2, rpsThreshold: 5 }
    expect(probability(options, 'xxxxxxxxx')).toBe(0)
    expect(probability(options, 'xxxxxxxxxx')).toBe(0.8)
  })

  test('forgets what is older than the window, entry by entry', () => {
    const gate = new AdmissionControl(
      { samplingWindowSeconds: 3, successRateThresholdPercent: 100, maxRejectionPercent: 100 },
      never,
    )
    serve(gate, 'xxxx', 0)
    serve(gate, '....', 999)
    serve(gate, 'xx', 1_000)
    expect(gate.rejectionProbability(2_999)).toBeCloseTo(6 / 11, 12)
    // The first entry, four bad and four good, is gone.
    expect(gate.rejectionProbability(3_000)).toBeCloseTo(2 / 3, 12)
    expect(gate.rejectionProbability(4_000)).toBe(0)
  })
})

test('refused are as many as the chance says, and they do not count', () => {
  const gate = new AdmissionControl(
    { successRateThresholdPercent: 100, maxRejectionPercent: 50 },
    seededRandom(2),
  )
  for (let i = 0; i < 1_000; i++) gate.settle(1 * gate.admit(0) || admitted(gate), 'failure', 0)
  const before = gate.rejected
  let refused = 0
  for (let i = 0; i < 20_000; i++) if (gate.admit(0) === 0) refused++

  // Binomial, n = 20 000, p = 0.5: a standard deviation is 71; five of them.
  expect(Math.abs(refused - 10_000)).toBeLessThan(354)
  expect(gate.rejected).toBe(before + refused)
  expect(gate.rejectionProbability(0)).toBe(0.5)
})

function admitted(gate: AdmissionControl): number {
  for (;;) if (gate.admit(0) !== 0) return 1
}

test('cancelled calls are not counted', () => {
  const gate = new AdmissionControl({}, never)
  for (let i = 0; i < 100; i++) gate.settle(gate.admit(0), 'cancelled', 0)
  expect(gate.rejectionProbability(0)).toBe(0)
  expect(gate.inFlight).toBe(0)
})

describe('bad input', () => {
  test.each([
    [{ samplingWindowSeconds: 0 }, 'samplingWindowSeconds'],
    [{ samplingWindowSeconds: 4294967295 }, 'samplingWindowSeconds'],
    [{ aggression: Number.NaN }, 'aggression'],
    [{ successRateThresholdPercent: 0 }, 'successRateThresholdPercent'],
    [{ rpsThreshold: -1 }, 'rpsThreshold'],
    [{ maxRejectionPercent: 101 }, 'maxRejectionPercent'],
  ])('refuses %j', (options, name) => {
    expect(() => new AdmissionControl(options, never)).toThrow(
      expect.objectContaining({
        code: 'ERR_CIRCUIT_BREAKER_OPTION',
        message: expect.stringContaining(name),
      }),
    )
  })

  test('settling what was not admitted is an error', () => {
    const gate = new AdmissionControl({}, never)
    expect(() => gate.settle(1, 'success', 0)).toThrow('ERR_CIRCUIT_BREAKER_SETTLE')
  })

  test('a refusal says why', () => {
    expect(new AdmissionControl({}, never).refusal(3)).toMatchObject({
      code: 'ERR_CIRCUIT_BREAKER_ADMISSION',
      reason: 'success-rate',
      retryAt: 3,
    })
  })
})

test('agrees with a plain list of calls over any history, on any clock', () => {
  const step = fc.record({
    wait: fc.oneof(fc.nat(400), fc.nat(5_000), fc.constantFrom(-50, Number.NaN, Infinity)),
    outcome: fc.constantFrom<CallOutcome>('success', 'failure'),
  })
  let compared = 0
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 10, maxLength: 100 }),
      fc.integer({ min: 1, max: 5 }),
      (steps, s) => {
        const gate = new AdmissionControl(
          { samplingWindowSeconds: s, successRateThresholdPercent: 100, maxRejectionPercent: 100 },
          never,
        )
        // Entries as a list: [beginning, outcomes].
        let entries: [number, boolean[]][] = [[0, []]]
        let now = 0
        expect(gate.rejectionProbability(now)).toBe(0)
        for (const { wait, outcome } of steps) {
          gate.settle(gate.admit(now + wait), outcome, now + wait)
          if (wait >= 0 && wait < Infinity) now += wait
          entries = entries.filter(([begin]) => now - begin < s * 1_000)
          const newest = entries.at(-1)
          if (newest === undefined || now - newest[0] >= 1_000) entries.push([now, []])
          entries.at(-1)?.[1].push(outcome === 'success')
          const calls = entries.flatMap(([, outcomes]) => outcomes)
          const bad = calls.filter((it) => !it).length
          expect(gate.rejectionProbability(now)).toBeCloseTo(bad / (calls.length + 1), 12)
          compared++
        }
      },
    ),
    { numRuns: 1_000, seed: 8 },
  )
  expect(compared).toBeGreaterThan(5_000)
})
