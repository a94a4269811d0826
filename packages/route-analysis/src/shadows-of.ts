import { listOf } from './find-reached.ts'
import type { Model } from './model/read-model.ts'
import { routeOf } from './model/rule.ts'
import type { Shadow } from './route-analysis.ts'
import type { RouteRef } from './route-ref.ts'
import { type Draws, oneOf } from './search/draw-regions.ts'
import { EarlierRules } from './search/earlier-rules.ts'
import type { State } from './search/search.ts'
import { verify, witnessOf } from './witness-of.ts'

/** The earlier routes that take requests which fit a route, each with a shortest such request. */
export function shadowsOf(ref: RouteRef, model: Model): readonly Shadow[] {
  const [side] = model.sides
  const rules = side?.rules[ref.virtualHostIndex] ?? []
  const space = model.spaces.find(({ virtualHosts }) => virtualHosts[0] === ref.virtualHostIndex)
  if (side === undefined || space === undefined) return []
  const shadows = new Map<number, Shadow>()
  const earlier = new EarlierRules(model.parts.vocabulary, listOf(rules), space)
  const visitor = {
    open: (place: number) => {
      const by = routeOf(rules[place])
      return by !== undefined && by.route !== ref.route && !shadows.has(by.route)
    },
    met: (place: number, state: State, draws: Draws) => {
      const by = routeOf(rules[place]) ?? ref
      const witness = witnessOf(state, oneOf(draws))
      verify(witness, side, by)
      shadows.set(by.route, { by, witness })
    },
  }
  for (const [place, rule] of rules.entries()) {
    if (rule.ref.route === ref.route) earlier.search(place, visitor, model.budget)
  }
  const places = rules.map(({ ref: { route } }) => route)
  return [...shadows.values()].sort(
    (a, b) => places.indexOf(a.by.route) - places.indexOf(b.by.route),
  )
}
