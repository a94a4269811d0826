import { type PlainRequest, type RouteAnswer, request } from '@meshwright/route-matcher'
import { assumptions } from '../assumptions.ts'
import { OutcomeBuilder } from '../diff/outcome-builder.ts'
import { drawWithin } from '../draws/draw-within.ts'
import { RouteAnalysisError } from '../errors.ts'
import type { ConfigurationSide } from '../model/configuration-side.ts'
import { type HostSpace, spacesOf } from '../model/host-spaces.ts'
import type { Model } from '../model/read-model.ts'
import type { Outcome } from '../outcome.ts'
import type { RequestAnswer, RequestRegion } from '../request-query.ts'
import { Decider } from '../search/decider.ts'
import { type Draws, drawRegions, oneOf } from '../search/draw-regions.ts'
import { PairGoal } from '../search/pair-goal.ts'
import { emptyList } from '../search/rule-list.ts'
import { Search, type State } from '../search/search.ts'
import { summarize } from '../summarize.ts'
import type { Witness } from '../witness.ts'
import { verify, witnessOf } from '../witness-of.ts'
import type { AskedRule, AskedRules, Wanted } from './asked-rules.ts'

type Region = RequestRegion & { readonly cost: number }

/** Answers a query of the first configuration of a model that was read with the query's match. */
export function queryModel(model: Model, asked: AskedRules, check: WitnessCheck): RequestAnswer {
  const [side] = model.sides
  const unknown = new Set(model.unknown === undefined ? [] : [model.unknown])
  const regions: Region[] = []
  for (const space of side === undefined ? [] : model.spaces) {
    const rules = asked.at(space.virtualHosts[0] ?? -1) ?? []
    const query = side && new SpaceQuery(model, side, { rules, check })
    for (const reason of query?.search(space) ?? []) unknown.add(reason)
    regions.push(...(query?.regions ?? []))
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

/** What witnesses are held to besides the route that takes them. */
export interface WitnessCheck {
  /** Whether the matcher says that a request fits the match of the query. */
  fits(request: PlainRequest, random: number): boolean
  readonly cluster: string | undefined
}

interface Asked {
  readonly rules: readonly AskedRule[]
  readonly check: WitnessCheck
}

/** A query of one virtual host, or of the hosts that have none. */
class SpaceQuery {
  readonly #model: Model
  readonly #side: ConfigurationSide
  readonly #rules: readonly AskedRule[]
  readonly #check: WitnessCheck
  /** By the place of the route; -2: no route. */
  readonly #found = new Map<number, Region>()
  readonly #unknown = new Map<number, string>()

  constructor(model: Model, side: ConfigurationSide, asked: Asked) {
    this.#model = model
    this.#side = side
    this.#rules = asked.rules
    this.#check = asked.check
  }

  get regions(): Iterable<Region> {
    return this.#found.values()
  }

  /** Returns why something was not looked at. */
  search(space: HostSpace): readonly string[] {
    const { parts, condition, budget } = this.#model
    const goal = new PairGoal(parts.vocabulary.formulas, {
      open: (place) => this.#isOpen(place),
      met: (place, state, draws) => this.#met(place, state, draws),
    })
    const first = {
      rules: [...this.#rules.keys()],
      conditions: this.#rules.map((rule) => rule.condition),
    }
    const lists = [first, { rules: [0], conditions: [condition] }]
    const search = new Search(new Decider(parts.vocabulary, lists), goal, budget)
    for (const form of spacesOf(space)) search.add(lists, form)
    search.run()
    const left = [...this.#unknown].filter(([route]) => !this.#found.has(route))
    const reasons = left.map(([, reason]) => reason)
    return goal.incomplete === undefined ? reasons : [goal.incomplete, ...reasons]
  }

  #isOpen(place: number): boolean {
    const rule = this.#rules[place]
    return rule !== undefined && rule.wanted !== false && !this.#found.has(keyOf(rule))
  }

  #met(place: number, state: State, draws: Draws): void {
    const rule = this.#rules[place]
    if (rule === undefined) return
    const { wanted, ref } = rule
    if (isUnknown(wanted)) {
      this.#unknown.set(keyOf(rule), wanted.unknown)
      return
    }
    const random = drawFor(wanted, draws)
    if (random === 'none') return
    const witness = witnessOf(state, random)
    verify(witness, this.#side, ref)
    this.#verify(witness)
    this.#found.set(keyOf(rule), {
      ref,
      outcome: this.#outcomeOf(state),
      witness,
      summary: summarize(state, this.#model.parts.vocabulary),
      cost: state.cost,
    })
  }

  #verify(witness: Witness): void {
    const { cluster } = this.#check
    const { random = 0 } = witness
    if (!this.#check.fits(witness.request, random)) {
      throw new RouteAnalysisError(witness, 'a request that fits the query', 'another one')
    }
    if (cluster === undefined) return
    const got = this.#side.table.match(request(witness.request), { random })?.cluster
    if (got === cluster) return
    const show = (name: string | undefined): string => `cluster ${JSON.stringify(name)}`
    throw new RouteAnalysisError(witness, show(cluster), show(got))
  }

  #outcomeOf(state: State): Outcome {
    const [list = emptyList] = state.lists
    const { period, regions } = drawRegions([list], this.#model.parts.vocabulary.formulas)
    const builder = new OutcomeBuilder(period)
    for (const { winners, ranges } of regions) {
      const ref = this.#rules[winners[0] ?? -1]?.ref
      const answer: RouteAnswer | undefined =
        ref && this.#side.table.answer(ref.virtualHostIndex, ref.route)
      builder.add(ranges, answer, ref)
    }
    return builder.build().outcome
  }
}

function keyOf({ ref }: AskedRule): number {
  return ref?.route ?? noRoute
}

const noRoute = -2

function isUnknown(wanted: Wanted): wanted is { readonly unknown: string } {
  return typeof wanted === 'object' && 'unknown' in wanted
}

/** A draw that leads to what is wanted, undefined if any does, `'none'` if none does. */
function drawFor(
  wanted: Exclude<Wanted, { readonly unknown: string }>,
  draws: Draws,
): number | 'none' | undefined {
  if (wanted === false) return 'none'
  if (wanted === 'always') return oneOf(draws)
  for (const range of wanted) {
    const draw = drawWithin(draws.ranges, draws.period, range)
    // Without one, witnesses are taken to have the draw 0.
    if (draw !== undefined) return draw === 0 ? undefined : draw
  }
  return 'none'
}
