import type { Vocabulary } from '../model/vocabulary.ts'
import type { State } from '../search/search.ts'

/** The path without query of every request of a state, if it was decided to be one text. */
export function wholePath(state: State, vocabulary: Vocabulary): string | undefined {
  if (state.space.form === 'asterisk') return '*'
  const path = vocabulary.find('path')
  for (let trace = state.trace; trace !== undefined; trace = trace.before) {
    if (trace.dimension !== path) continue
    for (const number of trace.decision.holds) {
      const { language } = vocabulary.test(number)
      if (language?.kind === 'exact' && !language.ignoreCase) return language.text
    }
  }
  return undefined
}
