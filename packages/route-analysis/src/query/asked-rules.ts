import type { ClusterAnswer } from '@meshwright/route-matcher'
import type { WeightRange } from '../draws/draw-within.ts'
import { exact } from '../language/language.ts'
import type { ConfigurationSide } from '../model/configuration-side.ts'
import { always, type Formula } from '../model/formulas.ts'
import { headerSubject } from '../model/read-header-condition.ts'
import type { RequestParts } from '../model/request-parts.ts'
import { endOfAction, type Rule } from '../model/rule.ts'
import type { RequestQuery } from '../request-query.ts'
import type { RouteRef } from '../route-ref.ts'

/** A rule, or a part of one, with whether a query asks for it. */
export interface AskedRule {
  /** Undefined: what no route takes. */
  readonly ref: RouteRef | undefined
  readonly condition: Formula
  readonly wanted: Wanted
}

/** Whether a query asks for what a rule does: not at all, whatever the draw, for these draws, or for a reason unknown. */
export type Wanted = false | 'always' | readonly WeightRange[] | { readonly unknown: string }

/** Per virtual host its rules in order, the last for what no other takes; after the virtual hosts, what has none. */
export type AskedRules = readonly (readonly AskedRule[])[]

/** Reads which rules a query asks for. A rule is divided where a header chooses the cluster. */
export function readAskedRules(
  side: ConfigurationSide,
  query: RequestQuery,
  parts: RequestParts,
): AskedRules {
  const unanswered = query.cluster === undefined && query.route === undefined
  const rest: AskedRule = {
    ref: undefined,
    condition: always,
    wanted: unanswered ? 'always' : false,
  }
  const hosts = side.rules.map((rules) => [
    ...rules.flatMap((rule) =>
      rule.ref.route === endOfAction
        ? [{ ...rest, condition: rule.condition }]
        : divided(rule, { side, query, parts }),
    ),
    rest,
  ])
  return [...hosts, [rest]]
}

interface Context {
  readonly side: ConfigurationSide
  readonly query: RequestQuery
  readonly parts: RequestParts
}

function divided({ ref, condition }: Rule, context: Context): readonly AskedRule[] {
  const { cluster, route, unanswered = false } = context.query
  const isOther =
    route !== undefined &&
    (route.virtualHostIndex !== ref.virtualHostIndex || route.route !== ref.route)
  if (unanswered || isOther) return [{ ref, condition, wanted: false }]
  if (cluster === undefined) return [{ ref, condition, wanted: 'always' }]
  const answer = context.side.table.answer(ref.virtualHostIndex, ref.route)
  if (answer?.kind !== 'cluster') return [{ ref, condition, wanted: false }]
  const choices = new Choices(answer, cluster)
  const { formulas } = context.parts.vocabulary
  const ways = choices.headers.map((name) => ({
    name,
    when: hasValue(name, cluster, context.parts),
  }))
  // The header that names the cluster, then no such header.
  return [...ways, { name: undefined, when: always }].flatMap(({ name, when }) =>
    byDraw(choices.through(name), answer, context.parts).map(({ also, wanted }) => ({
      ref,
      condition: formulas.and([condition, when, also]),
      wanted,
    })),
  )
}

/** The clusters that a route chooses from, by what leads to one of them. */
class Choices {
  /** Lower-case names of headers that name a cluster. */
  readonly headers: readonly string[]
  readonly #ranges: readonly (WeightRange & { readonly cluster?: string; readonly by?: string })[]
  readonly #cluster: string

  constructor({ clusters, totalWeight: total }: ClusterAnswer, cluster: string) {
    this.#cluster = cluster
    let low = 0
    this.#ranges = clusters.map(({ weight, cluster: name, clusterHeader }) => {
      const range = { low, high: low + weight, total }
      low += weight
      const by = clusterHeader?.toLowerCase()
      return {
        ...range,
        ...(name === undefined ? {} : { cluster: name }),
        ...(by === undefined ? {} : { by }),
      }
    })
    this.headers = [...new Set(this.#ranges.flatMap(({ by = '' }) => (by === '' ? [] : [by])))]
  }

  /** The draws that lead to the cluster where this header names it; undefined: where none does. */
  through(header: string | undefined): readonly WeightRange[] {
    return this.#ranges.filter(
      ({ cluster, by, low, high }) =>
        high > low && (cluster === this.#cluster || (by !== undefined && by === header)),
    )
  }
}

/** The parts into which what stands for the draw divides a rule. */
function byDraw(
  ranges: readonly WeightRange[],
  { drawFrom, totalWeight }: ClusterAnswer,
  parts: RequestParts,
): readonly { readonly also: Formula; readonly wanted: Wanted }[] {
  const [first] = ranges
  if (first === undefined) return [{ also: always, wanted: false }]
  const width = ranges.reduce((sum, { low, high }) => sum + high - low, 0)
  if (width === totalWeight) return [{ also: always, wanted: 'always' }]
  if (drawFrom === undefined) return [{ also: always, wanted: ranges }]
  if ('hashPolicy' in drawFrom) {
    return [{ also: always, wanted: { unknown: 'a hash of the request chooses the cluster' } }]
  }
  const { formulas } = parts.vocabulary
  const name = drawFrom.header.toLowerCase()
  const missing = formulas.not(headerSubject(name, parts, false).present)
  const unknown = `header ${name} chooses the cluster`
  return [
    { also: missing, wanted: ranges },
    { also: hasValue(name, String(first.low), parts), wanted: 'always' },
    { also: always, wanted: { unknown } },
  ]
}

function hasValue(name: string, value: string, parts: RequestParts): Formula {
  const test = { language: exact(value), description: `is ${JSON.stringify(value)}` }
  return headerSubject(name, parts, false).passes(test)
}
