import { type HostSpace, spacesOf } from './model/host-spaces.ts'
import type { Model } from './model/read-model.ts'
import { type Rule, routeOf } from './model/rule.ts'
import { Decider } from './search/decider.ts'
import { ReachGoal } from './search/reach-goal.ts'
import type { RuleList } from './search/rule-list.ts'
import { Search } from './search/search.ts'
import type { Witness } from './witness.ts'
import { placeOf, verify, witnessOf } from './witness-of.ts'

/** Which rules of a virtual host requests take. */
export interface Reached {
  /** By the place of the rule, a shortest request that takes it; the matcher was asked. */
  readonly witnesses: ReadonlyMap<number, Witness>
  /** By the place of the rule, why nothing is known; never of one that has a witness. */
  readonly unknowns: ReadonlyMap<number, string>
}

/** Searches a request for each rule of a virtual host of the first configuration. */
export function findReached(rules: readonly Rule[], space: HostSpace, model: Model): Reached {
  const { parts, sides, budget } = model
  const [side] = sides
  const witnesses = new Map<number, Witness>()
  if (side === undefined) return { witnesses, unknowns: new Map() }
  const goal = new ReachGoal(parts.vocabulary.formulas, {
    reached: (rule, state, random) => {
      const witness = witnessOf(state, random)
      verify(witness, side, routeOf(rules[rule]))
      witnesses.set(rule, witness)
    },
    ask: (state) => {
      const place = placeOf(witnessOf(state, undefined), side)
      return place && rules.findIndex(({ ref }) => ref.route === place.route)
    },
  })
  const list = listOf(rules)
  const search = new Search(new Decider(parts.vocabulary, [list]), goal, budget)
  for (const form of spacesOf(space)) search.add([list], form)
  search.run()
  return { witnesses, unknowns: goal.unknowns }
}

/** A list of all rules, by their places. */
export function listOf(rules: readonly Rule[]): RuleList {
  return {
    rules: rules.map((_, index) => index),
    conditions: rules.map(({ condition }) => condition),
  }
}
