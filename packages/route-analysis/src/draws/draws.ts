/** Draws modulo `modulus`, of which those on one side of each threshold are treated alike. */
export interface DrawRule {
  readonly modulus: number
  /** Between 0 and the modulus. */
  readonly thresholds: readonly number[]
}

/** One draw that stands for a share of all. */
export interface Draw {
  readonly random: number
  /** 0 to 1. */
  readonly share: number
}

/** The only draw where nothing depends on it. */
export const anyDraw: readonly Draw[] = [{ random: 0, share: 1 }]

/** Beyond so many pieces, or so long a period, shares are estimated. */
const maxPieces = 512
const maxPeriod = 2 ** 40

/**
 * Draws that stand for all: one for each piece of the rules' common period on which no rule changes its mind.
 * Where those are more than 512, so many draws at even distances, which may miss what is rare.
 */
export function representativeDraws(rules: readonly DrawRule[]): readonly Draw[] {
  const period = rules.reduce((all, { modulus }) => leastCommonMultiple(all, modulus), 1)
  if (period > maxPeriod) return evenDraws(maxPeriod)
  const pieces = rules.reduce(
    (sum, { modulus, thresholds }) => sum + (period / modulus) * (thresholds.length + 1),
    0,
  )
  if (pieces > maxPieces) return evenDraws(period)
  const starts = new Set([0])
  for (const { modulus, thresholds } of rules) {
    for (let base = 0; base < period; base += modulus) {
      for (const threshold of [0, ...thresholds]) {
        if (threshold < modulus) starts.add(base + threshold)
      }
    }
  }
  const sorted = [...starts].sort((a, b) => a - b)
  return sorted.map((random, i) => ({
    random,
    share: ((sorted[i + 1] ?? period) - random) / period,
  }))
}

function evenDraws(period: number): Draw[] {
  return Array.from({ length: maxPieces }, (_, i) => ({
    random: Math.floor((i * period) / maxPieces),
    share: 1 / maxPieces,
  }))
}

function leastCommonMultiple(a: number, b: number): number {
  return a > maxPeriod ? a : (a / greatestCommonDivisor(a, b)) * b
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
