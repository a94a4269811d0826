import { exact, type Language, type Unknown } from '../language/language.ts'
import { oddityCost } from './cost.ts'
import type { Decision, Dimension, Space, Test } from './dimension.ts'
import { decideTexts, TextDimension } from './text-dimension.ts'

/** The method; the asterisk comes with OPTIONS only, and no path with CONNECT only. */
export class MethodDimension implements Dimension {
  readonly name = 'method'
  readonly #any: TextDimension

  constructor(universe: Language) {
    this.#any = new TextDimension({
      name: 'method',
      universe,
      optional: false,
      preferred: 'GET',
      cost: () => oddityCost,
      write: (draft, value) => {
        draft.method = value
      },
    })
  }

  decide(tests: readonly Test[], { form }: Space): readonly Decision[] | Unknown {
    if (form === 'origin') return this.#any.decide(tests)
    const decided = decideTexts(tests, exact(form === 'empty' ? 'CONNECT' : 'OPTIONS'))
    return 'unknown' in decided ? decided : decided.map(({ holds }) => ({ holds, cost: 0 }))
  }
}
