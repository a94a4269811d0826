import { intRange } from '../language/int-range.ts'
import type { TextTest } from './text-test.ts'

/** The test of `range_match`, from `start` up to, but not including, `end`: 64-bit integers; what is none counts as 0. */
export function integerRange(start: unknown, end: unknown): TextTest {
  const from = int64(start)
  const to = int64(end)
  return { language: intRange(from, to), description: `is in [${from}, ${to})` }
}

function int64(value: unknown): bigint {
  return (typeof value === 'string' || typeof value === 'number') &&
    /^-?\d{1,19}$/.test(String(value))
    ? BigInt(value)
    : 0n
}
