import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLimiter } from '../src/index.ts'
import { kinds, rulesOf } from './rules.ts'

const steps = fc.array(fc.tuple(fc.nat(700), fc.nat(5)), {
  minLength: 5,
  maxLength: 60,
  size: 'max',
})
const limits = fc.integer({ min: 1, max: 12 })
const spans = fc.integer({ min: 1, max: 1500 })

describe.each(kinds)('%s', (kind) => {
  const create = rulesOf[kind]

  test('lets the limit through at once, and no more', () => {
    const limiter = createLimiter(create(5, 1000), 0)

    const answers = Array.from({ length: 7 }, () => limiter.take(0))
    expect(answers).toEqual([true, true, true, true, true, false, false])
    expect(limiter.remaining(0)).toBe(0)
  })

  test('has everything back after two spans of rest', () => {
    const limiter = createLimiter(create(5, 1000), 0)
    while (limiter.take(0));

    expect(limiter.remaining(2000)).toBe(5)
    expect(limiter.take(2000, 5)).toBe(true)
  })

  test('what is said to remain can be taken, and not one more', () => {
    let full = 0
    fc.assert(
      fc.property(limits, spans, steps, (limit, span, calls) => {
        const limiter = createLimiter(create(limit, span), 0)
        let now = 0
        for (const [passed, cost] of calls) {
          now += passed
          const remaining = limiter.remaining(now)
          expect(remaining).toBeGreaterThanOrEqual(0)
          expect(limiter.take(now, remaining + 1)).toBe(false)
          expect(limiter.waitMs(now, remaining)).toBe(0)
          expect(limiter.waitMs(now, remaining + 1)).toBeGreaterThan(0)
          expect(limiter.take(now, cost)).toBe(cost <= remaining)
          if (remaining === limit) full += 1
        }
      }),
      { seed: 1 },
    )
    expect(full).toBeGreaterThan(100)
  })

  test('who waits as long as told gets it, and not two milliseconds earlier', () => {
    let waits = 0
    fc.assert(
      fc.property(limits, spans, steps, (limit, span, calls) => {
        const limiter = createLimiter(create(limit, span), 0)
        let now = 0.25
        for (const [passed, most] of calls) {
          const cost = Math.min(limit, most)
          now += passed
          const wait = limiter.waitMs(now, cost)
          expect(Number.isInteger(wait)).toBe(true)
          if (wait > 2) expect(limiter.take(now + wait - 2, cost)).toBe(false)
          expect(limiter.take(now + wait, cost)).toBe(true)
          if (wait > 0) waits += 1
          now += wait
        }
      }),
      { seed: 2, numRuns: 300 },
    )
    expect(waits).toBeGreaterThan(500)
  })

  test('a refused take changes nothing', () => {
    fc.assert(
      fc.property(limits, spans, steps, (limit, span, calls) => {
        const one = createLimiter(create(limit, span), 0)
        const other = createLimiter(create(limit, span), 0)
        let now = 0
        for (const [passed, cost] of calls) {
          now += passed
          other.take(now, limit + 1)
          expect(one.take(now, cost)).toBe(other.take(now, cost))
        }
      }),
      { seed: 3 },
    )
  })

  test('over ten virtual years no more than limit per span passes, at any pace', () => {
    const year = 365 * 86_400_000
    const limiter = createLimiter(create(10, 86_400_000), 0)
    const random = seededRandom(9)
    let now = 0
    let taken = 0
    let tries = 0
    while (now < 10 * year) {
      now += random() * 7_200_000
      tries += 1
      if (limiter.take(now)) taken += 1
    }

    expect(tries).toBeGreaterThan(80_000)
    expect(taken).toBeLessThanOrEqual(10 * 3650 + 10)
    // Greedy takers get nearly all of it.
    expect(taken).toBeGreaterThan(10 * 3650 * 0.85)
  })

  test('a clock that goes back or breaks gives nothing back, and the next good reading is as if it had not', () => {
    const limiter = createLimiter(create(3, 1000), 50_000)
    limiter.take(50_000, 3)

    const broken = [40_000, 0, -1e15, Number.NaN, Infinity, -Infinity].map((now) =>
      limiter.take(now),
    )
    expect(broken).toEqual([false, false, false, false, false, false])
    expect(limiter.take(52_000, 3)).toBe(true)
  })

  test('one that began at no time works from the first good reading on', () => {
    for (const begin of [Number.NaN, Infinity, -Infinity]) {
      const limiter = createLimiter(create(3, 1000), begin)
      expect([limiter.take(70_000, 3), limiter.take(70_000), limiter.take(72_000, 3)]).toEqual([
        true,
        false,
        true,
      ])
    }
  })

  test('a cost above the limit is never let through, however large', () => {
    const limiter = createLimiter(create(3, 1000), 0)

    const costs = [4, 2 ** 53, 1e300, Infinity]
    expect(costs.map((cost) => limiter.take(0, cost))).toEqual([false, false, false, false])
    expect(costs.map((cost) => limiter.waitMs(0, cost))).toEqual(costs.map(() => Infinity))
    expect(limiter.remaining(0)).toBe(3)
  })

  test('nothing costs nothing', () => {
    const limiter = createLimiter(create(1, 1000), 0)
    limiter.take(0)

    expect([limiter.take(0, 0), limiter.waitMs(0, 0), limiter.remaining(1e9)]).toEqual([true, 0, 1])
  })

  test.each([-1, Number.NaN, -Infinity])('refuses a cost of %d', (cost) => {
    const limiter = createLimiter(create(1, 1000), 0)

    const code = expect.objectContaining({ code: 'ERR_RATE_LIMIT_COST' })
    expect(() => limiter.take(0, cost)).toThrow(code)
    expect(() => limiter.waitMs(0, cost)).toThrow(code)
  })

  test.each([
    [-1, 1000],
    [Number.NaN, 1000],
    [2.5, 1000],
    [2 ** 32, 1000],
    [1, 0],
    [1, -1],
    [1, Number.NaN],
    [1, Infinity],
  ])('refuses a limit of %d in %d ms', (limit, span) => {
    expect(() => create(limit, span)).toThrow(
      expect.objectContaining({ name: 'RateLimitError', code: 'ERR_RATE_LIMIT_OPTION' }),
    )
  })
})

test.each(['sliding-log', 'sliding-counter', 'fixed-window'] as const)(
  '%s counts, and refuses fractions',
  (kind) => {
    const limiter = createLimiter(rulesOf[kind](5, 1000), 0)
    expect(() => limiter.take(0, 0.5)).toThrow(
      expect.objectContaining({ code: 'ERR_RATE_LIMIT_COST' }),
    )
  },
)
