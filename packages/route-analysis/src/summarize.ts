import type { Test } from './model/dimension.ts'
import type { Vocabulary } from './model/vocabulary.ts'
import type { State, Trace } from './search/search.ts'

/** The requests of a state in words: their host, and the conditions that were decided. */
export function summarize({ space, trace }: State, vocabulary: Vocabulary): string {
  const parts = [`host like ${JSON.stringify(space.hosts[0]?.authority ?? '')}`]
  if (space.form === 'asterisk') parts.push('OPTIONS *')
  if (space.form === 'empty') parts.push('CONNECT without a path')
  return [...parts, ...traceOf(trace).map((it) => describeDecision(it, vocabulary))].join(', ')
}

function traceOf(trace: Trace | undefined): readonly Trace[] {
  const steps: Trace[] = []
  for (let step = trace; step !== undefined; step = step.before) steps.push(step)
  return steps.reverse()
}

function describeDecision({ decision, dimension }: Trace, vocabulary: Vocabulary): string {
  const { name } = vocabulary.at(dimension)
  const tests = decision.holds.map((number) => vocabulary.test(number))
  if (tests.length === 0) return `${name} other than asked for, or missing`
  const told = tests.filter((test) => !tests.some((other) => saysMore(other, test)))
  return `${name} ${told.map(({ description }) => description).join(' and ')}`
}

/** Whether a test that holds goes without saying where another one holds. */
function saysMore(other: Test, { language }: Test): boolean {
  if (other.language === language || language === undefined) return false
  if (language.kind !== 'prefix' || other.language === undefined) return false
  const { language: longer } = other
  const literal =
    longer.kind === 'prefix' || longer.kind === 'exact' || longer.kind === 'separated-prefix'
  return literal && longer.text.startsWith(language.text)
}
