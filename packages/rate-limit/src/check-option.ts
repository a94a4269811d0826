import { RateLimitError } from './errors.ts'

/** What an option may be. */
interface Range {
  readonly from: number
  readonly to: number
  readonly whole: boolean
}

/** The most that Envoy's 32-bit fields can say. */
const maxUint32 = 0xffff_ffff

/** A microsecond: shorter spans are not told apart. */
const shortestMs = 0.001
/** A hundred years of 365 days. */
const longestMs = 100 * 365 * 86_400_000

/** A whole number from `from` to `to`. */
export function checkCount(name: string, value: number, from = 1, to: number = maxUint32): number {
  return check(name, value, { from, to, whole: true })
}

/** A span of at least a microsecond and at most a hundred years. */
export function checkSpan(name: string, value: number): number {
  return check(name, value, { from: shortestMs, to: longestMs, whole: false })
}

function check(name: string, value: number, { from, to, whole }: Range): number {
  if (value >= from && value <= to && (!whole || Number.isInteger(value))) return value
  const expected = `a ${whole ? 'whole ' : ''}number from ${from} to ${to}`
  throw new RateLimitError('ERR_RATE_LIMIT_OPTION', name, { expected, got: value })
}
