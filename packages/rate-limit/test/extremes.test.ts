import { describe, expect, test } from 'vitest'
import { createLimiter } from '../src/index.ts'
import { kinds, rulesOf } from './rules.ts'

const mostOf = { 'sliding-log': 100_000 } as Readonly<Record<string, number>>
const century = 100 * 365 * 86_400_000
const times = [
  0,
  1e-9,
  0.5,
  1,
  1e3,
  1e12,
  century,
  2 ** 53,
  1e300,
  -1e300,
  -1,
  Number.NaN,
  Infinity,
]
const costs = [0, 1, 2, 100_000, 4_294_967_295, 2 ** 53, Infinity]

describe.each(kinds)('%s', (kind) => {
  const limits = [1, mostOf[kind] ?? 4_294_967_295]
  const spans = [0.001, 0.7, 1000, century]
  const pairs = limits.flatMap((limit) => spans.map((span) => [limit, span] as const))

  test.each(pairs)(
    '%d in %d ms: every answer is a number, whatever the clock and the cost',
    (limit, span) => {
      const limiter = createLimiter(rulesOf[kind](limit, span), 0)
      let answers = 0
      for (const now of [...times, ...times.toReversed()]) {
        for (const cost of costs) {
          const wait = limiter.waitMs(now, cost)
          limiter.take(now, cost)
          const remaining = limiter.remaining(now)
          expect(wait >= 0).toBe(true)
          expect(remaining >= 0 && remaining <= limit).toBe(true)
          answers += 1
        }
      }
      expect(answers).toBe(2 * times.length * costs.length)
      expect(limiter.state().some(Number.isNaN)).toBe(false)
    },
  )
})
