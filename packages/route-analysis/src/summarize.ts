import type { Test } from './model/dimension.ts'
import type { Vocabulary } from './model/vocabulary.ts'
import type { State, Trace } from './search/search.ts'

/** The exceptions that are listed; of more, it is told how many. */
const mostListed = 3

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

function describeDecision({ decision, dimension, asked }: Trace, vocabulary: Vocabulary): string {
  const { name } = vocabulary.at(dimension)
  const asking = asked && new Set(asked.flatMap(({ tests }) => [...tests]))
  const holding = new Set(decision.holds.filter((number) => asking?.has(number) !== false))
  const tests = [...holding].map((number) => vocabulary.test(number))
  if (tests.length === 0) return `${name} other than asked for, or missing`
  const told = tests.filter((test) => !tests.some((other) => saysMore(other, test)))
  const failing = [...(asking ?? [])]
    .filter((number) => !holding.has(number))
    .map((number) => vocabulary.test(number))
  return `${name} ${told.map(({ description }) => description).join(' and ')}${unless(failing, told)}`
}

/** Which of what is told is left out: tests that do not hold, though they could. */
function unless(failing: readonly Test[], told: readonly Test[]): string {
  const left = failing.filter((test) => told.every((other) => mayMeet(test, other)))
  const widest = left.filter((test) => !left.some((other) => saysMore(test, other)))
  if (widest.length === 0) return ''
  const texts = widest.map(({ description }) => description)
  // One more takes no more words than to say so.
  if (texts.length <= mostListed + 1) return ` unless it ${texts.join(' or ')}`
  const more = texts.length - mostListed
  return ` unless it ${texts.slice(0, mostListed).join(' or ')}, or for ${more} more`
}

/** Whether there may be a value for which both tests hold. */
function mayMeet(a: Test, b: Test): boolean {
  if (b.language?.kind === 'exact') return false
  if (!isAnchored(a) || !isAnchored(b)) return true
  return saysMore(a, b) || saysMore(b, a)
}

/** Whether a test tells how a text begins. */
function isAnchored({ language }: Test): boolean {
  return /^(?:exact|prefix|separated-prefix)$/.test(language?.kind ?? '')
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
