import { always, type Formula, type Formulas } from '../model/formulas.ts'
import { allDraws, type Draws, drawRegions } from './draw-regions.ts'
import { firstUndecided } from './first-undecided.ts'
import { emptyList, type RuleList } from './rule-list.ts'
import type { Goal, State } from './search.ts'

/** What {@link PairGoal} tells. */
export interface PairVisitor {
  /** Whether a rule of the first list is still looked for. */
  open(rule: number): boolean
  /** A rule of the first list takes requests of this state, with these draws, that fit the second list too. */
  met(rule: number, state: State, draws: Draws): void
}

/** Looks for requests that the first list sends to a rule, of those that fit the second list. */
export class PairGoal implements Goal {
  readonly #formulas: Formulas
  readonly #visitor: PairVisitor
  /** Something was not looked at; why. */
  incomplete: string | undefined

  constructor(formulas: Formulas, visitor: PairVisitor) {
    this.#formulas = formulas
    this.#visitor = visitor
  }

  wanted([first = emptyList, second = emptyList]: readonly RuleList[]): boolean {
    return second.rules.length > 0 && first.rules.some((rule) => this.#visitor.open(rule))
  }

  /** The second list first: it leaves out most. */
  next([first = emptyList, second = emptyList]: readonly RuleList[]): Formula | undefined {
    return firstUndecided(second, this.#formulas) ?? firstUndecided(first, this.#formulas)
  }

  leaf(state: State): void {
    const [first = emptyList, second = emptyList] = state.lists
    if (first.conditions[0] === always && second.conditions[0] === always) {
      this.#meet(first.rules[0], state, allDraws)
      return
    }
    for (const condition of [...first.conditions, ...second.conditions]) {
      const reason = this.#formulas.unknownIn(condition)
      if (reason === undefined) continue
      this.unknown(state, reason)
      return
    }
    const { period, regions } = drawRegions(state.lists, this.#formulas)
    for (const { winners, ranges } of regions) {
      if (winners[1] !== undefined) this.#meet(winners[0], state, { period, ranges })
    }
  }

  unknown(_: State, reason: string): void {
    this.incomplete ??= reason
  }

  #meet(rule: number | undefined, state: State, draws: Draws): void {
    if (rule !== undefined && this.#visitor.open(rule)) this.#visitor.met(rule, state, draws)
  }
}
