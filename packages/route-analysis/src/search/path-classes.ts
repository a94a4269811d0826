import { baseCost, type Decision, type Space } from '../model/dimension.ts'
import type { Vocabulary } from '../model/vocabulary.ts'
import { DecidedList, type RuleList } from './rule-list.ts'
import type { State } from './search.ts'

/** Decisions of the path for a list of rules, worked out once, to begin searches for single rules where they apply. */
export class PathClasses {
  readonly #vocabulary: Vocabulary
  readonly #path: number
  readonly #list: RuleList
  readonly #space: Space
  readonly #decided: DecidedList
  readonly #decisions: readonly Decision[]
  /** Per test, the decisions in which it holds. */
  readonly #byTest = new Map<number, number[]>()

  private constructor(
    vocabulary: Vocabulary,
    list: RuleList,
    space: Space,
    decided: {
      readonly path: number
      readonly list: DecidedList
      readonly decisions: readonly Decision[]
    },
  ) {
    this.#vocabulary = vocabulary
    this.#path = decided.path
    this.#list = list
    this.#space = space
    this.#decided = decided.list
    this.#decisions = decided.decisions
    for (const [index, { holds }] of decided.decisions.entries()) {
      for (const test of holds) {
        const decisions = this.#byTest.get(test)
        if (decisions === undefined) this.#byTest.set(test, [index])
        else decisions.push(index)
      }
    }
  }

  /** Undefined if nothing asks for a path, or if the paths are not known. */
  static of(vocabulary: Vocabulary, list: RuleList, space: Space): PathClasses | undefined {
    const path = vocabulary.find('path')
    if (path === undefined) return undefined
    const decided = new DecidedList(list, path, vocabulary.formulas)
    const tests = [...decided.tests].sort((a, b) => a - b).map((it) => vocabulary.test(it))
    const decisions = vocabulary.at(path).decide(tests, space)
    if ('unknown' in decisions) return undefined
    return new PathClasses(vocabulary, list, space, { path, list: decided, decisions })
  }

  /** Where a rule applies: what is left of the rules before it, and of itself. */
  *statesOf(place: number): Generator<State> {
    const { formulas } = this.#vocabulary
    const condition = this.#list.conditions[place] ?? 0
    const itself = { rules: [place], conditions: [condition] }
    const alone = new DecidedList(itself, this.#path, formulas)
    const tests = [...alone.tests]
    const anywhere = alone.base.length > 0
    const indexes = anywhere ? this.#decisions.keys() : this.#holding(tests)
    for (const index of indexes) {
      const decision = this.#decisions[index]
      if (decision === undefined) continue
      const left = alone.where(decision.holds)
      if (left.rules.length === 0) continue
      yield {
        lists: [before(this.#decided.where(decision.holds), place), left],
        space: this.#space,
        cost: baseCost(this.#space) + decision.cost,
        trace: { decision, dimension: this.#path, before: undefined },
        kinds: '',
      }
    }
  }

  #holding(tests: readonly number[]): Iterable<number> {
    return new Set(tests.flatMap((test) => this.#byTest.get(test) ?? []))
  }
}

/** The rules of a list whose numbers are below a place; numbers ascend. */
function before({ rules, conditions }: RuleList, place: number): RuleList {
  const end = rules.findIndex((rule) => rule >= place)
  if (end === -1) return { rules, conditions }
  return { rules: rules.slice(0, end), conditions: conditions.slice(0, end) }
}
