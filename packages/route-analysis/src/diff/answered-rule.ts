import type { RouteAnswer } from '@meshwright/route-matcher'
import type { ConfigurationSide } from '../model/configuration-side.ts'
import { matcherRule, type Rule } from '../model/rule.ts'
import type { RouteRef } from '../route-ref.ts'
import { canonicalJson } from './canonical-json.ts'
import { shortenRewrite } from './known-path.ts'

/** A rule with what it does. */
export interface AnsweredRule {
  readonly side: number
  readonly ref: RouteRef
  /** Undefined: a matcher tree, of which it is not known what it does. */
  readonly answer: RouteAnswer | undefined
  /** Equal for rules that treat every request alike. */
  readonly answerId: number
}

/** The rules of configurations that are compared, by numbers. */
export class AnsweredRules {
  readonly #sides: readonly ConfigurationSide[]
  readonly #rules: AnsweredRule[] = []
  readonly #answerIds = new Map<string, number>()

  constructor(sides: readonly ConfigurationSide[]) {
    this.#sides = sides
  }

  at(number: number): AnsweredRule {
    const rule = this.#rules[number]
    if (rule === undefined) throw new RangeError(`expected a rule, got ${number}`)
    return rule
  }

  /** The number of a new rule. */
  add(side: number, { ref }: Rule): number {
    const answer = this.#answerOf(side, ref)
    const key = answer === undefined ? this.#treeOf(side, ref) : canonicalJson(answer)
    let answerId = this.#answerIds.get(key)
    if (answerId === undefined) {
      answerId = this.#answerIds.size
      this.#answerIds.set(key, answerId)
    }
    return this.#rules.push({ side, ref, answer, answerId }) - 1
  }

  #answerOf(side: number, ref: RouteRef): RouteAnswer | undefined {
    if (ref.route === matcherRule) return undefined
    const raw = this.#sides[side]?.table.answer(ref.virtualHostIndex, ref.route)
    if (raw === undefined) throw new RangeError(`expected a route, got ${JSON.stringify(ref)}`)
    return shortenRewrite(raw, this.#isCaseSensitive(side, ref))
  }

  /** Trees are alike if everything around them is. */
  #treeOf(side: number, { virtualHostIndex }: RouteRef): string {
    const { virtualHosts = [], ...configuration } = this.#sides[side]?.configuration ?? {}
    const { domains: _, ...host } = virtualHosts[virtualHostIndex] ?? {}
    return `tree ${canonicalJson([host, configuration])}`
  }

  #isCaseSensitive(side: number, { virtualHostIndex, route }: RouteRef): boolean {
    const { virtualHosts = [] } = this.#sides[side]?.configuration ?? {}
    return virtualHosts[virtualHostIndex]?.routes?.[route]?.match?.caseSensitive !== false
  }
}
