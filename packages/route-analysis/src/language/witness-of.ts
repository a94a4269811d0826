import { type CellBudget, eachCell } from './cells.ts'
import { complement, everything, intersection, type Language, type Unknown } from './language.ts'

/** A shortest string of a universe that is in a language, of these the nicest; none if there is none. */
export type WitnessAnswer = { readonly witness: string | undefined } | Unknown

/** Finds a shortest string that is in a language. */
export function witnessOf(
  language: Language,
  universe: Language = everything,
  budget: CellBudget = {},
): WitnessAnswer {
  let witness: string | undefined
  const failed = eachCell([language], universe, budget, (cell) => {
    if (cell.holds.length > 0) witness = cell.witness
    return witness !== undefined
  })
  return failed ?? { witness }
}

/** Whether a language has no string of a universe. */
export function isEmpty(
  language: Language,
  universe: Language = everything,
  budget: CellBudget = {},
): boolean | Unknown {
  const answer = witnessOf(language, universe, budget)
  return 'unknown' in answer ? answer : answer.witness === undefined
}

/** Whether every string of a universe that is in `a` is in `b`. */
export function isSubset(
  a: Language,
  b: Language,
  universe: Language = everything,
  budget: CellBudget = {},
): boolean | Unknown {
  return isEmpty(intersection(a, complement(b)), universe, budget)
}
