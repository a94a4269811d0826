import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import type { AnalysisOptions } from './analysis-options.ts'
import { assumptions } from './assumptions.ts'
import { coverOf } from './cover-of.ts'
import { findReached, listOf, type Reached } from './find-reached.ts'
import type { HostSpace } from './model/host-spaces.ts'
import { type Model, readModel } from './model/read-model.ts'
import type { Rule } from './model/rule.ts'
import type {
  RouteAnalysis,
  RouteFinding,
  UnreachableRoute,
  VirtualHostFinding,
} from './route-analysis.ts'
import { EarlierRules } from './search/earlier-rules.ts'
import { shadowsOf } from './shadows-of.ts'

/**
 * Proves of each route of a configuration that a request takes it, with a shortest such request, or that none does, with
 * the routes that take what it would.
 *
 * Exhaustive, not sampled; see `assumptions` for what is taken for granted. What a construct outside the algebra or the
 * bound on steps leaves open is `unknown`. About linear in the routes where paths or one header tell them apart.
 *
 * @throws {RouteConfigError} if the configuration has faults.
 *
 * @example
 * ```ts
 * const { unreachable } = analyzeRoutes({
 *   virtualHosts: [
 *     {
 *       name: 'shop',
 *       domains: ['*'],
 *       routes: [
 *         { match: { prefix: '/' }, route: { cluster: 'shop' } },
 *         { match: { path: '/cart' }, route: { cluster: 'cart' } },
 *       ],
 *     },
 *   ],
 * })
 * unreachable.map(({ ref, coveredBy }) => [ref.route, coveredBy[0]?.route]) // => [[1, 0]]
 * ```
 */
export function analyzeRoutes(
  configuration: RouteConfigurationJson,
  options: AnalysisOptions = {},
): RouteAnalysis {
  return analyzeModel(readModel([configuration], options))
}

/** As {@link analyzeRoutes}, of a configuration that was read. */
export function analyzeModel(model: Model): RouteAnalysis {
  const [side] = model.sides
  const found = (side?.rules ?? []).map((rules, index) => {
    const space = model.spaces.find(({ virtualHosts }) => virtualHosts[0] === index)
    return routeFindings(rules, space, model)
  })
  const routes = found.flat()
  return {
    routes,
    unreachable: routes.filter((route) => route.status === 'unreachable'),
    virtualHosts: virtualHostFindings(model),
    partlyShadowed: (ref) => shadowsOf(ref, model),
    assumptions,
  }
}

function routeFindings(
  rules: readonly Rule[],
  space: HostSpace | undefined,
  model: Model,
): readonly RouteFinding[] {
  const routes = rules.filter(({ ref }) => ref.route >= 0)
  if (space === undefined) {
    const { unknown } = model
    return routes.map(({ ref }) =>
      unknown === undefined
        ? { ref, status: 'unreachable', coveredBy: [], reason: 'no host leads to its virtual host' }
        : { ref, status: 'unknown', reason: unknown },
    )
  }
  const context: Context = {
    rules,
    model,
    reached: findReached(rules, space, model),
    earlier: new EarlierRules(model.parts.vocabulary, listOf(rules), space),
  }
  return rules.flatMap(({ ref }, place) => (ref.route < 0 ? [] : [finding(place, context)]))
}

interface Context {
  readonly rules: readonly Rule[]
  readonly model: Model
  readonly reached: Reached
  readonly earlier: EarlierRules
}

function finding(place: number, context: Context): RouteFinding {
  const { witnesses, unknowns } = context.reached
  const ref = refOf(context.rules, place)
  const witness = witnesses.get(place)
  if (witness !== undefined) return { ref, status: 'reachable', witness }
  const reason = unknowns.get(place)
  return reason === undefined ? unreachable(place, context) : { ref, status: 'unknown', reason }
}

function unreachable(place: number, { rules, earlier, model }: Context): UnreachableRoute {
  const { by, complete } = coverOf(place, earlier, model.budget)
  const coveredBy = by.map((it) => refOf(rules, it))
  const ref = refOf(rules, place)
  if (coveredBy.length === 0) {
    const reason = complete ? 'no request is as it asks' : 'earlier routes take all its requests'
    return { ref, status: 'unreachable', coveredBy, reason }
  }
  const more = complete ? '' : ' among others'
  const reason = `earlier routes take all its requests: ${coveredBy.map(show).join(', ')}${more}`
  return { ref, status: 'unreachable', coveredBy, reason }
}

function show({ route, name }: UnreachableRoute['ref']): string {
  if (route < 0) return 'the redirect of require_tls'
  return name === '' ? `${route}` : `${route} (${name})`
}

function refOf(rules: readonly Rule[], index: number): UnreachableRoute['ref'] {
  const rule = rules[index]
  if (rule === undefined) throw new RangeError(`expected a rule, got ${index}`)
  return rule.ref
}

function virtualHostFindings({ sides, spaces, unknown }: Model): readonly VirtualHostFinding[] {
  const reached = new Set(spaces.map(({ virtualHosts }) => virtualHosts[0]))
  const virtualHosts = sides[0]?.configuration.virtualHosts ?? []
  return virtualHosts.flatMap<VirtualHostFinding>(
    ({ name: virtualHost = '', routes = [], matcher }, index) => {
      const at = { virtualHost, virtualHostIndex: index }
      if (!reached.has(index) && unknown === undefined) {
        return [{ ...at, kind: 'unreachable', reason: 'no host leads to it' }]
      }
      if (routes.length > 0 || matcher !== undefined) return []
      return [{ ...at, kind: 'no-routes', reason: 'it answers every request with 404' }]
    },
  )
}
