import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createLimiter,
  fixedWindow,
  gcra,
  type LimitRule,
  slidingCounter,
  slidingLog,
  tokenBucket,
} from '../src/index.ts'

type Oracle = (now: number, cost: number) => boolean

/** Plays the same calls to a rule and to its definition, written down in the plainest way. */
function compare(pair: (limit: number, span: number, burst: number) => [LimitRule, Oracle]): {
  taken: number
  refused: number
} {
  const counts = { taken: 0, refused: 0 }
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 800 }),
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.tuple(fc.nat(300), fc.nat(3)), { minLength: 5, maxLength: 150, size: 'max' }),
      (limit, span, burst, calls) => {
        const [rule, oracle] = pair(limit, span, burst)
        const limiter = createLimiter(rule, 0)
        let now = 0
        for (const [passed, cost] of calls) {
          now += passed
          const expected = oracle(now, cost)
          counts[expected ? 'taken' : 'refused'] += 1
          expect(limiter.take(now, cost)).toBe(expected)
        }
      },
    ),
    { numRuns: 200, seed: 4 },
  )
  expect(counts.taken).toBeGreaterThan(2000)
  expect(counts.refused).toBeGreaterThan(500)
  return counts
}

/** Virtual scheduling: arrival times in units of 1/limit of a millisecond, so that everything is whole. */
function virtualScheduling(limit: number, span: number, burst: number): Oracle {
  let arrival = 0n
  const each = BigInt(span)
  return (now, cost) => {
    const time = BigInt(now) * BigInt(limit)
    const from = arrival > time ? arrival : time
    const next = from + BigInt(cost) * each
    if (next - time > BigInt(burst) * each) return false
    arrival = next
    return true
  }
}

function log(limit: number, span: number): Oracle {
  const takes: number[] = []
  return (now, cost) => {
    const recent = takes.filter((at) => at > now - span).length
    if (recent + cost > limit) return false
    for (let i = 0; i < cost; i++) takes.push(now)
    return true
  }
}

function windows(limit: number, span: number): Oracle {
  const counts = new Map<number, number>()
  return (now, cost) => {
    const window = Math.floor(now / span)
    const used = counts.get(window) ?? 0
    if (used + cost > limit) return false
    counts.set(window, used + cost)
    return true
  }
}

function weighted(limit: number, span: number): Oracle {
  const counts = new Map<number, number>()
  return (now, cost) => {
    const window = Math.floor(now / span)
    const used = counts.get(window) ?? 0
    // The share of the window before that is left, in milliseconds.
    const before = (counts.get(window - 1) ?? 0) * (span - (now % span))
    if (before + (used + cost) * span > limit * span) return false
    counts.set(window, used + cost)
    return true
  }
}

test('GCRA is virtual scheduling', () => {
  compare((limit, periodMs, burst) => [
    gcra({ limit, periodMs, burst }),
    virtualScheduling(limit, periodMs, burst),
  ])
})

test('the token bucket is GCRA seen from the other side', () => {
  compare((limit, span, burst) => [
    tokenBucket({ maxTokens: burst, tokensPerFill: limit, fillIntervalMs: span }),
    virtualScheduling(limit, span, burst),
  ])
})

test('the sliding log counts the takes of the last window', () => {
  compare((limit, windowMs) => [slidingLog({ limit, windowMs }), log(limit, windowMs)])
})

test('the fixed window counts the takes of the present window', () => {
  compare((limit, windowMs) => [fixedWindow({ limit, windowMs }), windows(limit, windowMs)])
})

test('the sliding counter weighs the window before by what is left of it', () => {
  compare((limit, windowMs) => [slidingCounter({ limit, windowMs }), weighted(limit, windowMs)])
})

test('the comparison rejects a planted fault: a log that forgets at the end of the window and not after it', () => {
  const early = (limit: number, span: number): Oracle => log(limit, span - 1)

  expect(() =>
    compare((limit, windowMs) => [slidingLog({ limit, windowMs }), early(limit, windowMs)]),
  ).toThrow()
})

test('the state of a limiter goes on elsewhere', () => {
  const rule = tokenBucket({ maxTokens: 5, fillIntervalMs: 100 })
  const limiter = createLimiter(rule, 0)
  limiter.take(0, 4)

  const state = Float64Array.from(limiter.state())
  expect(rule.remaining(state, 0, 100)).toBe(2)
  expect(state.length).toBe(rule.stateSize)
})
