import type { Language } from '../language/language.ts'
import type { Dimension, Test } from './dimension.ts'
import { type Formula, Formulas } from './formulas.ts'

/** The dimensions and tests of the configurations that are looked at together, and the formulas over them. */
export class Vocabulary {
  readonly formulas: Formulas = new Formulas()
  readonly #dimensions: Dimension[] = []
  readonly #byKey = new Map<string, number>()
  readonly #tests: Test[] = []
  readonly #testIds = new Map<string, number>()

  /** The number of the dimension of that key, which is made if there is none. */
  dimension(key: string, make: () => Dimension): number {
    let number = this.#byKey.get(key)
    if (number === undefined) {
      number = this.#dimensions.push(make()) - 1
      this.#byKey.set(key, number)
    }
    return number
  }

  /** The dimension of that key, if something asked for it. */
  find(key: string): number | undefined {
    return this.#byKey.get(key)
  }

  at(dimension: number): Dimension {
    const found = this.#dimensions[dimension]
    if (found === undefined) throw new RangeError(`expected a dimension, got ${dimension}`)
    return found
  }

  test(number: number): Test {
    const found = this.#tests[number]
    if (found === undefined) throw new RangeError(`expected a test, got ${number}`)
    return found
  }

  /** The condition that a dimension's text is in a language. */
  inLanguage(dimension: number, language: Language, description: string): Formula {
    return this.#test(dimension, language.key, { description, language })
  }

  /** The condition that a dimension's value passes; tests of one key are one. */
  accepted(
    dimension: number,
    key: string,
    test: {
      readonly description: string
      readonly accepts: (value: unknown) => boolean
      readonly numbers?: readonly number[]
    },
  ): Formula {
    return this.#test(dimension, key, test)
  }

  /** In words: that a test holds. */
  describe(number: number): string {
    const dimension = this.at(this.formulas.dimensionOf(number))
    return `${dimension.name} ${this.test(number).description}`
  }

  /** The tests of a dimension that were made so far. */
  testsIn(dimension: number): readonly Test[] {
    return this.#tests.filter(({ number }) => this.formulas.dimensionOf(number) === dimension)
  }

  #test(dimension: number, key: string, test: Omit<Test, 'number'>): Formula {
    const id = `${dimension} ${key}`
    let number = this.#testIds.get(id)
    if (number === undefined) {
      number = this.formulas.addTest(dimension)
      this.#testIds.set(id, number)
      this.#tests[number] = { ...test, number }
    }
    return this.formulas.test(number)
  }
}
