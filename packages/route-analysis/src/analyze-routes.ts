import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import type { AnalysisOptions } from './analysis-options.ts'
import { assumptions } from './assumptions.ts'
import { coverOf } from './cover-of.ts'
import { findReached, type Reached } from './find-reached.ts'
import type { HostSpace } from './model/host-spaces.ts'
import { type Model, readModel } from './model/read-model.ts'
import type { Rule } from './model/rule.ts'
import type {
  RouteAnalysis,
  RouteFinding,
  UnreachableRoute,
  VirtualHostFinding,
} from './route-analysis.ts'
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
  const reached = findReached(rules, space, model)
  return rules.flatMap((rule, index) =>
    rule.ref.route < 0 ? [] : [finding(index, rules, reached, { space, model })],
  )
}

function finding(
  index: number,
  rules: readonly Rule[],
  { witnesses, unknowns }: Reached,
  { space, model }: { readonly space: HostSpace; readonly model: Model },
): RouteFinding {
  const ref = refOf(rules, index)
  const witness = witnesses.get(index)
  if (witness !== undefined) return { ref, status: 'reachable', witness }
  const reason = unknowns.get(index)
  if (reason !== undefined) return { ref, status: 'unknown', reason }
  return unreachable(index, rules, { space, model })
}

function unreachable(
  index: number,
  rules: readonly Rule[],
  { space, model }: { readonly space: HostSpace; readonly model: Model },
): UnreachableRoute {
  const { by, complete } = coverOf(index, rules, { space, model })
  const coveredBy = by.map((rule) => refOf(rules, rule))
  const ref = refOf(rules, index)
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
