import { oddityCost } from './cost.ts'
import type { Decision, Dimension, Test } from './dimension.ts'
import type { RequestDraft } from './request-draft.ts'

/** A dimension of a few values, which are listed, the default first. */
export class ChoiceDimension<V> implements Dimension {
  readonly name: string
  readonly #values: readonly V[]
  readonly #write: (draft: RequestDraft, value: V) => void

  constructor(name: string, values: readonly V[], write: (draft: RequestDraft, value: V) => void) {
    this.name = name
    this.#values = values
    this.#write = write
  }

  decide(tests: readonly Test[]): readonly Decision[] {
    const found = new Map<string, Decision>()
    for (const [index, value] of this.#values.entries()) {
      const holds = tests.filter(({ accepts }) => accepts?.(value)).map(({ number }) => number)
      if (found.has(holds.join())) continue
      found.set(holds.join(), {
        holds,
        cost: index === 0 ? 0 : oddityCost,
        write: (draft) => this.#write(draft, value),
      })
    }
    return [...found.values()]
  }
}
