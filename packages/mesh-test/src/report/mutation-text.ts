import type { MutationReport, Outcome } from '@meshwright/route-analysis'
import type { RouteSet } from '../route-set.ts'
import { outcomeChanges, outcomeText } from './outcome-text.ts'
import type { Problem } from './problem.ts'
import { sourceOf } from './route-label.ts'
import { witnessText } from './witness-text.ts'

/** The faults that the tests did not notice, at the routes they were put into, each with the request that would have told. */
export function survivorProblems(set: RouteSet, { survived }: MutationReport): readonly Problem[] {
  return survived.map(({ mutant, tell, before, after }) => ({
    rule: 'surviving-mutant',
    level: 'warning',
    message: `no test notices this: ${mutant.description}; ${witnessText(tell)} would tell: ${differenceText(before, after)}`,
    source: sourceOf(set, mutant.ref),
  }))
}

function differenceText(before: Outcome, after: Outcome): string {
  const [old, fresh] = [outcomeText(before), outcomeText(after)]
  return old === fresh ? outcomeChanges(before, after).join('; ') : `${old}, and not ${fresh}`
}

/** A report's numbers on one line. */
export function mutationSummary(report: MutationReport): string {
  const { killed, survived, equivalent, unknown, percent } = report
  const counts = [
    `${killed.length + survived.length + equivalent.length + unknown.length} mutants`,
    `${killed.length} noticed`,
    `${survived.length} not`,
    `${equivalent.length} that nobody could notice`,
    `${unknown.length} undecided`,
  ]
  return `${counts.join(', ')}: ${Number(percent.toPrecision(4))} %`
}
