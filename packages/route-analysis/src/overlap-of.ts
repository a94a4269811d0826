import { compileRoutes, type RouteConfigurationJson, request } from '@meshwright/route-matcher'
import type { AnalysisOptions } from './analysis-options.ts'
import { assumptions } from './assumptions.ts'
import { RouteAnalysisError } from './errors.ts'
import { spacesOf } from './model/host-spaces.ts'
import { type Model, readModel } from './model/read-model.ts'
import type { Overlap } from './request-query.ts'
import type { RouteRef } from './route-ref.ts'
import { Decider } from './search/decider.ts'
import { oneOf } from './search/draw-regions.ts'
import { PairGoal } from './search/pair-goal.ts'
import type { RuleList } from './search/rule-list.ts'
import { Search } from './search/search.ts'
import type { Witness } from './witness.ts'
import { witnessOf } from './witness-of.ts'

/**
 * Whether some request fits two routes of a configuration, whichever comes first, with a shortest such request.
 *
 * Routes of different virtual hosts are disjoint.
 *
 * @throws {RouteConfigError} if the configuration has faults.
 */
export function overlapOf(
  configuration: RouteConfigurationJson,
  refs: readonly [RouteRef, RouteRef],
  options: AnalysisOptions = {},
): Overlap {
  const [a, b] = refs
  const model = readModel([configuration], options)
  const space = model.spaces.find(({ virtualHosts }) => virtualHosts[0] === a.virtualHostIndex)
  if (model.unknown !== undefined) return { verdict: 'unknown', reason: model.unknown, assumptions }
  if (space === undefined || a.virtualHostIndex !== b.virtualHostIndex) {
    return { verdict: 'disjoint', assumptions }
  }
  const found: Witness[] = []
  const { vocabulary } = model.parts
  const goal = new PairGoal(vocabulary.formulas, {
    open: () => found.length === 0,
    met: (_, state, draws) => {
      found.push(witnessOf(state, oneOf(draws)))
    },
  })
  const lists = [listOfOne(a, model), listOfOne(b, model)]
  const search = new Search(new Decider(vocabulary, lists), goal, model.budget)
  for (const form of spacesOf(space)) search.add(lists, form)
  search.run()
  const [witness] = found
  if (witness !== undefined) {
    for (const ref of refs.filter(({ route }) => route >= 0))
      verifyFit(witness, configuration, ref, options)
    return { verdict: 'overlapping', witness, assumptions }
  }
  const { incomplete } = goal
  return incomplete === undefined
    ? { verdict: 'disjoint', assumptions }
    : { verdict: 'unknown', reason: incomplete, assumptions }
}

/** A route of a matcher tree may have several rules. */
function listOfOne(ref: RouteRef, { sides, parts }: Model): RuleList {
  const rules = sides[0]?.rules[ref.virtualHostIndex] ?? []
  const own = rules.filter((it) => it.ref.route === ref.route)
  if (own.length === 0) throw new RangeError(`expected a route, got ${JSON.stringify(ref)}`)
  const condition = parts.vocabulary.formulas.or(own.map((it) => it.condition))
  return { rules: [ref.route], conditions: [condition] }
}

/**
 * Asks the matcher whether a witness fits a route, whatever comes before it: with that route alone.
 *
 * @throws {RouteAnalysisError} if it does not.
 */
function verifyFit(
  witness: Witness,
  configuration: RouteConfigurationJson,
  { virtualHostIndex, route }: RouteRef,
  options: AnalysisOptions,
): void {
  const host = configuration.virtualHosts?.[virtualHostIndex]
  // A route of a tree cannot stand alone.
  if (host === undefined || host.matcher !== undefined) return
  const alone = { ...host, requireTls: 'NONE', routes: host.routes?.slice(route, route + 1) ?? [] }
  const table = compileRoutes({ ...configuration, virtualHosts: [alone] }, options)
  const match = table.match(request(witness.request), { random: witness.random ?? 0 })
  if (match === undefined) throw new RouteAnalysisError(witness, `route ${route}`, 'no route')
}
