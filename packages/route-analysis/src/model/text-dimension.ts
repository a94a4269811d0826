import { cells } from '../language/cells.ts'
import { exact, type Language, type Unknown } from '../language/language.ts'
import { type Cost, oddityCost } from './cost.ts'
import type { Decision, Dimension, Test } from './dimension.ts'
import { ListMap } from './list-map.ts'
import type { RequestDraft } from './request-draft.ts'

/** What there is to know of a dimension whose values are texts. */
export interface TextDimensionOptions {
  readonly name: string
  readonly universe: Language
  /** What it costs to give it this value. */
  cost(value: string): Cost
  write(draft: RequestDraft, value: string): void
  /** It may be missing, and then no test holds. */
  readonly optional: boolean
  /** As of a {@link Decision}. */
  again?(value: string): NonNullable<Decision['again']>
  /** The value to give it where that makes no difference; it must be in the universe, and costs nothing. */
  readonly preferred?: string
}

/** A dimension whose values are texts. Decisions are remembered by the tests that were asked for. */
export class TextDimension implements Dimension {
  readonly name: string
  readonly missing?: Decision
  readonly leastCost: Cost
  readonly #options: TextDimensionOptions
  readonly #known = new ListMap<readonly Decision[] | Unknown>()

  constructor(options: TextDimensionOptions) {
    this.name = options.name
    this.#options = options
    if (options.optional) this.missing = { holds: [], cost: 0 }
    // Whatever is there costs something, in addition to others of its kind too.
    this.leastCost = options.optional ? oddityCost : 0
  }

  decide(tests: readonly Test[]): readonly Decision[] | Unknown {
    const key = tests.map(({ number }) => number)
    let known = this.#known.get(key)
    if (known === undefined) {
      known = this.#compute(tests)
      this.#known.set(key, known)
    }
    return known
  }

  #compute(tests: readonly Test[]): readonly Decision[] | Unknown {
    const { universe, optional, preferred } = this.#options
    const holding = decideTexts(tests, universe)
    if ('unknown' in holding) return holding
    const best = new Map<readonly number[], string>()
    for (const { holds, value } of holding) if (!best.has(holds)) best.set(holds, value)
    const decisions: Decision[] = this.missing === undefined ? [] : [this.missing]
    for (const [holds, value] of best) {
      if (optional && holds.length === 0) continue
      decisions.push(this.#decision(holds, value))
    }
    if (preferred !== undefined) this.#prefer(decisions, tests, preferred)
    return decisions.sort((a, b) => a.cost - b.cost)
  }

  #decision(holds: readonly number[], value: string): Decision {
    const { cost, write, again } = this.#options
    return {
      holds,
      cost: cost(value),
      write: (draft) => write(draft, value),
      ...(again === undefined ? {} : { again: again(value) }),
    }
  }

  /** Exchanges the example of the decision that the preferred value belongs to. */
  #prefer(decisions: Decision[], tests: readonly Test[], preferred: string): void {
    const [found] = decideTextsOrNothing(tests, exact(preferred))
    if (found === undefined) return
    const index = decisions.findIndex(({ holds }) => sameSet(holds, found.holds))
    if (index !== -1) decisions[index] = { ...this.#decision(found.holds, preferred), cost: 0 }
  }
}

/** Cuts a universe of texts by tests. */
export function decideTexts(
  tests: readonly Test[],
  universe: Language,
): readonly { readonly holds: readonly number[]; readonly value: string }[] | Unknown {
  const languages = tests.map(({ language }) => {
    if (language === undefined) throw new TypeError('expected a test of a text')
    return language
  })
  const result = cells(languages, universe)
  if ('unknown' in result) return result
  // Cells share the list of what holds; so do the translations.
  const translated = new Map<readonly number[], readonly number[]>()
  return result.cells.map(({ holds, witness }) => {
    let numbers = translated.get(holds)
    if (numbers === undefined) {
      numbers = holds.map((index) => tests[index]?.number ?? -1)
      translated.set(holds, numbers)
    }
    return { holds: numbers, value: witness }
  })
}

function decideTextsOrNothing(
  tests: readonly Test[],
  universe: Language,
): readonly { readonly holds: readonly number[] }[] {
  const result = decideTexts(tests, universe)
  return 'unknown' in result ? [] : result
}

function sameSet(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index])
}
