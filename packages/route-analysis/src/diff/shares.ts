/** A number of draws, exact. */
export interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

/**
 * The share of draws that are in some of the ranges modulo a period and, modulo the total of weights, from `low` up to, not
 * including, `high`.
 *
 * Exact: both remainders of a draw agree modulo the greatest common divisor, and otherwise come in every pair equally often.
 */
export function shareOf(
  ranges: readonly (readonly [from: number, to: number])[],
  period: number,
  weight: { readonly low: number; readonly high: number; readonly total: number },
): Fraction {
  const { low, high, total } = weight
  const common = gcd(period, total)
  let pairs = 0n
  for (let remainder = 0; remainder < common; remainder++) {
    const ofWeight = countBelow(high, remainder, common) - countBelow(low, remainder, common)
    if (ofWeight === 0) continue
    let ofDraw = 0
    for (const [from, to] of ranges) {
      ofDraw += countBelow(to, remainder, common) - countBelow(from, remainder, common)
    }
    pairs += BigInt(ofWeight) * BigInt(ofDraw)
  }
  return { numerator: pairs, denominator: (BigInt(period) * BigInt(total)) / BigInt(common) }
}

/** The sum of two shares. */
export function addShares(a: Fraction, b: Fraction): Fraction {
  return {
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  }
}

/** Equal for equal shares. */
export function shareKey({ numerator, denominator }: Fraction): string {
  let [a, b] = [numerator, denominator]
  while (b !== 0n) [a, b] = [b, a % b]
  return `${numerator / a}/${denominator / a}`
}

/** Natural numbers below `end` that leave this remainder. */
function countBelow(end: number, remainder: number, divisor: number): number {
  return end <= remainder ? 0 : Math.floor((end - remainder - 1) / divisor) + 1
}

function gcd(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y !== 0) [x, y] = [y, x % y]
  return x
}
