import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BackOff } from './back-off.ts'

test('waits double up to their longest, and start over after a success', () => {
  const backOff = new BackOff(500, 30_000, () => 0.5)
  expect(Array.from({ length: 8 }, () => backOff.next())).toEqual([
    250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000,
  ])
  backOff.reset()
  expect(backOff.next()).toBe(250)
})

test('no wait is longer than allowed, whatever is drawn and however often it failed', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 2000 }), (seed, failures) => {
      const backOff = new BackOff(500, 30_000, seededRandom(seed))
      const waits = Array.from({ length: failures }, () => backOff.next())
      return waits.every((wait) => wait >= 0 && wait < 30_000)
    }),
    { numRuns: 50 },
  )
})
