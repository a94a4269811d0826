import { always, type Formula, type Formulas } from '../model/formulas.ts'
import { firstUndecided } from '../search/first-undecided.ts'
import { emptyList, type RuleList } from '../search/rule-list.ts'
import type { Goal, State } from '../search/search.ts'

/** What {@link DiffGoal} tells. */
export interface DiffVisitor {
  /** Equal for rules that treat every request alike. */
  answerId(rule: number): number
  /** Everything is decided but draws: both lists say what happens, and say it differently. */
  decided(state: State): void
  unknown(state: State, reason: string): void
  /** Nothing more is to be found. */
  full(): boolean
}

/** Looks for requests that two lists treat differently. */
export class DiffGoal implements Goal {
  readonly #formulas: Formulas
  readonly #visitor: DiffVisitor

  constructor(formulas: Formulas, visitor: DiffVisitor) {
    this.#formulas = formulas
    this.#visitor = visitor
  }

  wanted([before = emptyList, after = emptyList]: readonly RuleList[]): boolean {
    return !this.#visitor.full() && this.#firstDifference(before, after) !== undefined
  }

  /** What the lists differ in first, if a dimension has a say in it: deciding it makes most requests equal. */
  next([before = emptyList, after = emptyList]: readonly RuleList[]): Formula | undefined {
    const at = this.#firstDifference(before, after) ?? 0
    for (const { conditions } of [before, after]) {
      const condition = conditions[at]
      if (condition !== undefined && this.#formulas.dimensionsOf(condition).length > 0) {
        return condition
      }
    }
    return firstUndecided(before, this.#formulas) ?? firstUndecided(after, this.#formulas)
  }

  leaf(state: State): void {
    for (const { conditions } of state.lists) {
      for (const condition of conditions) {
        if (condition === always) break
        const reason = this.#formulas.unknownIn(condition)
        if (reason !== undefined) {
          this.unknown(state, reason)
          return
        }
      }
    }
    this.#visitor.decided(state)
  }

  unknown(state: State, reason: string): void {
    this.#visitor.unknown(state, reason)
  }

  #firstDifference(before: RuleList, after: RuleList): number | undefined {
    const length = Math.max(before.rules.length, after.rules.length)
    for (let at = 0; at < length; at++) {
      if (before.conditions[at] !== after.conditions[at]) return at
      const [old, young] = [before.rules[at] ?? -1, after.rules[at] ?? -1]
      if (this.#visitor.answerId(old) !== this.#visitor.answerId(young)) return at
    }
    return undefined
  }
}
