import type { Nfa } from './nfa.ts'

/**
 * States of an automaton that read any symbol, are there again after it, and let their pattern accept then, as `.*` at the end does.
 * Where one is reached and its pattern accepts, the pattern holds of all that follows.
 */
export function stickyStates(nfa: Nfa): ReadonlySet<number> {
  const full = nfa.labels.map((label) => !label.includes(0))
  const sticky = new Set<number>()
  for (const [id, state] of nfa.states.entries()) {
    if (state.kind !== 'symbol' || full[state.label] !== true) continue
    const after = nfa.closure(state.next)
    if (after.includes(id) && after.some((next) => nfa.states[next]?.kind === 'accept')) {
      sticky.add(id)
    }
  }
  return sticky
}
