import { type Request, type RouteAnswer, type RouteTable, request } from '@meshwright/route-matcher'
import { fractionRules, weightRules } from '../draws/draw-rules.ts'
import { type DrawRule, representativeDraws } from '../draws/draws.ts'
import type { ConfigurationSide } from '../model/configuration-side.ts'
import type { Outcome } from '../outcome.ts'
import type { RouteRef } from '../route-ref.ts'
import type { Witness } from '../witness.ts'

/** Finds draws at which two configurations do something else with a request. */
export class TellingDraws {
  readonly #sides: readonly ConfigurationSide[]
  /** Per configuration and virtual host. */
  readonly #fractions = new Map<string, readonly DrawRule[]>()

  constructor(sides: readonly ConfigurationSide[]) {
    this.#sides = sides
  }

  /**
   * The witness of a difference with such a draw: odds may differ while most draws lead to the same place. Left as it is if
   * every draw tells, or if none does of those that it was tried with.
   */
  withDraw(witness: Witness, outcomes: readonly [before: Outcome, after: Outcome]): Witness {
    if (outcomes.every(({ shares }) => shares.length === 1)) return witness
    const asked = request(witness.request)
    const tells = (random: number, written: boolean): boolean =>
      new Set(this.#sides.map(({ table }) => effectOf(table, asked, { random, written }))).size > 1
    const rules = outcomes.flatMap(({ shares }, side) =>
      shares.flatMap(({ ref }) => (ref === undefined ? [] : this.#rulesOf(side, ref))),
    )
    const draws = representativeDraws(rules)
    // Rewrites that are written in two ways may do the same to this request.
    const found =
      draws.find(({ random }) => tells(random, false)) ??
      draws.find(({ random }) => tells(random, true))
    return found === undefined ? witness : { ...witness, random: found.random }
  }

  #rulesOf(side: number, ref: RouteRef): readonly DrawRule[] {
    const table = this.#sides[side]?.table
    const answer = table?.answer(ref.virtualHostIndex, ref.route)
    const ofWeights = answer === undefined ? [] : weightRules(answer)
    return [...this.#fractionsOf(side, ref.virtualHostIndex), ...ofWeights]
  }

  #fractionsOf(side: number, host: number): readonly DrawRule[] {
    const key = `${side} ${host}`
    const { configuration, table } = this.#sides[side] ?? {}
    const json = configuration?.virtualHosts?.[host]
    if (json === undefined || table === undefined) return []
    let rules = this.#fractions.get(key)
    if (rules === undefined) {
      rules = fractionRules(json, table, host)
      this.#fractions.set(key, rules)
    }
    return rules
  }
}

interface Asked {
  readonly random: number
  /** How paths are rewritten counts as it is written, too. */
  readonly written: boolean
}

/** Everything that happens to a request with this draw, to be compared. */
function effectOf(table: RouteTable, asked: Request, { random, written }: Asked): string {
  const match = table.match(asked, { random })
  if (match === undefined) return 'no route'
  const host = table.virtualHosts.indexOf(match.virtualHost.name)
  const answer = table.answer(host, match.route.index)
  const { action, responseHeaders, typedPerFilterConfig } = match
  const chosen = [action, responseHeaders, [...typedPerFilterConfig], match.applyToRequest(asked)]
  return JSON.stringify([answer === undefined ? '' : restOf(answer, written), chosen])
}

/** What the match does not tell. Weights are no effect of their own: of a choice only what was chosen is one. */
function restOf(answer: RouteAnswer, written: boolean): unknown {
  const { pathRewrite, ...rest }: RouteAnswer & { readonly pathRewrite?: unknown } = answer
  const base = written ? { ...rest, pathRewrite } : rest
  return answer.kind === 'cluster' ? { ...base, clusters: [], totalWeight: 0 } : base
}
