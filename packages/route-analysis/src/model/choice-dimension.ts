import type { Cost } from './cost.ts'
import type { Decision, Dimension, Test } from './dimension.ts'
import type { RequestDraft } from './request-draft.ts'

/** What there is to know of a dimension of a few values. */
export interface ChoiceOptions<V> {
  readonly name: string
  /** All of them, the default first. */
  readonly values: readonly V[]
  /** What any but the default costs. */
  readonly cost: Cost
  write(draft: RequestDraft, value: V): void
}

/** A dimension of a few values. */
export class ChoiceDimension<V> implements Dimension {
  readonly name: string
  readonly #options: ChoiceOptions<V>

  constructor(options: ChoiceOptions<V>) {
    this.name = options.name
    this.#options = options
  }

  decide(tests: readonly Test[]): readonly Decision[] {
    const found = new Map<string, Decision>()
    const { values, cost, write } = this.#options
    for (const [index, value] of values.entries()) {
      const holds = tests.filter(({ accepts }) => accepts?.(value)).map(({ number }) => number)
      if (found.has(holds.join())) continue
      found.set(holds.join(), {
        holds,
        cost: index === 0 ? 0 : cost,
        write: (draft) => write(draft, value),
      })
    }
    return [...found.values()]
  }
}
