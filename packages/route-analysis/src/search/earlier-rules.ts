import { never } from '../model/formulas.ts'
import { type HostSpace, spacesOf } from '../model/host-spaces.ts'
import type { Vocabulary } from '../model/vocabulary.ts'
import { Decider } from './decider.ts'
import { PairGoal, type PairVisitor } from './pair-goal.ts'
import { PathClasses } from './path-classes.ts'
import type { RuleList } from './rule-list.ts'
import { type Budget, Search } from './search.ts'

/** Looks in a list for the earlier rules that take what a later one would take too. */
export class EarlierRules {
  readonly #vocabulary: Vocabulary
  readonly #list: RuleList
  readonly #space: HostSpace
  readonly #decider: Decider
  #classes: readonly (PathClasses | undefined)[] | undefined

  constructor(vocabulary: Vocabulary, list: RuleList, space: HostSpace) {
    this.#vocabulary = vocabulary
    this.#list = list
    this.#space = space
    this.#decider = new Decider(vocabulary, [list])
  }

  /** Tells of requests that fit the rule of a place and go to an earlier rule; returns why something was not looked at. */
  search(place: number, visitor: PairVisitor, budget: Budget): string | undefined {
    const goal = new PairGoal(this.#vocabulary.formulas, visitor)
    const search = new Search(this.#decider, goal, budget)
    const spaces = spacesOf(this.#space)
    this.#classes ??= spaces.map((space) => PathClasses.of(this.#vocabulary, this.#list, space))
    for (const [index, space] of spaces.entries()) {
      const classes = this.#classes[index]
      if (classes === undefined) search.add(this.#listsFor(place), space)
      else for (const state of classes.statesOf(place)) search.addState(state)
    }
    search.run()
    return goal.incomplete
  }

  #listsFor(place: number): readonly RuleList[] {
    const { rules, conditions } = this.#list
    return [
      { rules: rules.slice(0, place), conditions: conditions.slice(0, place) },
      { rules: [place], conditions: [conditions[place] ?? never] },
    ]
  }
}
