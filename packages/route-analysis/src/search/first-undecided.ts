import type { Formula, Formulas } from '../model/formulas.ts'
import type { RuleList } from './rule-list.ts'

/** The first condition of a list that a dimension has a say in; undefined if only draws and unknowns are left. */
export function firstUndecided(list: RuleList, formulas: Formulas): Formula | undefined {
  return list.conditions.find((condition) => formulas.dimensionsOf(condition).length > 0)
}
