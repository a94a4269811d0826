import { type RouteAnswer, request } from '@meshwright/route-matcher'
import { byteCost, byteLength } from '../model/cost.ts'
import type { HostSpace } from '../model/host-spaces.ts'
import { spacesOf } from '../model/host-spaces.ts'
import type { Model } from '../model/read-model.ts'
import type { DiffClass, UnknownClass } from '../route-diff.ts'
import { Decider } from '../search/decider.ts'
import { drawRegions } from '../search/draw-regions.ts'
import type { RuleList } from '../search/rule-list.ts'
import { Search, type State } from '../search/search.ts'
import { summarize } from '../summarize.ts'
import type { Witness } from '../witness.ts'
import { verify, witnessOf } from '../witness-of.ts'
import { AnsweredRules, noAnswer } from './answered-rule.ts'
import { canonicalJson } from './canonical-json.ts'
import { DiffGoal } from './diff-goal.ts'
import { resolveRewrite } from './known-path.ts'
import { type KeyedOutcome, OutcomeBuilder } from './outcome-builder.ts'
import { pathTexts } from './path-texts.ts'
import { TellingDraws } from './telling-draws.ts'
import { wholePath } from './whole-path.ts'

const defaultClasses = 10_000

/** Classes of requests that two configurations treat differently, as they are found. */
export class Comparison {
  readonly #model: Model
  readonly #rules: AnsweredRules
  readonly #classes = new Map<string, DiffClass & { readonly cost: number }>()
  readonly #unknown = new Map<string, UnknownClass>()
  #isFull = false

  readonly #mostClasses: number

  constructor(model: Model, mostClasses: number = defaultClasses) {
    this.#model = model
    this.#rules = new AnsweredRules(model.sides)
    this.#mostClasses = mostClasses
  }

  get classes(): readonly DiffClass[] {
    const sorted = [...this.#classes.values()].sort((a, b) => a.cost - b.cost)
    const draws = new TellingDraws(this.#model.sides)
    return sorted.map(({ before, after, witness, summary }) => ({
      before,
      after,
      witness: draws.withDraw(witness, [before, after]),
      summary,
    }))
  }

  get unknown(): readonly UnknownClass[] {
    return [...this.#unknown.values()]
  }

  addUnknown(reason: string, summary: string): void {
    if (!this.#unknown.has(reason)) this.#unknown.set(reason, { reason, summary })
  }

  /** Compares the requests of one pair of virtual hosts. */
  compare(space: HostSpace): void {
    const { vocabulary } = this.#model.parts
    const goal = new DiffGoal(vocabulary.formulas, {
      full: () => this.#isFull,
      answerId: (rule) => (rule < 0 ? noAnswer : this.#rules.at(rule).answerId),
      decided: (state) => this.#decided(state),
      unknown: (state, reason) => this.addUnknown(reason, summarize(state, vocabulary)),
    })
    const lists = space.virtualHosts.map((index, side) => this.#listOf(side, index))
    const search = new Search(new Decider(vocabulary, lists), goal, this.#model.budget)
    for (const form of spacesOf(space)) search.add(lists, form)
    search.run()
  }

  #listOf(side: number, virtualHost: number): RuleList {
    const rules = this.#model.sides[side]?.rules[virtualHost] ?? []
    return {
      rules: rules.map((rule) => this.#rules.add(side, rule)),
      conditions: rules.map(({ condition }) => condition),
    }
  }

  #decided(state: State): void {
    const { parts } = this.#model
    const witness = witnessOf(state, undefined)
    const outcomes = this.#outcomes(state, witness, wholePath(state, parts.vocabulary))
    const [before, after] = outcomes
    if (before.key === after.key) return
    if (!isAlikeButForPaths(before, after)) {
      this.#keep(outcomes, state, witness)
      return
    }
    const texts = pathTexts(state, parts)
    if (texts === undefined) this.#keep(outcomes, state, witness)
    for (const text of texts ?? []) this.#decidedFor(text, state, witness)
  }

  /** Compares the requests of a state that have this path. */
  #decidedFor(path: string, state: State, { request: plain }: Witness): void {
    const at = plain.path.indexOf('?')
    const query = at === -1 ? '' : plain.path.slice(at)
    const witness = { request: { ...plain, path: path + query } }
    const outcomes = this.#outcomes(state, witness, path)
    if (outcomes[0].key === outcomes[1].key) return
    const cost = state.cost + (byteLength(witness.request.path) - byteLength(plain.path)) * byteCost
    this.#keep(outcomes, { ...state, cost }, witness)
  }

  #outcomes(
    state: State,
    witness: Witness,
    path: string | undefined,
  ): readonly [before: KeyedOutcome, after: KeyedOutcome] {
    const { period, regions } = drawRegions(state.lists, this.#model.parts.vocabulary.formulas)
    const [before, after] = [new OutcomeBuilder(period), new OutcomeBuilder(period)]
    for (const { winners, ranges } of regions) {
      const random = period === 1 ? undefined : ranges[0]?.[0]
      const told = random === undefined ? witness : { ...witness, random }
      for (const [side, builder] of [before, after].entries()) {
        this.#add(builder, ranges, winners[side], { side, witness: told, path })
      }
    }
    return [before.build(), after.build()]
  }

  #add(
    builder: OutcomeBuilder,
    ranges: readonly (readonly [number, number])[],
    winner: number | undefined,
    at: { readonly side: number; readonly witness: Witness; readonly path: string | undefined },
  ): void {
    const side = this.#model.sides[at.side]
    const rule = winner === undefined ? undefined : this.#rules.at(winner)
    if (side !== undefined) verify(at.witness, side, rule?.ref)
    if (rule?.answer === undefined) {
      builder.add(ranges, undefined, undefined)
      return
    }
    const answer = resolveRewrite(rule.answer, {
      whole: at.path,
      rewritten: () => {
        const asked = request(at.witness.request)
        const match = side?.table.match(asked, { random: at.witness.random ?? 0 })
        return match?.applyToRequest(asked).path.split('?', 1)[0]
      },
    })
    builder.add(ranges, answer, rule.ref)
  }

  #keep(
    [before, after]: readonly [KeyedOutcome, KeyedOutcome],
    state: State,
    witness: Witness,
  ): void {
    const key = `${before.key}\n\n${after.key}`
    const known = this.#classes.get(key)
    if (known !== undefined && known.cost <= state.cost) return
    const summary = summarize(state, this.#model.parts.vocabulary)
    if (known === undefined && this.#classes.size >= this.#mostClasses) {
      this.#isFull = true
      this.addUnknown(`there are more than ${this.#mostClasses} classes`, summary)
      return
    }
    const { cost } = state
    this.#classes.set(key, {
      before: before.outcome,
      after: after.outcome,
      witness,
      summary,
      cost,
    })
  }
}

/** Whether outcomes differ in nothing but in how paths are rewritten. */
function isAlikeButForPaths(before: KeyedOutcome, after: KeyedOutcome): boolean {
  return withoutPaths(before) === withoutPaths(after)
}

function withoutPaths({ outcome }: KeyedOutcome): string {
  const shares = outcome.shares.map(({ share, answer }) => {
    const rest = answer !== undefined && 'pathRewrite' in answer ? withoutRewrite(answer) : answer
    return `${share} ${rest === undefined ? '' : canonicalJson(rest)}`
  })
  return shares.sort().join('\n')
}

function withoutRewrite({
  pathRewrite: _,
  ...rest
}: RouteAnswer & { readonly pathRewrite?: unknown }): unknown {
  return rest
}
