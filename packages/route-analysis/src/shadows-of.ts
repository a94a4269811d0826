import { listOf } from './find-reached.ts'
import { spacesOf } from './model/host-spaces.ts'
import type { Model } from './model/read-model.ts'
import type { Shadow } from './route-analysis.ts'
import type { RouteRef } from './route-ref.ts'
import { PairGoal } from './search/pair-goal.ts'
import { Search } from './search/search.ts'
import { verify, witnessOf } from './witness-of.ts'

/** The earlier routes that take requests which fit a route, each with a shortest such request. */
export function shadowsOf(ref: RouteRef, model: Model): readonly Shadow[] {
  const [side] = model.sides
  const rules = side?.rules[ref.virtualHostIndex] ?? []
  const index = rules.findIndex((rule) => rule.ref.route === ref.route)
  const rule = rules[index]
  const space = model.spaces.find(({ virtualHosts }) => virtualHosts[0] === ref.virtualHostIndex)
  if (side === undefined || rule === undefined || space === undefined) return []
  const shadows = new Map<number, Shadow>()
  const { vocabulary } = model.parts
  const goal = new PairGoal(vocabulary.formulas, {
    open: (earlier) => !shadows.has(earlier),
    met: (earlier, state, random) => {
      const by = rules[earlier]?.ref ?? ref
      const witness = witnessOf(state, random)
      verify(witness, side, by)
      shadows.set(earlier, { by, witness })
    },
  })
  const search = new Search(vocabulary, goal, model.budget)
  const itself = { rules: [index], conditions: [rule.condition] }
  for (const form of spacesOf(space)) search.add([listOf(rules.slice(0, index)), itself], form)
  search.run()
  return [...shadows.entries()].sort(([a], [b]) => a - b).map(([, shadow]) => shadow)
}
