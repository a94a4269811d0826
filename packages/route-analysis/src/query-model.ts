import { type RouteAnswer, request } from '@meshwright/route-matcher'
import { assumptions } from './assumptions.ts'
import { OutcomeBuilder } from './diff/outcome-builder.ts'
import { listOf } from './find-reached.ts'
import type { ConfigurationSide } from './model/configuration-side.ts'
import { always } from './model/formulas.ts'
import { type HostSpace, spacesOf } from './model/host-spaces.ts'
import type { Model } from './model/read-model.ts'
import type { Rule } from './model/rule.ts'
import type { Outcome } from './outcome.ts'
import type { RequestAnswer, RequestQuery, RequestRegion } from './request-query.ts'
import type { RouteRef } from './route-ref.ts'
import { Decider } from './search/decider.ts'
import { drawRegions } from './search/draw-regions.ts'
import { PairGoal } from './search/pair-goal.ts'
import { emptyList, type RuleList } from './search/rule-list.ts'
import { Search, type State } from './search/search.ts'
import { summarize } from './summarize.ts'
import type { Witness } from './witness.ts'
import { verify, witnessOf } from './witness-of.ts'

type Region = RequestRegion & { readonly cost: number }

/** Answers a query of the first configuration of a model that was read with the query's match. */
export function queryModel(model: Model, query: RequestQuery): RequestAnswer {
  const [side] = model.sides
  const unknown = new Set(model.unknown === undefined ? [] : [model.unknown])
  const regions: Region[] = []
  for (const space of side === undefined ? [] : model.spaces) {
    const found = new Map<number, Region>()
    const rules = side?.rules[space.virtualHosts[0] ?? -1] ?? []
    const reason = side && searchSpace({ model, query, side, rules, found }, space)
    if (reason !== undefined) unknown.add(reason)
    regions.push(...found.values())
  }
  regions.sort((a, b) => a.cost - b.cost)
  const verdict = regions.length > 0 ? 'some' : unknown.size > 0 ? 'unknown' : 'none'
  return {
    verdict,
    regions: regions.map(({ cost: _, ...region }) => region),
    unknown: [...unknown],
    assumptions,
  }
}

interface Context {
  readonly model: Model
  readonly query: RequestQuery
  readonly side: ConfigurationSide
  readonly rules: readonly Rule[]
  /** By the place of the rule; after the last one: no rule. */
  readonly found: Map<number, Region>
}

/** Searches one virtual host, or the hosts that have none; returns why something was not looked at. */
function searchSpace(context: Context, space: HostSpace): string | undefined {
  const { model, rules, found } = context
  const { vocabulary } = model.parts
  const wanted = [...rules.keys(), rules.length].filter((place) => isWanted(place, context))
  const open = new Set(wanted)
  const goal = new PairGoal(vocabulary.formulas, {
    open: (place) => open.has(place),
    met: (place, state, random) => {
      const region = regionOf(place, state, random, context)
      if (region === undefined) return
      open.delete(place)
      found.set(place, region)
    },
  })
  const all = withDefault(listOf(rules))
  const lists = [all, { rules: [0], conditions: [model.condition] }]
  const search = new Search(new Decider(vocabulary, lists), goal, model.budget)
  for (const form of spacesOf(space)) search.add(lists, form)
  search.run()
  return goal.incomplete
}

/** The list with one more rule, for what no other takes. */
function withDefault({ rules, conditions }: RuleList): RuleList {
  return { rules: [...rules, rules.length], conditions: [...conditions, always] }
}

function isWanted(place: number, { query, rules, side }: Context): boolean {
  const { cluster, route, unanswered = false } = query
  const ref = rules[place]?.ref
  if (ref === undefined) return cluster === undefined && route === undefined
  if (unanswered) return false
  if (route !== undefined && !sameRoute(ref, route)) return false
  if (cluster === undefined) return true
  const answer = side.table.answer(ref.virtualHostIndex, ref.route)
  return (
    answer?.kind === 'cluster' &&
    answer.clusters.some((it) => it.weight > 0 && it.cluster === cluster)
  )
}

function sameRoute(a: RouteRef, b: RouteRef): boolean {
  return a.virtualHostIndex === b.virtualHostIndex && a.route === b.route
}

function regionOf(
  place: number,
  state: State,
  random: number | undefined,
  context: Context,
): Region | undefined {
  const { rules, side, model, query } = context
  const ref = rules[place]?.ref
  const first = witnessOf(state, random)
  verify(first, side, ref)
  const witness =
    query.cluster === undefined ? first : withCluster(first, query.cluster, context, state)
  return {
    ref,
    outcome: outcomeOf(state, context),
    witness: witness ?? first,
    summary: summarize(state, model.parts.vocabulary),
    cost: state.cost,
  }
}

/** Draws that are tried for a cluster of weights. */
const mostDraws = 100_000

/** The witness with a draw that leads to the cluster; undefined if something else than the draw chooses. */
function withCluster(
  witness: Witness,
  cluster: string,
  { side, model }: Context,
  state: State,
): Witness | undefined {
  const { period } = drawRegions(state.lists, model.parts.vocabulary.formulas)
  const asked = request(witness.request)
  const reaches = (random: number): boolean =>
    side.table.match(asked, { random })?.cluster === cluster
  const from = witness.random ?? 0
  if (reaches(from)) return witness
  const step = witness.random === undefined ? 1 : period
  for (let draw = from; draw < from + mostDraws * step; draw += step) {
    if (reaches(draw)) return { ...witness, random: draw }
  }
  return undefined
}

function outcomeOf(state: State, { rules, side, model }: Context): Outcome {
  const [list = emptyList] = state.lists
  const { period, regions } = drawRegions([list], model.parts.vocabulary.formulas)
  const builder = new OutcomeBuilder(period)
  for (const { winners, ranges } of regions) {
    const ref = rules[winners[0] ?? -1]?.ref
    const answer: RouteAnswer | undefined =
      ref && side.table.answer(ref.virtualHostIndex, ref.route)
    builder.add(ranges, answer, ref)
  }
  return builder.build().outcome
}
