import type { EarlierRules } from './search/earlier-rules.ts'
import type { Budget } from './search/search.ts'

/** Steps for one route: the proof is there already, this tells more of it. */
const mostSteps = 1_000_000

/** The earlier rules that take requests which fit a rule, by their places. */
export function coverOf(
  place: number,
  earlier: EarlierRules,
  budget: Budget,
): { readonly by: readonly number[]; readonly complete: boolean } {
  const by = new Set<number>()
  const own = { steps: Math.min(mostSteps, budget.steps) }
  const given = own.steps
  const incomplete = earlier.search(
    place,
    {
      open: (rule) => !by.has(rule),
      met: (rule) => {
        by.add(rule)
      },
    },
    own,
  )
  budget.steps -= given - own.steps
  return { by: [...by].sort((a, b) => a - b), complete: incomplete === undefined }
}
