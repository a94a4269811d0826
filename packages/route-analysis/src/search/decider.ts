import type { Unknown } from '../language/language.ts'
import type { Decision, Space } from '../model/dimension.ts'
import type { Vocabulary } from '../model/vocabulary.ts'
import type { RuleList } from './rule-list.ts'

/** Up to so many tests are decided by themselves; more are a part of all that the lists ask for. */
const few = 32

/** Works out how dimensions can be decided, for searches in parts of the same lists. */
export class Decider {
  readonly vocabulary: Vocabulary
  readonly #lists: readonly RuleList[]
  /** Per dimension, all tests of the lists. */
  #tests: ReadonlyMap<number, readonly number[]> | undefined
  readonly #all = new Map<string, AllDecisions | Unknown>()

  constructor(vocabulary: Vocabulary, lists: readonly RuleList[]) {
    this.vocabulary = vocabulary
    this.#lists = lists
  }

  /** Every way to decide the tests, the cheapest first. */
  decide(dimension: number, tests: readonly number[], space: Space): readonly Decision[] | Unknown {
    const sorted = [...tests].sort((a, b) => a - b)
    if (sorted.length > few) {
      const all = this.#decideAll(dimension, space)
      if (!('unknown' in all)) return all.restrictedTo(sorted)
    }
    return this.#ask(dimension, sorted, space)
  }

  #decideAll(dimension: number, space: Space): AllDecisions | Unknown {
    const key = `${dimension} ${space.form}`
    let all = this.#all.get(key)
    if (all === undefined) {
      this.#tests ??= this.#collectTests()
      const tests = this.#tests.get(dimension) ?? []
      const decisions = this.#ask(dimension, tests, space)
      all = 'unknown' in decisions ? decisions : new AllDecisions(decisions, tests.length)
      this.#all.set(key, all)
    }
    return all
  }

  #ask(dimension: number, tests: readonly number[], space: Space): readonly Decision[] | Unknown {
    const asked = tests.map((number) => this.vocabulary.test(number))
    const decisions = this.vocabulary.at(dimension).decide(asked, space)
    if (!('unknown' in decisions)) return decisions
    return { unknown: `${this.vocabulary.at(dimension).name}: ${decisions.unknown}` }
  }

  #collectTests(): ReadonlyMap<number, readonly number[]> {
    const { formulas } = this.vocabulary
    const found = new Set<number>()
    for (const { conditions } of this.#lists) {
      for (const condition of conditions)
        for (const it of formulas.testsOf(condition)) found.add(it)
    }
    return Map.groupBy(
      [...found].sort((a, b) => a - b),
      (test) => formulas.dimensionOf(test),
    )
  }
}

/** The decisions about many tests, of which those about some can be read. */
class AllDecisions {
  readonly #decisions: readonly Decision[]
  readonly #tests: number
  readonly #byTest = new Map<number, number[]>()

  constructor(decisions: readonly Decision[], tests: number) {
    this.#decisions = decisions
    this.#tests = tests
    for (const [index, { holds }] of decisions.entries()) {
      for (const test of holds) {
        const list = this.#byTest.get(test)
        if (list === undefined) this.#byTest.set(test, [index])
        else list.push(index)
      }
    }
  }

  /** One decision, the cheapest, for each way that these tests come out; its other tests are to be ignored. */
  restrictedTo(tests: readonly number[]): readonly Decision[] {
    if (tests.length === this.#tests) return this.#decisions
    const asked = new Set(tests)
    const indexes = new Set(tests.flatMap((test) => this.#byTest.get(test) ?? []))
    const without = this.#decisions.findIndex(({ holds }) => !holds.some((it) => asked.has(it)))
    if (without !== -1) indexes.add(without)
    const known = new Set<string>()
    const found: Decision[] = []
    for (const index of [...indexes].sort((a, b) => a - b)) {
      const decision = this.#decisions[index]
      const key = decision?.holds.filter((it) => asked.has(it)).join() ?? ''
      if (decision === undefined || known.has(key)) continue
      known.add(key)
      found.push(decision)
    }
    return found
  }
}
