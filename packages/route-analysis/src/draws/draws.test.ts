import fc from 'fast-check'
import { expect, test } from 'vitest'
import { drawWithin } from './draw-within.ts'
import { representativeDraws } from './draws.ts'

test('a draw of each piece stands for exactly as many draws as behave like it', () => {
  const rule = fc.constantFrom(2, 3, 4, 10, 12).chain((modulus) =>
    fc.record({
      modulus: fc.constant(modulus),
      thresholds: fc.uniqueArray(fc.integer({ min: 1, max: modulus }), { maxLength: 3 }),
    }),
  )
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 4 }), (rules) => {
      const behaviour = (random: number) =>
        rules
          .map(({ modulus, thresholds }) => thresholds.map((at) => random % modulus < at).join())
          .join(';')
      // 60 is a multiple of every modulus above.
      const counted = new Map<string, number>()
      for (let random = 0; random < 60; random++) {
        counted.set(behaviour(random), (counted.get(behaviour(random)) ?? 0) + 1 / 60)
      }
      const shares = new Map<string, number>()
      for (const { random, share } of representativeDraws(rules)) {
        shares.set(behaviour(random), (shares.get(behaviour(random)) ?? 0) + share)
      }
      expect([...shares.keys()].sort()).toEqual([...counted.keys()].sort())
      for (const [kind, share] of shares) expect(share).toBeCloseTo(counted.get(kind) ?? 0, 9)
    }),
  )
})

test('beyond the bound so many draws are taken at even distances', () => {
  const rules = [997, 991, 983].map((modulus) => ({ modulus, thresholds: [1] }))

  const draws = representativeDraws(rules)

  expect(draws).toHaveLength(512)
  expect(draws.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
})

test('a draw within ranges and weights is found exactly if there is one', () => {
  const period = fc.constantFrom(1, 2, 6, 10, 12)
  const part = fc.constantFrom(1, 3, 4, 7, 10).chain((total) =>
    fc.record({
      total: fc.constant(total),
      low: fc.integer({ min: 0, max: total - 1 }),
      width: fc.integer({ min: 1, max: total }),
    }),
  )
  fc.assert(
    fc.property(period, fc.nat(11), fc.integer({ min: 1, max: 12 }), part, (of, at, width, it) => {
      const from = at % of
      const ranges = [[from, Math.min(of, from + width)]] as const
      const weight = { low: it.low, high: Math.min(it.total, it.low + it.width), total: it.total }
      const fits = (draw: number) =>
        draw % of >= ranges[0][0] &&
        draw % of < ranges[0][1] &&
        draw % it.total >= weight.low &&
        draw % it.total < weight.high
      const any = Array.from({ length: of * it.total }, (_, draw) => draw).some(fits)

      const found = drawWithin(ranges, of, weight)

      expect(found !== undefined).toBe(any)
      if (found !== undefined) expect(fits(found)).toBe(true)
    }),
  )
})

test('a draw is found among weights as large as they may be', () => {
  const weight = { low: 4_294_967_294, high: 4_294_967_295, total: 4_294_967_295 }
  const found = drawWithin([[999_999, 1_000_000]], 1_000_000, weight) ?? 0

  expect([found % 1_000_000, found % weight.total]).toEqual([999_999, weight.low])
})
