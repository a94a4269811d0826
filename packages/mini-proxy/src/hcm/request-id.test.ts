import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RequestIds } from './request-id.ts'

const version4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('an id is a UUID of version 4, whatever is drawn', () => {
  const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(fc.tuple(draw, draw, draw, draw), (drawn) => {
      const rest = [...drawn]
      return version4.test(new RequestIds(() => rest.shift() ?? 0).next())
    }),
  )
})

test('the digits are those of the draws, in their order', () => {
  const draws = [0x0123_4567, 0x89ab_cdef, 0xfedc_ba98, 0x7654_3210]
  const ids = new RequestIds(() => (draws.shift() ?? 0) / 2 ** 32)
  expect(ids.next()).toBe('01234567-89ab-4def-bedc-ba9876543210')
})

test('every bit that is free takes both values', () => {
  const ids = new RequestIds(seededRandom(1))
  const drawn = Array.from({ length: 200 }, () => BigInt(`0x${ids.next().replaceAll('-', '')}`))
  const [ones, zeros] = [drawn.reduce((all, id) => all | id), drawn.reduce((all, id) => all & id)]
  // Six bits are fixed: 0100 for the version, 10 for the variant.
  expect(ones.toString(2)).toBe(`${'1'.repeat(48)}0100${'1'.repeat(12)}10${'1'.repeat(62)}`)
  expect(zeros).toBe(0x4000_8000_0000_0000_0000n)
})

test('ten thousand ids are ten thousand', () => {
  const ids = new RequestIds(seededRandom(2))
  expect(new Set(Array.from({ length: 10_000 }, () => ids.next())).size).toBe(10_000)
})
