import type { Unknown } from '../language/language.ts'
import type { Cost } from './cost.ts'
import type { Decision, Dimension, Space, Test } from './dimension.ts'

/** A dimension of what follows a path: with an asterisk, and without a path, it is missing. */
export class OriginOnly implements Dimension {
  readonly name: string
  readonly missing: Decision
  readonly leastCost: Cost
  readonly #inner: Dimension

  constructor(inner: Dimension, missing: Decision = inner.missing ?? { holds: [], cost: 0 }) {
    this.name = inner.name
    this.missing = missing
    this.leastCost = inner.leastCost ?? 0
    this.#inner = inner
  }

  decide(tests: readonly Test[], space: Space): readonly Decision[] | Unknown {
    return space.form === 'origin' ? this.#inner.decide(tests, space) : [this.missing]
  }
}
