import fc from 'fast-check'
import { expect, test } from 'vitest'
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
