import { always, type DrawTest, type Formula, type Formulas } from '../model/formulas.ts'
import type { RuleList } from './rule-list.ts'

/** Some of the draws. */
export interface Draws {
  readonly period: number
  /** Draws modulo the period, from inclusive to exclusive, ascending; at least one. */
  readonly ranges: readonly (readonly [from: number, to: number])[]
}

/** Every draw. */
export const allDraws: Draws = { period: 1, ranges: [[0, 1]] }

/** One of the draws, to be told in a witness; undefined if they are all. */
export function oneOf({ period, ranges }: Draws): number | undefined {
  return period === 1 ? undefined : ranges[0]?.[0]
}

/** Draws that lead to the same rule of each list. */
interface DrawRegion {
  /** Per list the rule; undefined: none. */
  readonly winners: readonly (number | undefined)[]
  /** Draws modulo the period, from inclusive to exclusive, ascending. */
  readonly ranges: readonly (readonly [from: number, to: number])[]
}

/** All draws: the regions partition the numbers below the period, which is at most a million. */
export interface DrawRegions {
  readonly period: number
  readonly regions: readonly DrawRegion[]
}

/**
 * Divides the draws by the rules that win, given lists whose conditions are about nothing but the draw.
 *
 * Exact: conditions change at the multiples of their denominators and their numerators above these only.
 */
export function drawRegions(lists: readonly RuleList[], formulas: Formulas): DrawRegions {
  const draws = lists.flatMap(({ conditions }) => conditions.flatMap((it) => drawsOf(it, formulas)))
  const period = Math.max(1, ...draws.map(({ denominator }) => denominator))
  const cuts = new Set([0, period])
  // Denominators are powers of ten, each a divisor of the greater ones.
  for (const { numerator, denominator } of draws) {
    for (let from = 0; from < period; from += denominator) cuts.add(from).add(from + numerator)
  }
  const sorted = [...cuts].sort((a, b) => a - b)
  const regions = new Map<string, { winners: (number | undefined)[]; ranges: [number, number][] }>()
  for (const [index, from] of sorted.entries()) {
    const to = sorted[index + 1]
    if (to === undefined) break
    const winners = lists.map((list) => winnerAt(list, from, formulas))
    const region = regions.get(winners.join())
    if (region === undefined) regions.set(winners.join(), { winners, ranges: [[from, to]] })
    else region.ranges.push([from, to])
  }
  return { period, regions: [...regions.values()] }
}

function drawsOf(condition: Formula, formulas: Formulas): readonly DrawTest[] {
  return condition === always ? [] : formulas.drawsOf(condition)
}

function winnerAt(list: RuleList, draw: number, formulas: Formulas): number | undefined {
  const place = list.conditions.findIndex((condition) => formulas.holdsAt(condition, draw))
  return list.rules[place]
}
