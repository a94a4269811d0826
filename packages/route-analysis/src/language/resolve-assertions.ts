import type { Nfa } from './nfa.ts'
import type { Assertion } from './pattern-node.ts'

/** What an assertion wants to know of a character; before the first one is the start. */
export type CharacterClass = 'start' | 'newline' | 'word' | 'other'

/**
 * Adds to waiting states those behind assertions that hold between two characters.
 * Without `before` and `next`: those behind any assertion.
 */
export function resolveAssertions(
  nfa: Nfa,
  members: readonly number[],
  before?: CharacterClass,
  next?: CharacterClass | 'end',
): readonly number[] {
  const reached = new Set<number>(members)
  for (const id of reached) {
    const state = nfa.states[id]
    if (state?.kind !== 'assertion') continue
    const holds = before === undefined || next === undefined || holdsAt(state.at, before, next)
    if (holds) for (const behind of nfa.waiting([state.next])) reached.add(behind)
  }
  return [...reached]
}

function holdsAt(at: Assertion, before: CharacterClass, next: CharacterClass | 'end'): boolean {
  switch (at) {
    case 'text-start':
      return before === 'start'
    case 'text-end':
      return next === 'end'
    case 'line-start':
      return before === 'start' || before === 'newline'
    case 'line-end':
      return next === 'end' || next === 'newline'
    case 'word-boundary':
      return (before === 'word') !== (next === 'word')
    case 'no-word-boundary':
      return (before === 'word') === (next === 'word')
  }
}
