import { always, type Formula, type Formulas, never } from '../model/formulas.ts'

/** Rules in order, each with what is left of its condition. Rules that cannot hold are gone, and so is all after one that must. */
export interface RuleList {
  /** Numbers that mean something to whoever searches. */
  readonly rules: readonly number[]
  readonly conditions: readonly Formula[]
}

/** A list of nothing. */
export const emptyList: RuleList = { rules: [], conditions: [] }

/** A list as it is where tests of one dimension are decided, for one decision after another. */
export class DecidedList {
  readonly #list: RuleList
  readonly #dimension: number
  readonly #formulas: Formulas
  /** Where no test holds: places in the list and what is left there, never left out. */
  readonly #places: number[] = []
  readonly #conditions: Formula[] = []
  /** Per test, the places that mention it. */
  #byTest: ReadonlyMap<number, number[]> | undefined

  constructor(list: RuleList, dimension: number, formulas: Formulas) {
    this.#list = list
    this.#dimension = dimension
    this.#formulas = formulas
    for (const [place, condition] of list.conditions.entries()) {
      const left = formulas.assign(condition, dimension, noTest)
      if (left !== never) {
        this.#places.push(place)
        this.#conditions.push(left)
      }
    }
  }

  /** The tests that the list mentions. */
  get tests(): Iterable<number> {
    return this.#mentions.keys()
  }

  /** Whether the list mentions a test. */
  mentions(test: number): boolean {
    return this.#mentions.has(test)
  }

  /** The rules that mention one of the tests. */
  *mentioning(holds: readonly number[]): Generator<number> {
    for (const test of holds) {
      for (const place of this.#mentions.get(test) ?? []) yield this.#list.rules[place] ?? -1
    }
  }

  /** The rules that are left where no test holds. */
  get base(): readonly number[] {
    return this.#places.map((place) => this.#list.rules[place] ?? -1)
  }

  /** The list where exactly the tests in `holds` hold. Linear in what is left and what mentions them. */
  where(holds: readonly number[]): RuleList {
    const held = new Set(holds)
    const changed = this.#changedPlaces(holds)
    const rules: number[] = []
    const conditions: Formula[] = []
    let next = 0
    let changedNext = 0
    while (next < this.#places.length || changedNext < changed.length) {
      const unchangedPlace = placeAt(this.#places, next)
      const changedPlace = placeAt(changed, changedNext)
      const place = Math.min(unchangedPlace, changedPlace)
      const left = place === changedPlace ? this.#assign(place, held) : this.#conditions[next]
      if (place === unchangedPlace) next++
      if (place === changedPlace) changedNext++
      if (left === undefined || left === never) continue
      rules.push(this.#list.rules[place] ?? -1)
      conditions.push(left)
      if (left === always) break
    }
    return { rules, conditions }
  }

  #assign(place: number, held: ReadonlySet<number>): Formula {
    return this.#formulas.assign(this.#list.conditions[place] ?? never, this.#dimension, held)
  }

  get #mentions(): ReadonlyMap<number, number[]> {
    this.#byTest ??= this.#collectMentions()
    return this.#byTest
  }

  #collectMentions(): ReadonlyMap<number, number[]> {
    const mentions = new Map<number, number[]>()
    for (const [place, condition] of this.#list.conditions.entries()) {
      if (!this.#formulas.dimensionsOf(condition).includes(this.#dimension)) continue
      for (const test of this.#formulas.testsOf(condition)) {
        if (this.#formulas.dimensionOf(test) !== this.#dimension) continue
        const places = mentions.get(test)
        if (places === undefined) mentions.set(test, [place])
        else places.push(place)
      }
    }
    return mentions
  }

  #changedPlaces(holds: readonly number[]): readonly number[] {
    if (holds.length === 0) return holds
    if (holds.length === 1) return this.#mentions.get(holds[0] ?? -1) ?? []
    const places = new Set<number>()
    for (const test of holds) for (const place of this.#mentions.get(test) ?? []) places.add(place)
    return [...places].sort((a, b) => a - b)
  }
}

/** Beyond the end, behind every place. */
function placeAt(places: readonly number[], index: number): number {
  return places[index] ?? Number.POSITIVE_INFINITY
}

const noTest: ReadonlySet<number> = new Set()
