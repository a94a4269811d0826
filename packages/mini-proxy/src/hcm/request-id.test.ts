import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { requestId } from './request-id.ts'

const version4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('an id is a UUID of version 4, whatever is drawn', () => {
  const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(fc.tuple(draw, draw, draw, draw), (drawn) => {
      const rest = [...drawn]
      return version4.test(requestId(() => rest.shift() ?? 0))
    }),
  )
})

test('every bit that is free takes both values', () => {
  const random = seededRandom(1)
  const ids = Array.from({ length: 200 }, () =>
    BigInt(`0x${requestId(random).replaceAll('-', '')}`),
  )
  const [ones, zeros] = [ids.reduce((all, id) => all | id), ids.reduce((all, id) => all & id)]
  // Six bits are fixed: 0100 for the version, 10 for the variant.
  expect(ones.toString(2)).toBe(`${'1'.repeat(48)}0100${'1'.repeat(12)}10${'1'.repeat(62)}`)
  expect(zeros).toBe(0x4000_8000_0000_0000_0000n)
})

test('ten thousand ids are ten thousand', () => {
  const random = seededRandom(2)
  expect(new Set(Array.from({ length: 10_000 }, () => requestId(random))).size).toBe(10_000)
})
