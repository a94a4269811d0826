/** A part of the weights: draws that modulo the total are from `low` up to, not including, `high`. */
export interface WeightRange {
  readonly low: number
  readonly high: number
  readonly total: number
}

/**
 * A draw that is in one of the ranges modulo a period, and modulo the total of weights in a part of them; undefined if there
 * is none. Exact: both remainders agree modulo the greatest common divisor, and any two that do have a draw.
 */
export function drawWithin(
  ranges: readonly (readonly [from: number, to: number])[],
  period: number,
  { low, high, total }: WeightRange,
): number | undefined {
  const common = greatestCommonDivisor(period, total)
  for (const [from, to] of ranges) {
    for (let remainder = from; remainder < Math.min(to, from + common); remainder++) {
      const weight = low + modulo(remainder - low, common)
      if (weight < high) return drawOf(remainder, period, weight, total)
    }
  }
  return undefined
}

/** The least draw with these remainders, which agree modulo the common divisor of period and total (Chinese remainders). */
function drawOf(remainder: number, period: number, weight: number, total: number): number {
  const common = greatestCommonDivisor(period, total)
  const [rest, step] = [period / common, total / common]
  const missing = modulo((remainder - weight) / common, rest)
  const times = (missing * inverse(modulo(step, rest), rest)) % rest
  return weight + total * times
}

/** The number that, multiplied with `value`, leaves 1 modulo `modulus`; both have no common divisor. */
function inverse(value: number, modulus: number): number {
  let [a, b] = [value, modulus]
  let [x, y] = [1, 0]
  while (b !== 0) {
    const quotient = Math.floor(a / b)
    ;[a, b] = [b, a - quotient * b]
    ;[x, y] = [y, x - quotient * y]
  }
  return modulo(x, modulus)
}

function modulo(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
