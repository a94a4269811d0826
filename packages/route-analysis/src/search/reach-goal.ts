import { always, type Formula, type Formulas } from '../model/formulas.ts'
import { drawRegions } from './draw-regions.ts'
import { firstUndecided } from './first-undecided.ts'
import { emptyList, type RuleList } from './rule-list.ts'
import type { Goal, State } from './search.ts'

/** What {@link ReachGoal} tells. */
export interface ReachVisitor {
  /** A rule takes requests of this state, with this draw if the draw matters. Told once for each rule. */
  reached(rule: number, state: State, random: number | undefined): void
  /** What the matcher itself does with the request of a state: the rule, if any. */
  ask(state: State): number | undefined
}

/** Looks for a request that each rule of the first list takes. */
export class ReachGoal implements Goal {
  readonly #formulas: Formulas
  readonly #visitor: ReachVisitor
  readonly #reached = new Set<number>()
  /** Rules of which some requests are unknown, and why. */
  readonly unknowns: Map<number, string> = new Map()

  constructor(formulas: Formulas, visitor: ReachVisitor) {
    this.#formulas = formulas
    this.#visitor = visitor
  }

  readonly open = (rule: number): boolean => !this.#reached.has(rule)

  wanted([list = emptyList]: readonly RuleList[]): boolean {
    return list.rules.length > 0
  }

  next([list = emptyList]: readonly RuleList[]): Formula | undefined {
    return firstUndecided(list, this.#formulas)
  }

  leaf(state: State): void {
    const [list = emptyList] = state.lists
    if (list.conditions[0] === always) {
      this.#reach(list.rules[0], state, undefined)
      return
    }
    const at = list.conditions.findIndex((it) => this.#formulas.unknownIn(it) !== undefined)
    if (at !== -1) {
      this.unknown(state, this.#formulas.unknownIn(list.conditions[at] ?? always) ?? '')
      return
    }
    for (const { winners, ranges } of drawRegions([list], this.#formulas).regions) {
      this.#reach(winners[0], state, ranges[0]?.[0])
    }
  }

  /** What the matcher says of one request is certain all the same. */
  unknown(state: State, reason: string): void {
    this.#reach(this.#visitor.ask(state), state, undefined)
    for (const rule of state.lists[0]?.rules ?? []) {
      if (this.open(rule) && !this.unknowns.has(rule)) this.unknowns.set(rule, reason)
    }
  }

  #reach(rule: number | undefined, state: State, random: number | undefined): void {
    if (rule === undefined || !this.open(rule)) return
    this.#reached.add(rule)
    this.unknowns.delete(rule)
    this.#visitor.reached(rule, state, random)
  }
}
