import { seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { accepts } from './accepts.ts'
import { intRange } from './int-range.ts'
import { universes } from './universes.ts'
import { witnessOf } from './witness-of.ts'

const random = seededRandom(7)
const below = (limit: number): number => Math.floor(random() * limit)

/** What `range_match` says: the whole value is an integer within the bounds. */
function inRange(text: string, start: bigint, end: bigint): boolean {
  const trimmed = text.replace(/^[\t-\r ]+|[\t-\r ]+$/g, '')
  if (!/^[+-]?\d+$/.test(trimmed)) return false
  const value = BigInt(trimmed.replace('+', ''))
  return value >= start && value < end
}

function anyInteger(): bigint {
  const digits = 1 + below(below(4) === 0 ? 18 : 4)
  const magnitude = BigInt(Array.from({ length: digits }, () => below(10)).join(''))
  return below(2) === 0 ? magnitude : -magnitude
}

function textNear(value: bigint): string {
  const near = value + BigInt(below(5) - 2)
  const magnitude = `${'0'.repeat(below(4) === 0 ? below(40) : 0)}${near < 0n ? -near : near}`
  const sign = near < 0n ? '-' : (['', '', '+', '-'][below(4)] ?? '')
  return `${['', '', ' ', '\t'][below(4)]}${sign}${magnitude}${['', '', ' ', '\u00a0', 'x', '.0'][below(6)]}`
}

test('a range of integers holds what the header matcher takes, for a hundred ranges and their edges', () => {
  let taken = 0
  let compared = 0
  for (let round = 0; round < 100; round++) {
    const [a, b] = [anyInteger(), anyInteger()]
    const [start, end] = below(8) === 0 || a < b ? [a, b] : [b, a]
    const language = intRange(start, end)
    for (const bound of [start, end, 0n, (start + end) / 2n]) {
      for (const text of [textNear(bound), textNear(bound), String(bound)]) {
        const expected = inRange(text, start, end)
        compared++
        if (expected) taken++
        expect(accepts(language, text), `${JSON.stringify(text)} in [${start}, ${end})`).toBe(
          expected,
        )
      }
    }
  }
  expect(compared).toBe(1_200)
  expect(taken).toBeGreaterThan(300)
})

test('a range of all 64-bit integers takes as many zeros in front as there are', () => {
  const all = intRange(-(2n ** 63n), 2n ** 63n - 1n)
  expect(accepts(all, '9223372036854775806')).toBe(true)
  expect(accepts(all, '9223372036854775807')).toBe(false)
  expect(accepts(all, '-9223372036854775808')).toBe(true)
  expect(accepts(all, '-9223372036854775809')).toBe(false)
  expect(accepts(all, `-${'0'.repeat(40)}9223372036854775808`)).toBe(true)
  expect(accepts(all, `${'0'.repeat(40)}9223372036854775808`)).toBe(false)
})

test('the witness of a range is a shortest number in it', () => {
  expect(witnessOf(intRange(100n, 200n), universes.headerValues)).toEqual({ witness: '100' })
  expect(witnessOf(intRange(-20n, -3n), universes.headerValues)).toEqual({ witness: '-4' })
  expect(witnessOf(intRange(5n, 5n), universes.headerValues)).toEqual({ witness: undefined })
})
