import { listOf } from './find-reached.ts'
import type { Model } from './model/read-model.ts'
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
  const index = rules.findIndex((rule) => rule.ref.route === ref.route)
  const space = model.spaces.find(({ virtualHosts }) => virtualHosts[0] === ref.virtualHostIndex)
  if (side === undefined || index === -1 || space === undefined) return []
  const shadows = new Map<number, Shadow>()
  const earlier = new EarlierRules(model.parts.vocabulary, listOf(rules), space)
  const visitor = {
    open: (place: number) => !shadows.has(place),
    met: (place: number, state: State, draws: Draws) => {
      const by = rules[place]?.ref ?? ref
      const witness = witnessOf(state, oneOf(draws))
      verify(witness, side, by)
      shadows.set(place, { by, witness })
    },
  }
  earlier.search(index, visitor, model.budget)
  return [...shadows.entries()].sort(([a], [b]) => a - b).map(([, shadow]) => shadow)
}
