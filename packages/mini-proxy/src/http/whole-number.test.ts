import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wholeNumber } from './whole-number.ts'

test('reads what is digits and nothing else, as many as may be', () => {
  const texts = fc.oneof(
    fc.stringMatching(/^\d{0,17}$/),
    fc.stringMatching(/^[\d +.e-]{0,8}$/),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(texts, (text) => {
      expect(wholeNumber(text, 15)).toBe(/^\d{1,15}$/.test(text) ? Number(text) : undefined)
    }),
  )
})

test('what is beyond the numbers that are exact stays beyond them', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{16}$/), (text) => {
      const exact = Number.isSafeInteger(Number(text))
      expect(Number.isSafeInteger(wholeNumber(text, 16))).toBe(exact)
      if (exact) expect(wholeNumber(text, 16)).toBe(Number(text))
    }),
  )
})
