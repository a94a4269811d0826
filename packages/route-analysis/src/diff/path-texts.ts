import { complement, exact, intersection, type Language } from '../language/language.ts'
import { witnessOf } from '../language/witness-of.ts'
import type { RequestParts } from '../model/request-parts.ts'
import type { State, Trace } from '../search/search.ts'

/** Of more paths each one is not looked at. */
const mostTexts = 16

/** States of the automaton that looks for one of them. */
const mostStates = 20_000

/** The paths without query of all requests of a state, the shortest first; undefined if they are many, or not known. */
export function pathTexts(state: State, parts: RequestParts): readonly string[] | undefined {
  if (state.space.form !== 'origin') return undefined
  let left = intersection(parts.universes.requestPaths, ...decided(state.trace, parts))
  const texts: string[] = []
  for (;;) {
    const found = witnessOf(left, undefined, { states: mostStates })
    if ('unknown' in found) return undefined
    if (found.witness === undefined) return texts
    if (texts.length === mostTexts) return undefined
    texts.push(found.witness)
    left = intersection(left, complement(exact(found.witness)))
  }
}

/** What was decided about the path. */
function decided(trace: Trace | undefined, { vocabulary }: RequestParts): readonly Language[] {
  const path = vocabulary.find('path')
  const languages: Language[] = []
  for (let step = trace; step !== undefined; step = step.before) {
    if (step.dimension !== path) continue
    const holding = new Set(step.decision.holds)
    const asked = new Set((step.asked ?? []).flatMap(({ tests }) => [...tests]))
    for (const number of asked) {
      const { language } = vocabulary.test(number)
      if (language === undefined) continue
      languages.push(holding.has(number) ? language : complement(language))
    }
  }
  return languages
}
