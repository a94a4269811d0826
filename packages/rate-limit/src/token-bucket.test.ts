import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLimiter } from './create-limiter.ts'
import { tokenBucket } from './token-bucket.ts'

/** The same bucket in exact fractions: tokens are counted in units of 1/(interval in microseconds). */
class ExactBucket {
  #level: bigint
  #last = 0n
  readonly #full: bigint
  readonly #perToken: bigint
  readonly #perMicrosecond: bigint

  constructor(maxTokens: number, tokensPerFill: number, intervalMs: number) {
    this.#perToken = BigInt(intervalMs) * 1000n
    this.#perMicrosecond = BigInt(tokensPerFill)
    this.#full = BigInt(maxTokens) * this.#perToken
    this.#level = this.#full
  }

  take(microseconds: bigint, cost: number): boolean {
    this.#level += (microseconds - this.#last) * this.#perMicrosecond
    this.#last = microseconds
    if (this.#level > this.#full) this.#level = this.#full
    const units = BigInt(cost) * this.#perToken
    if (units > this.#level) return false
    this.#level -= units
    return true
  }
}

test('agrees with exact fractions on every take', () => {
  let takes = 0
  let refused = 0
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 8000 }), fc.integer({ min: 0, max: 6 })), {
        minLength: 1,
        maxLength: 200,
        size: 'max',
      }),
      (maxTokens, tokensPerFill, fillIntervalMs, calls) => {
        const bucket = createLimiter(tokenBucket({ maxTokens, tokensPerFill, fillIntervalMs }), 0)
        const exact = new ExactBucket(maxTokens, tokensPerFill, fillIntervalMs)
        let now = 0
        for (const [passed, cost] of calls) {
          now += passed
          const expected = exact.take(BigInt(now) * 1000n, cost)
          takes += 1
          if (!expected) refused += 1
          expect(bucket.take(now, cost)).toBe(expected)
        }
      },
    ),
    { numRuns: 300, seed: 5 },
  )
  expect(takes).toBeGreaterThan(10_000)
  expect(refused).toBeGreaterThan(500)
})

test('a hundred years of takes at every kind of instant lose nothing to rounding', () => {
  const options = { maxTokens: 7, tokensPerFill: 3, fillIntervalMs: 700 }
  const bucket = createLimiter(tokenBucket(options), 0)
  const exact = new ExactBucket(7, 3, 700)
  const random = seededRandom(11)
  const century = 100 * 365 * 86_400_000
  let now = 0
  let taken = 0
  let tries = 0
  while (now < century) {
    // Bursts of instants that are no whole milliseconds, and leaps of days.
    now += tries % 100 === 0 ? Math.floor(random() * 2 * century) / 5000 : random() * 300
    const expected = exact.take(BigInt(Math.floor(now * 1000)), 1)
    expect(bucket.take(now)).toBe(expected)
    tries += 1
    if (expected) taken += 1
  }
  expect(tries).toBeGreaterThan(300_000)
  expect(taken).toBeLessThan(tries)
})

test('a greedy caller gets what the rate allows over ten years, to the token', () => {
  // 3 tokens in 7 ms, asked for every 11 ms: 33/7 tokens come in between and all are taken, up to the size of the bucket.
  const bucket = createLimiter(
    tokenBucket({ maxTokens: 10, tokensPerFill: 3, fillIntervalMs: 7 }),
    0,
  )
  const tenYears = 10 * 365 * 86_400_000
  let taken = 0
  const from = tenYears - 11 * 100_000
  for (let now = from; now <= tenYears; now += 11) while (bucket.take(now)) taken += 1

  expect(taken).toBe(10 + Math.floor((3 * 11 * 100_000) / 7))
})

test.each([
  // Ten tokens that come back one per 100 ms.
  { cost: 10, after: 0, wait: 1000 },
  { cost: 10, after: 950, wait: 50 },
  { cost: 10, after: 1000, wait: 0 },
  { cost: 1, after: 99.5, wait: 1 },
  { cost: 11, after: 0, wait: Infinity },
])('$cost tokens are to be had $wait ms from $after ms on', ({ cost, after, wait }) => {
  const bucket = createLimiter(tokenBucket({ maxTokens: 10, fillIntervalMs: 100 }), 0)
  bucket.take(0, 10)

  expect(bucket.waitMs(after, cost)).toBe(wait)
})

test('who waits as long as told gets the tokens, and not a millisecond earlier', () => {
  let waits = 0
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4_294_967_295 }),
      fc.integer({ min: 1, max: 4_294_967_295 }),
      fc.double({ min: 0.01, max: 1e10, noNaN: true }),
      fc.double({ min: 0, max: 1e12, noNaN: true }),
      (maxTokens, tokensPerFill, fillIntervalMs, now) => {
        const bucket = createLimiter(tokenBucket({ maxTokens, tokensPerFill, fillIntervalMs }), now)
        bucket.take(now, maxTokens)
        const wait = bucket.waitMs(now, 1)
        if (wait === 0) return
        waits += 1
        expect(bucket.waitMs(now + wait, 1)).toBe(0)
        if (wait > 2) expect(bucket.take(now + wait - 2, 1)).toBe(false)
        expect(bucket.take(now + wait, 1)).toBe(true)
      },
    ),
    { numRuns: 1000, seed: 7 },
  )
  expect(waits).toBeGreaterThan(500)
})

test('fractions of a token can be taken', () => {
  const bucket = createLimiter(tokenBucket({ maxTokens: 1, fillIntervalMs: 1000 }), 0)

  expect([bucket.take(0, 0.25), bucket.take(0, 0.75), bucket.take(0, 0.001)]).toEqual([
    true,
    true,
    false,
  ])
})

test('a clock that goes back or breaks gives nothing and takes nothing away', () => {
  const bucket = createLimiter(tokenBucket({ maxTokens: 2, fillIntervalMs: 1000 }), 10_000)
  bucket.take(10_000, 2)

  const broken = [9000, -5, Number.NaN, Infinity, -Infinity, 10_999].map((now) => bucket.take(now))
  expect(broken).toEqual([false, false, false, false, false, false])
  expect(bucket.take(11_000)).toBe(true)
})

test('a bucket that began at no time at all works from the first good reading on', () => {
  const bucket = createLimiter(tokenBucket({ maxTokens: 1, fillIntervalMs: 1000 }), Number.NaN)

  expect([bucket.take(5), bucket.take(5), bucket.take(1005)]).toEqual([true, false, true])
})

test('a bucket without room refuses everything that costs something', () => {
  const bucket = createLimiter(tokenBucket({ maxTokens: 0, fillIntervalMs: 1000 }), 0)

  expect([bucket.take(0), bucket.take(1e9), bucket.take(0, 0)]).toEqual([false, false, true])
  expect(bucket.waitMs(0)).toBe(Infinity)
})

test('the slowest bucket gets a token a year, as in Envoy', () => {
  const year = 365 * 86_400_000
  const bucket = createLimiter(tokenBucket({ maxTokens: 1, fillIntervalMs: 50 * year }), 0)
  bucket.take(0)

  expect([bucket.take(year - 1), bucket.take(year)]).toEqual([false, true])
})

test.each([
  { maxTokens: -1, fillIntervalMs: 1 },
  { maxTokens: Number.NaN, fillIntervalMs: 1 },
  { maxTokens: 1.5, fillIntervalMs: 1 },
  { maxTokens: 4_294_967_296, fillIntervalMs: 1 },
  { maxTokens: 1, fillIntervalMs: 0 },
  { maxTokens: 1, fillIntervalMs: Number.NaN },
  { maxTokens: 1, fillIntervalMs: Infinity },
  { maxTokens: 1, tokensPerFill: 0, fillIntervalMs: 1 },
])('refuses %o when it is made', (options) => {
  expect(() => tokenBucket(options)).toThrow(
    expect.objectContaining({ name: 'RateLimitError', code: 'ERR_RATE_LIMIT_OPTION' }),
  )
})

test.each([-1, Number.NaN])('refuses a cost of %d', (cost) => {
  const bucket = createLimiter(tokenBucket({ maxTokens: 1, fillIntervalMs: 1 }), 0)

  const code = expect.objectContaining({ code: 'ERR_RATE_LIMIT_COST' })
  expect(() => bucket.take(0, cost)).toThrow(code)
  expect(() => bucket.waitMs(0, cost)).toThrow(code)
})
