import { type CellBudget, eachCell } from './cells.ts'
import { everything, type Language, type Unknown } from './language.ts'

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
