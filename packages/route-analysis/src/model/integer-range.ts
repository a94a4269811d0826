import type { TextTest } from './text-test.ts'
import { regexTest } from './text-test.ts'

/**
 * The texts that are an integer from `start` up to, but not including, `end`, as `range_match` reads them: a sign, leading
 * zeros and 19 digits at most. 64-bit integers; what is none counts as 0.
 */
export function integerRange(start: unknown, end: unknown): TextTest {
  const from = int64(start)
  const to = int64(end)
  return {
    language: regexTest(rangePattern(from, to - 1n)).language,
    description: `is in [${from}, ${to})`,
  }
}

function int64(value: unknown): bigint {
  return (typeof value === 'string' || typeof value === 'number') &&
    /^-?\d{1,19}$/.test(String(value))
    ? BigInt(value)
    : 0n
}

/** Matches nothing. */
const nothing = '[^\\x00-\\x{10FFFF}]'

/** The pattern of the integers from `low` to `high`, both included. */
function rangePattern(low: bigint, high: bigint): string {
  if (low > high) return nothing
  const parts: string[] = []
  if (high >= 0n) parts.push(`\\+?(?:${magnitudes(low > 0n ? low : 0n, high)})`)
  if (low <= 0n) parts.push(`-(?:${magnitudes(high < 0n ? -high : 0n, -low)})`)
  return parts.join('|')
}

const mostDigits = 19

/** Natural numbers from `low` to `high`, with leading zeros up to 19 digits. */
function magnitudes(low: bigint, high: bigint): string {
  const parts: string[] = []
  for (let digits = 1; digits <= mostDigits; digits++) {
    const least = digits === 1 ? 0n : 10n ** BigInt(digits - 1)
    const most = 10n ** BigInt(digits) - 1n
    const from = low > least ? low : least
    const to = high < most ? high : most
    if (from > to) continue
    const zeros = mostDigits - digits
    const lead = zeros === 0 ? '' : `0{0,${zeros}}`
    parts.push(`${lead}(?:${sameLength(String(from), String(to))})`)
  }
  return parts.length === 0 ? nothing : parts.join('|')
}

/** Numbers of equal length between two such: the pattern splits where the bounds part. */
function sameLength(from: string, to: string): string {
  if (from === to) return from
  const [a = '0', b = '9'] = [from[0], to[0]]
  const rest = from.length - 1
  if (rest === 0) return `[${a}-${b}]`
  if (a === b) return `${a}(?:${sameLength(from.slice(1), to.slice(1))})`
  const parts = [`${a}(?:${sameLength(from.slice(1), '9'.repeat(rest))})`]
  const after = Number(a) + 1
  const before = Number(b) - 1
  if (after <= before) parts.push(`[${after}-${before}]\\d{${rest}}`)
  parts.push(`${b}(?:${sameLength('0'.repeat(rest), to.slice(1))})`)
  return parts.join('|')
}
