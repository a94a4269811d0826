import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BackOffOptions, backOff } from './back-off.ts'

const intervals = (options: BackOffOptions, count: number): number[] => {
  const waits = backOff(options)
  // The largest draw there is tells the interval that was drawn from.
  return Array.from({ length: count }, () => waits.nextMs(() => 1 - 2 ** -53) + 1)
}

test.each([
  { options: {}, expected: [25, 50, 100, 200, 250, 250] },
  { options: { baseMs: 25, maxMs: 25 }, expected: [25, 25] },
  { options: { baseMs: 1, maxMs: 5 }, expected: [1, 2, 4, 5, 5] },
  { options: { baseMs: 100, maxMs: 150 }, expected: [100, 150, 150] },
])('the intervals of $options are $expected', ({ options, expected }) => {
  expect(intervals(options, expected.length)).toEqual(expected)
})

test('every wait is a whole number below its interval, whatever is drawn', () => {
  let waits = 0
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 0, max: 100_000 }),
      fc.integer(),
      (baseMs, more, seed) => {
        const random = seededRandom(seed)
        const back = backOff({ baseMs, maxMs: baseMs + more })
        for (let retry = 0; retry < 60; retry++) {
          const wait = back.nextMs(random)
          waits += 1
          expect(Number.isInteger(wait) && wait >= 0 && wait < baseMs + more).toBe(true)
        }
      },
    ),
    { seed: 3 },
  )
  expect(waits).toBe(6000)
})

test('waits are spread evenly over their interval: chi-square at 99.9 %, and a planted bias is rejected', () => {
  // 9 degrees of freedom.
  const critical = 27.877
  const chiSquare = (draw: () => number): number => {
    const counts = Array.from({ length: 10 }, () => 0)
    for (let i = 0; i < 10_000; i++) {
      const bucket = Math.floor(backOff({ baseMs: 1000 }).nextMs(draw) / 100)
      counts[bucket] = (counts[bucket] ?? 0) + 1
    }
    return counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
  }
  const random = seededRandom(42)

  expect(chiSquare(random)).toBeLessThan(critical)
  expect(chiSquare(() => random() ** 1.1)).toBeGreaterThan(critical)
})

test.each([
  { baseMs: 0 },
  { baseMs: Number.NaN },
  { baseMs: -1 },
  { baseMs: 50, maxMs: 49 },
  { maxMs: Infinity },
])('refuses %o', (options) => {
  expect(() => backOff(options)).toThrow(expect.objectContaining({ code: 'ERR_RESILIENCE_OPTION' }))
})
