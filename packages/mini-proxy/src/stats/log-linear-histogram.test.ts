import { seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { LogLinearHistogram } from './log-linear-histogram.ts'

test('every value lies in a bin that is no wider than a tenth of it', () => {
  const random = seededRandom(1)
  const edges = [
    1e-6, 1e-3, 0.01, 0.0999, 0.1, 0.5, 0.999, 1, 1.1, 9.99, 10, 99.9, 100, 999_999, 1e6, 1e9,
  ]
  const drawn = Array.from({ length: 5000 }, () => 10 ** (random() * 16 - 6))
  for (const value of [...edges, ...drawn]) {
    const histogram = new LogLinearHistogram()
    histogram.record(value)
    const [lower, upper] = [histogram.quantile(0), histogram.quantile(1)]
    const slack = value * 1e-6
    expect(lower, `${value}`).toBeLessThanOrEqual(value + slack)
    expect(upper, `${value}`).toBeGreaterThanOrEqual(value - slack)
    expect(upper - lower, `${value}`).toBeLessThanOrEqual(value * 0.1 + slack)
  }
})
