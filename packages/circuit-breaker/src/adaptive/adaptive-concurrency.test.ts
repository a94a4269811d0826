import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CallOutcome } from '../call-gate.ts'
import { AdaptiveConcurrency } from './adaptive-concurrency.ts'

const options = {
  concurrencyUpdateIntervalMs: 100,
  minRtt: { intervalMs: 10_000, requestCount: 5, jitterPercent: 0 },
}

/** Calls one after the other, each ending at `now` after `ms`. */
function serve(gate: AdaptiveConcurrency, calls: number, ms: number, now: number): void {
  for (let i = 0; i < calls; i++) gate.settle(gate.admit(now), 'success', now, ms)
}

describe('the limit', () => {
  test('is the minimum until minRTT is measured', () => {
    const gate = new AdaptiveConcurrency(options, { now: 0 })
    const tickets = [1, 2, 3].map(() => gate.admit(0))
    expect(gate.admit(0)).toBe(0)
    expect(gate.gauges).toMatchObject({
      concurrency_limit: 3,
      min_rtt_calculation_active: 1,
      rq_blocked: 1,
    })
    for (const ticket of tickets) gate.settle(ticket, 'failure', 10, 10)
    serve(gate, 1, 10, 10)
    expect(gate.gauges['min_rtt_calculation_active']).toBe(1)
    serve(gate, 1, 10, 10)
    // Half of a bin from 10 to 11 ms is 10.5.
    expect(gate.gauges).toMatchObject({ min_rtt_calculation_active: 0, min_rtt_msecs: 10 })
  })

  test('grows while calls take no longer than the buffer allows, and halves when they do', () => {
    const gate = new AdaptiveConcurrency(options, { now: 0 })
    serve(gate, 5, 10, 0)
    const limits: number[] = []
    for (const [i, ms] of [10, 10, 42, 42, 42].entries()) {
      serve(gate, 4, ms, i * 100 + 50)
      gate.settle(gate.admit((i + 1) * 100), 'cancelled', (i + 1) * 100)
      limits.push(gate.limit)
    }
    // Gradient 10.5 × 1.25 / 10.5 = 1.25: 3 → 3.75 + 1.94, 5 → 6.25 + 2.5; then at the least, 0.5: 8 → 4 + 2, 6 → 3 + 1.73, 4 → 2 + 1.41.
    expect(limits).toEqual([5, 8, 6, 4, 3])
    expect(gate.gauges).toMatchObject({ gradient: 500, burst_queue_size: 1, sample_rtt_msecs: 42 })
  })

  test('stays where there are no calls', () => {
    const gate = new AdaptiveConcurrency(options, { now: 0 })
    serve(gate, 5, 10, 0)
    serve(gate, 1, 10, 50)
    serve(gate, 1, 10, 5_000)
    expect(gate.limit).toBe(5)
    serve(gate, 1, 10, 5_100)
    expect(gate.limit).toBe(8)
  })

  test('never is above the maximum', () => {
    const gate = new AdaptiveConcurrency({ ...options, maxConcurrencyLimit: 7 }, { now: 0 })
    serve(gate, 5, 10, 0)
    for (let now = 50; now < 1_000; now += 100) serve(gate, 1, 10, now)
    expect(gate.limit).toBe(7)
  })

  test('goes by a minRTT that is known without measuring', () => {
    const gate = new AdaptiveConcurrency(
      { ...options, minRtt: { fixedMs: 10, bufferPercent: 0 } },
      { now: 0 },
    )
    expect(gate.gauges).toMatchObject({ min_rtt_calculation_active: 0, min_rtt_msecs: 10 })
    serve(gate, 1, 40, 50)
    serve(gate, 1, 1, 100)
    // 10 / 40.5 is held at 0.5: 1.5 + 1.22 is below the minimum.
    expect(gate.limit).toBe(3)
    serve(gate, 1, 1, 200)
    // 10 / 1.05 is held at 2: 6 + 2.45.
    expect(gate.limit).toBe(8)
  })
})

describe('measuring anew', () => {
  test('comes after the interval and its jitter, and takes no sample of a call from before', () => {
    const jittery = { ...options, minRtt: { ...options.minRtt, jitterPercent: 20 } }
    const gate = new AdaptiveConcurrency(jittery, { now: 0, random: () => 0.5 })
    serve(gate, 5, 10, 0)
    serve(gate, 1, 10, 50)
    serve(gate, 1, 10, 100)
    expect(gate.limit).toBe(5)
    const before = gate.admit(10_999)
    expect(gate.gauges['min_rtt_calculation_active']).toBe(0)
    const after = gate.admit(11_000)
    // The limit may have been updated by the sample of the last window in between: 5 → 8.
    expect(gate.gauges).toMatchObject({ min_rtt_calculation_active: 1, concurrency_limit: 3 })
    gate.settle(before, 'success', 11_500, 501)
    gate.settle(after, 'success', 11_500, 20)
    serve(gate, 3, 20, 11_500)
    expect(gate.gauges['min_rtt_calculation_active']).toBe(1)
    serve(gate, 1, 20, 11_500)
    expect(gate.gauges).toMatchObject({
      min_rtt_calculation_active: 0,
      min_rtt_msecs: 20,
      concurrency_limit: 8,
    })
  })

  test('comes at once after five updates at the minimum', () => {
    const gate = new AdaptiveConcurrency(options, { now: 0 })
    serve(gate, 5, 10, 0)
    const active: unknown[] = []
    for (let i = 0; i < 5; i++) {
      serve(gate, 1, 500, i * 100 + 50)
      gate.settle(gate.admit(i * 100 + 100), 'cancelled', i * 100 + 100)
      active.push(gate.gauges['min_rtt_calculation_active'])
    }
    expect(active).toEqual([0, 0, 0, 0, 1])
    serve(gate, 5, 500, 600)
    expect(gate.gauges).toMatchObject({ min_rtt_calculation_active: 0, min_rtt_msecs: 505 })
  })
})

describe('bad input', () => {
  test.each([
    [{ ...options, minRtt: {} }, 'minRtt'],
    [{ ...options, minRtt: { intervalMs: 1, fixedMs: 1 } }, 'minRtt'],
    [{ ...options, minRtt: { fixedMs: 0 } }, 'minRtt.fixedMs'],
    [{ ...options, minRtt: { intervalMs: Number.NaN } }, 'minRtt.intervalMs'],
    [{ ...options, minRtt: { intervalMs: 1, requestCount: 0 } }, 'minRtt.requestCount'],
    [{ ...options, minRtt: { intervalMs: 1, minConcurrency: 0 } }, 'minRtt.minConcurrency'],
    [{ ...options, concurrencyUpdateIntervalMs: 0 }, 'concurrencyUpdateIntervalMs'],
    [{ ...options, maxConcurrencyLimit: 2 }, 'maxConcurrencyLimit'],
    [{ ...options, sampleAggregatePercentile: 101 }, 'sampleAggregatePercentile'],
  ])('refuses %j', (given, name) => {
    expect(() => new AdaptiveConcurrency(given, { now: 0, random: () => 0 })).toThrow(
      expect.objectContaining({
        code: 'ERR_CIRCUIT_BREAKER_OPTION',
        message: expect.stringContaining(name),
      }),
    )
  })

  test('refuses a jitter without randomness, and a start at no time', () => {
    const jittery = { ...options, minRtt: { intervalMs: 1 } }
    expect(() => new AdaptiveConcurrency(jittery, { now: 0 })).toThrow('random')
    expect(() => new AdaptiveConcurrency(options, { now: Number.NaN })).toThrow('now')
  })

  test('settling what was not admitted is an error', () => {
    const gate = new AdaptiveConcurrency(options, { now: 0 })
    expect(() => gate.settle(1, 'success', 0, 0)).toThrow('ERR_CIRCUIT_BREAKER_SETTLE')
    gate.admit(0)
    for (const ticket of [0, 99, Number.NaN]) {
      expect(() => gate.settle(ticket, 'success', 0, 0)).toThrow('ERR_CIRCUIT_BREAKER_SETTLE')
    }
    expect(gate.inFlight).toBe(1)
  })

  test('says at which limit it refused', () => {
    const gate = new AdaptiveConcurrency(options, { now: 0 })
    expect(gate.refusal(5)).toMatchObject({
      code: 'ERR_CIRCUIT_BREAKER_CONCURRENCY',
      reason: 'concurrency-limit 3',
      retryAt: 5,
    })
  })
})

describe('whatever is called when', () => {
  const time = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, -5) },
  )
  const step = fc.record({
    now: time,
    starts: fc.nat(6),
    ends: fc.nat(6),
    ms: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 20, max: 30 }) },
      { weight: 1, arbitrary: fc.constantFrom(0, Number.NaN, -1, Infinity, 1e300) },
    ),
    outcome: fc.constantFrom<CallOutcome>('success', 'failure', 'cancelled'),
  })
  const steps = fc
    .array(step, { minLength: 20, maxLength: 80 })
    .map((them) => them.toSorted((a, b) => a.now - b.now))

  /** Starts calls as far as they are admitted; none may pass the limit. */
  function start(gate: AdaptiveConcurrency, calls: number, now: number): number[] {
    const admitted: number[] = []
    for (let i = 0; i < calls; i++) {
      const ticket = gate.admit(now)
      if (ticket === 0) continue
      admitted.push(ticket)
      expect(gate.inFlight).toBeLessThanOrEqual(gate.limit)
    }
    return admitted
  }

  test('the limit is in its bounds and never is passed by a new call', () => {
    let blocked = 0
    let grown = 0
    fc.assert(
      fc.property(steps, (script) => {
        const gate = new AdaptiveConcurrency(
          {
            concurrencyUpdateIntervalMs: 100,
            maxConcurrencyLimit: 20,
            minRtt: { intervalMs: 1_000, requestCount: 4, minConcurrency: 2 },
          },
          { now: 0, random: seededRandom(1) },
        )
        const tickets: number[] = []
        for (const { now, starts, ends, ms, outcome } of script) {
          tickets.push(...start(gate, starts, now))
          for (const ticket of tickets.splice(0, ends)) gate.settle(ticket, outcome, now, ms)
          expect(gate.inFlight).toBe(tickets.length)
          expect(gate.limit).toBeGreaterThanOrEqual(2)
          expect(gate.limit).toBeLessThanOrEqual(20)
          if (gate.limit > 2) grown++
          expect(Object.values(gate.gauges).every(Number.isSafeInteger)).toBe(true)
        }
        blocked += gate.gauges['rq_blocked'] ?? 0
      }),
      { numRuns: 500, seed: 4 },
    )
    expect(blocked).toBeGreaterThan(1_000)
    expect(grown).toBeGreaterThan(500)
  })
})

test('a queue with ten places is found: the limit settles near ten over a virtual day', () => {
  // Calls take 10 ms up to ten at a time, and as much longer beyond as there are more.
  const gate = new AdaptiveConcurrency(
    { concurrencyUpdateIntervalMs: 1_000, minRtt: { intervalMs: 600_000 } },
    { now: 0, random: seededRandom(9) },
  )
  const seen: number[] = []
  for (let second = 0; second < 86_400; second++) {
    const { limit } = gate
    const now = second * 1_000
    const tickets = Array.from({ length: limit }, () => gate.admit(now))
    const ms = 10 * Math.max(1, limit / 10)
    for (const ticket of tickets) if (ticket !== 0) gate.settle(ticket, 'success', now + ms, ms)
    if (second > 3_600) seen.push(limit)
  }
  const mean = seen.reduce((sum, it) => sum + it, 0) / seen.length
  expect(mean).toBeGreaterThan(10)
  // The buffer of a quarter and the headroom: the fixed point of l = 12.5 + √12.5 is 16.
  expect(mean).toBeLessThan(17)
})
