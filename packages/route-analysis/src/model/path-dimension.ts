import { exact, type Language, type Unknown } from '../language/language.ts'
import { byteCost, byteLength } from './cost.ts'
import type { Decision, Dimension, Space, Test } from './dimension.ts'
import { decideTexts, TextDimension } from './text-dimension.ts'

/** The path without query. The asterisk is a path of its own; where there is none, no test holds. */
export class PathDimension implements Dimension {
  readonly name = 'path'
  readonly #origin: TextDimension

  constructor(universe: Language) {
    this.#origin = new TextDimension({
      name: 'path',
      universe,
      optional: false,
      // The slash is counted from the start: a path that nothing asks about is one too.
      cost: (value) => (byteLength(value) - 1) * byteCost,
      write: (draft, value) => {
        draft.path = value
      },
    })
  }

  decide(tests: readonly Test[], { form }: Space): readonly Decision[] | Unknown {
    if (form === 'origin') return this.#origin.decide(tests)
    if (form === 'empty') return [{ holds: [], cost: 0 }]
    const decided = decideTexts(tests, exact('*'))
    if ('unknown' in decided) return decided
    return decided.map(({ holds }) => ({ holds, cost: 0 }))
  }
}
