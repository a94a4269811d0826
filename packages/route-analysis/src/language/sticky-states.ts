import type { Nfa } from './nfa.ts'

/**
 * States of an automaton that read any symbol and are there again after it, as that of `.*` is, with the owners that accept then.
 * Where such a state is reached and an owner of it accepts, the owner's pattern holds of all that follows.
 */
export function stickyStates(nfa: Nfa): ReadonlyMap<number, readonly number[]> {
  const full = nfa.labels.map((label) => !label.includes(0))
  const sticky = new Map<number, readonly number[]>()
  for (const [id, state] of nfa.states.entries()) {
    if (state.kind !== 'symbol' || full[state.label] !== true) continue
    const after = nfa.waiting([state.next])
    if (!after.includes(id)) continue
    const owners = after.filter((next) => nfa.states[next]?.kind === 'accept')
    sticky.set(
      id,
      owners.map((accept) => nfa.states[accept]?.owner ?? -1),
    )
  }
  return sticky
}
