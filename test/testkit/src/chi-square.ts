/**
 * How far counts are from what was expected of them, in the measure of Pearson; follows a χ² law with one degree of freedom less
 * than there are counts.
 */
export function chiSquare(counts: readonly number[], expected: readonly number[]): number {
  return counts.reduce(
    (sum, count, i) => sum + (count - (expected[i] ?? 0)) ** 2 / (expected[i] ?? 0),
    0,
  )
}

/** What a fair draw stays below in 999 999 of a million cases (Wilson and Hilferty's approximation). */
export function chiSquareBound(degrees: number): number {
  const spread = 2 / (9 * degrees)
  return degrees * (1 - spread + normalQuantile * Math.sqrt(spread)) ** 3
}

/** Of the normal distribution, for one in a million. */
const normalQuantile = 4.753
