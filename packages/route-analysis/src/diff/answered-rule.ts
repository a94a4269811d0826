import type { RouteAnswer } from '@meshwright/route-matcher'
import type { ConfigurationSide } from '../model/configuration-side.ts'
import { endOfAction, type Rule } from '../model/rule.ts'
import type { RouteRef } from '../route-ref.ts'
import { canonicalJson } from './canonical-json.ts'
import { shortenRewrite } from './known-path.ts'

/** A rule with what it does. */
export interface AnsweredRule {
  readonly side: number
  readonly ref: RouteRef | undefined
  /** Undefined: no route answers. */
  readonly answer: RouteAnswer | undefined
  /** Equal for rules that treat every request alike; {@link noAnswer} if no route answers. */
  readonly answerId: number
}

/** What no route answers. */
export const noAnswer = -1

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
  add(side: number, { ref, match = {} }: Rule): number {
    if (ref.route === endOfAction) {
      return this.#rules.push({ side, ref: undefined, answer: undefined, answerId: noAnswer }) - 1
    }
    const raw = this.#sides[side]?.table.answer(ref.virtualHostIndex, ref.route)
    if (raw === undefined) throw new RangeError(`expected a route, got ${JSON.stringify(ref)}`)
    const answer = shortenRewrite(raw, match.caseSensitive !== false)
    const key = canonicalJson(answer)
    let answerId = this.#answerIds.get(key)
    if (answerId === undefined) {
      answerId = this.#answerIds.size
      this.#answerIds.set(key, answerId)
    }
    return this.#rules.push({ side, ref, answer, answerId }) - 1
  }
}
