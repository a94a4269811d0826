import { listOf } from './find-reached.ts'
import { never } from './model/formulas.ts'
import { type HostSpace, spacesOf } from './model/host-spaces.ts'
import type { Model } from './model/read-model.ts'
import type { Rule } from './model/rule.ts'
import { PairGoal } from './search/pair-goal.ts'
import { Search } from './search/search.ts'

/** Steps for one route, and for all of them: the proof is there already, this tells more of it. */
const mostSteps = 2_000_000

/** The earlier rules that take requests which fit a rule, by their places. */
export function coverOf(
  index: number,
  rules: readonly Rule[],
  { space, model }: { readonly space: HostSpace; readonly model: Model },
): { readonly by: readonly number[]; readonly complete: boolean } {
  const { vocabulary } = model.parts
  const by = new Set<number>()
  const goal = new PairGoal(vocabulary.formulas, {
    open: (earlier) => !by.has(earlier),
    met: (earlier) => {
      by.add(earlier)
    },
  })
  const budget = { steps: Math.min(mostSteps, model.budget.steps) }
  const search = new Search(vocabulary, goal, budget)
  const before = listOf(rules.slice(0, index))
  const itself = { rules: [index], conditions: [rules[index]?.condition ?? never] }
  for (const form of spacesOf(space)) search.add([before, itself], form)
  search.run()
  return { by: [...by].sort((a, b) => a - b), complete: !goal.incomplete }
}
