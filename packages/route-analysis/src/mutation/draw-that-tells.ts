import {
  compileRoutes,
  type Request,
  type RouteConfigurationJson,
  type RouteTable,
  request,
} from '@meshwright/route-matcher'
import type { AnalysisOptions } from '../analysis-options.ts'
import { fractionRules, weightRules } from '../draws/draw-rules.ts'
import { representativeDraws } from '../draws/draws.ts'
import type { DiffClass } from '../route-diff.ts'
import type { Witness } from '../witness.ts'

/**
 * The witness of a difference with a draw at which the two configurations do something else with it: odds may differ while
 * most draws lead to the same place. Left as it is if one of the draws it was tried with does not tell.
 */
export function drawThatTells(
  configurations: readonly [RouteConfigurationJson, RouteConfigurationJson],
  { witness, before, after }: Pick<DiffClass, 'witness' | 'before' | 'after'>,
  options: AnalysisOptions,
): Witness {
  const tables = configurations.map((it) => compileRoutes(it, options))
  const asked = request(witness.request)
  const tells = (random: number) =>
    new Set(tables.map((table) => effectOf(table, asked, random))).size > 1
  if (tells(witness.random ?? 0)) return witness
  const rules = [before, after].flatMap(({ shares }, i) => {
    const table = tables[i]
    const hosts = configurations[i]?.virtualHosts ?? []
    return shares.flatMap(({ ref, answer }) => {
      const host = ref === undefined ? undefined : hosts[ref.virtualHostIndex]
      if (table === undefined || ref === undefined || host === undefined) return []
      const whole = table.answer(ref.virtualHostIndex, ref.route) ?? answer
      return [
        ...fractionRules(host, table, ref.virtualHostIndex),
        ...(whole === undefined ? [] : weightRules(whole)),
      ]
    })
  })
  const found = representativeDraws(rules).find(({ random }) => tells(random))
  return found === undefined ? witness : { ...witness, random: found.random }
}

/** Everything that happens to a request with this draw, to be compared. */
function effectOf(table: RouteTable, asked: Request, random: number): string {
  const match = table.match(asked, { random })
  if (match === undefined) return 'no route'
  const host = table.virtualHosts.indexOf(match.virtualHost.name)
  const answer = table.answer(host, match.route.index)
  // Weights are no effect of their own: of a choice only what was chosen is one.
  const rest = answer?.kind === 'cluster' ? { ...answer, clusters: [], totalWeight: 0 } : answer
  const { action, responseHeaders, typedPerFilterConfig } = match
  const chosen = [action, responseHeaders, [...typedPerFilterConfig], match.applyToRequest(asked)]
  return JSON.stringify([rest, chosen])
}
