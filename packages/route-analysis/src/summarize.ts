import type { Test } from './model/dimension.ts'
import type { Vocabulary } from './model/vocabulary.ts'
import type { State, Trace } from './search/search.ts'

/** The exceptions that are listed; that there are more is told. */
const mostListed = 3

/** The tests that are looked through for exceptions: a list of thousands of routes has as many. */
const mostLookedAt = 2000

/** The exceptions that are compared with each other. */
const mostCompared = 100

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
  const isAsked = (test: number): boolean => asked?.some((list) => list.mentions(test)) !== false
  const holding = new Set(decision.holds.filter(isAsked))
  const tests = [...holding].map((number) => vocabulary.test(number))
  if (tests.length === 0) return `${name} other than asked for, or missing`
  const told = tests.filter((test) => !tests.some((other) => saysMore(other, test)))
  const words = `${name} ${told.map(({ description }) => description).join(' and ')}`
  // Nothing can be left out of a single text.
  if (told.some(({ language }) => language?.kind === 'exact')) return words
  const failing = failingTests(asked ?? [], holding)
  const left = failing
    .map((number) => vocabulary.test(number))
    .filter((test) => told.every((other) => mayMeet(test, other)))
  const isAll = failing.length < mostLookedAt && left.length <= mostCompared
  return `${words}${exceptions(left.slice(0, mostCompared), isAll)}`
}

/** Tests that were asked for and do not hold, at most {@link mostLookedAt}. */
function failingTests(
  asked: readonly { readonly tests: Iterable<number> }[],
  holding: ReadonlySet<number>,
): readonly number[] {
  const failing = new Set<number>()
  for (const { tests } of asked) {
    for (const test of tests) {
      if (failing.size >= mostLookedAt) return [...failing]
      if (!holding.has(test)) failing.add(test)
    }
  }
  return [...failing]
}

/** What of the requests is left out, the widest of it. */
function exceptions(left: readonly Test[], isAll: boolean): string {
  const widest = left.filter((test) => !left.some((other) => saysMore(test, other)))
  const listed = widest.slice(0, mostListed).map(({ description }) => description)
  const others = widest.length > mostListed || !isAll ? ['falls under others'] : []
  const texts = [...listed, ...others]
  return texts.length === 0 ? '' : ` unless it ${texts.join(' or ')}`
}

/** Whether there may be a value for which both tests hold. */
function mayMeet(a: Test, b: Test): boolean {
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
