import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import type { AnalysisOptions } from './analysis-options.ts'
import { assumptions } from './assumptions.ts'
import { coverOf } from './cover-of.ts'
import { findReached, listOf, type Reached } from './find-reached.ts'
import type { HostSpace } from './model/host-spaces.ts'
import { type Model, readModel } from './model/read-model.ts'
import { type Rule, routeOf } from './model/rule.ts'
import type {
  RouteAnalysis,
  RouteFinding,
  UnreachableRoute,
  VirtualHostFinding,
} from './route-analysis.ts'
import type { RouteRef } from './route-ref.ts'
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
  const byRoute = Map.groupBy(rules.keys(), (place) => refOf(rules, place).route)
  return [...byRoute]
    .filter(([route]) => route >= 0)
    .sort(([a], [b]) => a - b)
    .map(([, places]) => joined(places.map((place) => finding(place, context))))
}

/** What is proven of a route with several rules, as one of a matcher tree has that several branches lead to. */
function joined(findings: readonly RouteFinding[]): RouteFinding {
  const [first] = findings
  if (first === undefined) throw new RangeError('expected a finding, got none')
  const told =
    findings.find(({ status }) => status === 'reachable') ??
    findings.find(({ status }) => status === 'unknown')
  if (told !== undefined || findings.length === 1) return told ?? first
  const covers = findings.flatMap((it) => (it.status === 'unreachable' ? it.coveredBy : []))
  const coveredBy = [...new Map(covers.map((ref) => [ref.route, ref])).values()]
  return { ref: first.ref, status: 'unreachable', coveredBy, reason: reasonOf(coveredBy, true) }
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
  const ref = refOf(rules, place)
  const refs = by.flatMap((it) => routeOf(rules[it]) ?? [])
  const others = refs.filter(({ route }) => route !== ref.route)
  const coveredBy = [...new Map(others.map((it) => [it.route, it])).values()]
  const reason =
    coveredBy.length === 0 && by.length > 0
      ? 'a matcher leads all its requests elsewhere'
      : reasonOf(coveredBy, complete)
  return { ref, status: 'unreachable', coveredBy, reason }
}

function reasonOf(coveredBy: readonly RouteRef[], complete: boolean): string {
  if (coveredBy.length === 0) {
    return complete ? 'no request is as it asks' : 'earlier routes take all its requests'
  }
  const more = complete ? '' : ' among others'
  return `earlier routes take all its requests: ${coveredBy.map(show).join(', ')}${more}`
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
