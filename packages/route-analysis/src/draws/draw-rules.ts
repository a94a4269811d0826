import type { RouteAnswer, RouteTable, VirtualHostJson } from '@meshwright/route-matcher'
import type { DrawRule } from './draws.ts'
import { fractionPeriod } from './fraction-period.ts'

/** What the draw decides in a route: which of its weighted clusters. */
export function weightRules(answer: RouteAnswer): DrawRule[] {
  if (answer.kind !== 'cluster' || answer.clusters.length === 1) return []
  const thresholds: number[] = []
  let sum = 0
  for (const { weight } of answer.clusters) {
    sum += weight
    thresholds.push(sum)
  }
  return [{ modulus: answer.totalWeight, thresholds }]
}

/**
 * What the draw decides about the choice of a route: the runtime fractions that are neither nothing nor all. Those of routes
 * in a generic matcher are taken as if each percent of the draws were on its own.
 */
export function fractionRules(
  { routes = [], matcher }: VirtualHostJson,
  table: RouteTable,
  host: number,
): DrawRule[] {
  if (matcher !== undefined) return anyFraction(table, host) ? [percents] : []
  return routes.flatMap(({ match }) => {
    const fraction = match?.runtimeFraction?.defaultValue ?? {}
    const { numerator = 0 } = fraction
    const modulus = fractionPeriod(fraction)
    return numerator > 0 && numerator < modulus ? [{ modulus, thresholds: [numerator] }] : []
  })
}

function anyFraction(table: RouteTable, host: number): boolean {
  return answersOf(table, host).some((_, i) => table.predicates(host, i).some(({ draw }) => draw))
}

/** What each route of a virtual host does, those in a generic matcher included. */
export function answersOf(table: RouteTable, host: number): readonly RouteAnswer[] {
  const answers: RouteAnswer[] = []
  for (let answer = table.answer(host, 0); answer !== undefined; ) {
    answers.push(answer)
    answer = table.answer(host, answers.length)
  }
  return answers
}

const percents: DrawRule = {
  modulus: 100,
  thresholds: Array.from({ length: 100 }, (_, i) => i),
}
