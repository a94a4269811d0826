import type { RouteJson, VirtualHostJson } from '@meshwright/route-matcher'
import type { DrawRule } from './draws.ts'

/** What the draw decides in a route: which of its weighted clusters. */
export function weightRules({ route }: RouteJson): DrawRule[] {
  const weighted = route?.weightedClusters
  if (weighted === undefined) return []
  const thresholds: number[] = []
  let total = 0
  for (const { weight = 0 } of weighted.clusters ?? []) {
    total += weight
    thresholds.push(total)
  }
  return total === 0 ? [] : [{ modulus: total, thresholds }]
}

/** What the draw decides about the choice of a route: the runtime fractions that are neither nothing nor all. */
export function fractionRules({ routes = [] }: VirtualHostJson): DrawRule[] {
  return routes.flatMap(({ match }) => {
    const { numerator = 0, denominator = 0 } = match?.runtimeFraction?.defaultValue ?? {}
    const modulus = denominators[denominator] ?? 0
    return numerator > 0 && numerator < modulus ? [{ modulus, thresholds: [numerator] }] : []
  })
}

const denominators: Readonly<Record<string, number>> = {
  0: 100,
  HUNDRED: 100,
  1: 10_000,
  TEN_THOUSAND: 10_000,
  2: 1_000_000,
  MILLION: 1_000_000,
}
