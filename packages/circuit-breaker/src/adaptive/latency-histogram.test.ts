import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LatencyHistogram } from './latency-histogram.ts'

function of(...values: number[]): LatencyHistogram {
  const histogram = new LatencyHistogram()
  for (const us of values) histogram.add(us)
  return histogram
}

test('interpolates within the bin that a quantile falls into', () => {
  // The bin of 123 goes from 120 to 130: one of four values is a quarter of it.
  expect(of(123, 123, 123, 123).quantile(0.25)).toBe(122)
  expect(of(123, 123, 123, 123).quantile(0.5)).toBe(125)
  expect(of(10_000).quantile(1)).toBe(11_000)
  expect(of(100, 5_000, 90_000).quantile(0.5)).toBe(5_050)
  expect(of(100, 100, 5_000, 5_000).quantile(0.5)).toBe(110)
})

test('of nothing, and of calls that took no time, is 0', () => {
  expect(of().quantile(0.5)).toBe(0)
  expect(of(0, 0).quantile(0.99)).toBe(0)
})

test('is within a tenth of the true quantile', () => {
  const values = fc.array(fc.integer({ min: 1, max: 10 ** 8 }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 100 }), (us, percent) => {
      const sorted = us.toSorted((a, b) => a - b)
      const rank = Math.ceil((percent / 100) * us.length) - 1
      const exact = sorted[rank] ?? 0
      const got = of(...us).quantile(percent / 100)
      expect(got).toBeGreaterThanOrEqual(Math.floor(exact * 0.9))
      expect(got).toBeLessThanOrEqual(Math.ceil(exact * 1.1))
    }),
    { numRuns: 2_000, seed: 3 },
  )
})
