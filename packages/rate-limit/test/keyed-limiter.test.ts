import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import {
  createKeyedLimiter,
  createLimiter,
  createMemoryStore,
  type Limiter,
  slidingLog,
  tokenBucket,
} from '../src/index.ts'
import { kinds, rulesOf } from './rules.ts'

const perSecond = tokenBucket({ maxTokens: 2, tokensPerFill: 2, fillIntervalMs: 1000 })

test.each(kinds)('each key has a %s of its own', (kind) => {
  const rule = rulesOf[kind](3, 500)
  const keyed = createKeyedLimiter(rule)
  const apart = new Map<string, Limiter>()
  const random = seededRandom(2)
  let now = 0
  let refused = 0
  for (let i = 0; i < 5000; i++) {
    now += random() * 20
    const key = `key ${Math.floor(random() ** 2 * 40)}`
    const limiter = apart.get(key) ?? createLimiter(rule, now)
    apart.set(key, limiter)
    const expected = limiter.take(now)
    if (!expected) refused += 1
    expect(keyed.take(key, now)).toBe(expected)
    expect(keyed.remaining(key, now)).toBe(limiter.remaining(now))
    expect(keyed.waitMs(key, now)).toBe(limiter.waitMs(now))
  }
  expect(keyed.size).toBe(apart.size)
  expect(refused).toBeGreaterThan(300)
})

test('a key that is not known has everything, and asking does not make it known', () => {
  const keyed = createKeyedLimiter(perSecond)

  expect([keyed.remaining('a', 5), keyed.waitMs('a', 5, 2), keyed.size]).toEqual([2, 0, 0])
})

describe('at the bound', () => {
  test('the key that was used longest ago is forgotten, and begins anew', () => {
    const keyed = createKeyedLimiter(perSecond, { maxKeys: 2 })
    keyed.take('a', 0, 2)
    keyed.take('b', 1, 2)
    // Used again, if in vain.
    keyed.take('a', 2)

    expect(keyed.take('c', 3)).toBe(true)
    expect([keyed.size, keyed.forgotten]).toEqual([2, 1])
    expect([keyed.take('a', 4), keyed.take('b', 4)]).toEqual([false, true])
  })

  test('a key that has everything back is forgotten without loss', () => {
    const keyed = createKeyedLimiter(perSecond, { maxKeys: 1, atBound: 'refuse' })
    keyed.take('a', 0, 2)

    expect(keyed.take('b', 999)).toBe(false)
    expect(keyed.take('b', 1000)).toBe(true)
    expect([keyed.forgotten, keyed.refused, keyed.size]).toEqual([0, 1, 1])
  })

  test('with refusal no key gets more than its limit, whoever else comes', () => {
    const keyed = createKeyedLimiter(perSecond, { maxKeys: 3, atBound: 'refuse' })
    const random = seededRandom(8)
    let now = 0
    const takes = new Map<string, number[]>()
    for (let i = 0; i < 20_000; i++) {
      now += random() * 50
      const key = String(Math.floor(random() * 12))
      if (keyed.take(key, now)) takes.set(key, [...(takes.get(key) ?? []).slice(-40), now])
    }
    let checked = 0
    for (const times of takes.values()) {
      // A burst of two, and two more for each second.
      for (const [i, at] of times.entries()) {
        const inSecond = times.slice(i).filter((it) => it < at + 1000).length
        expect(inSecond).toBeLessThanOrEqual(4)
        checked += 1
      }
    }
    expect(checked).toBeGreaterThan(300)
    expect(keyed.refused).toBeGreaterThan(1000)
    expect(keyed.forgotten).toBe(0)
  })

  test('the order of use is that of a plain list, over a million random uses', () => {
    const keyed = createKeyedLimiter(tokenBucket({ maxTokens: 1, fillIntervalMs: 1e9 }), {
      maxKeys: 50,
    })
    const random = seededRandom(12)
    const recent: string[] = []
    let forgotten = 0
    for (let i = 0; i < 100_000; i++) {
      const key = `k${Math.floor(random() * 70)}`
      const known = recent.indexOf(key)
      if (known >= 0) recent.splice(known, 1)
      else if (recent.length === 50) {
        recent.shift()
        forgotten += 1
      }
      recent.push(key)
      // A key that was forgotten has its token again.
      expect(keyed.take(key, 0)).toBe(known < 0)
    }
    expect(keyed.forgotten).toBe(forgotten)
    expect(forgotten).toBeGreaterThan(10_000)
  })
})

test.each([
  { maxKeys: 0 },
  { maxKeys: Number.NaN },
  { maxKeys: 2 ** 32 },
  // 200 004 numbers for each key.
  { maxKeys: 2000, rule: slidingLog({ limit: 100_000, windowMs: 1 }) },
  { atBound: 'panic' as 'forget' },
])('refuses $maxKeys keys and $atBound at the bound', ({ rule = perSecond, ...options }) => {
  expect(() => createKeyedLimiter(rule, options)).toThrow(
    expect.objectContaining({ code: 'ERR_RATE_LIMIT_OPTION' }),
  )
})

test('a store counts each rule apart and tells what a client may know', () => {
  const store = createMemoryStore()
  const other = tokenBucket({ maxTokens: 1, fillIntervalMs: 10 })
  const ask = (now: number, rule = perSecond) => store.take({ rule, key: 'a', now })

  expect(ask(0)).toEqual({ allowed: true, limit: 2, remaining: 1, waitMs: 0, resetMs: 500 })
  expect(ask(0, other)).toMatchObject({ allowed: true, remaining: 0 })
  expect(ask(0)).toMatchObject({ allowed: true, remaining: 0, resetMs: 1000 })
  expect(ask(250)).toEqual({ allowed: false, limit: 2, remaining: 0, waitMs: 250, resetMs: 750 })
})

test('a rule of many numbers for each key needs no other options than one of few', () => {
  const rule = slidingLog({ limit: 100_000, windowMs: 1000 })
  const limiter = createKeyedLimiter(rule)
  expect(limiter.take('a', 0)).toBe(true)
  expect(createMemoryStore().take({ rule, key: 'a', now: 0 }).remaining).toBe(99_999)
  const bad = expect.objectContaining({ code: 'ERR_RATE_LIMIT_OPTION' })
  expect(() => createKeyedLimiter(rule, { maxKeys: 100_000 })).toThrow(bad)
})
