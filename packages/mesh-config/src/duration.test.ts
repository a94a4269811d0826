import { expect, test } from 'vitest'
import { durationFrom, durationMs } from './duration.ts'

test.each([
  ['5s', 5000, '5s'],
  ['0s', 0, '0s'],
  ['0', 0, '0s'],
  ['1.5s', 1500, '1.500s'],
  ['250ms', 250, '0.250s'],
  ['1h30m', 5_400_000, '5400s'],
  ['24h', 86_400_000, '86400s'],
  ['1m0.5s', 60_500, '60.500s'],
  ['15us', 0.015, '0.000015s'],
  ['1.000000001s', 1000.000001, '1.000000001s'],
])('reads %s', (text, ms, canonical) => {
  expect(durationFrom(text)).toEqual({ ms: expect.closeTo(ms, 6), canonical })
})

test.each([
  '',
  's',
  '5',
  '-5s',
  '5 s',
  '5x',
  '1e3s',
  '5s5',
  '1.s',
  '9999999999999999999999h',
  '٣s',
])('takes %j for no duration', (text) => {
  expect(durationMs(text)).toBeUndefined()
})
