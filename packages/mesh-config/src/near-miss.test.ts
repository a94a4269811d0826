import { expect, test } from 'vitest'
import { nearMiss } from './near-miss.ts'

test.each([
  ['destinaton', ['destination', 'weight'], 'destination'],
  ['hots', ['host', 'hosts'], 'host'],
  ['timeuot', ['timeout'], 'timeout'],
  ['HOSTS', ['hosts'], 'hosts'],
  ['zzz', ['host'], undefined],
  ['host', [], undefined],
  ['a.very.long.name.test', ['z.quite.other.name.test'], undefined],
])('%s is near %j: %s', (word, candidates, expected) => {
  expect(nearMiss(word, candidates)).toBe(expected)
})

test('compares no names of excessive length', () => {
  expect(nearMiss('a'.repeat(100_000), ['a'.repeat(100_001)])).toBeUndefined()
})
