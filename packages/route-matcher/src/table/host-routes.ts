import type { RouteJson } from '../config/config.ts'
import { fault } from '../config/findings.ts'
import type { MatcherJson, RouteListJson } from '../config/matcher-config.ts'
import { readTypedConfig, typeName } from '../config/typed-config.ts'
import { compileMatchTree, type MatchTree } from '../matcher-tree/match-tree.ts'
import { mostSpecificFirst } from '../predicate/specificity.ts'
import type { Subject } from '../request/subject.ts'
import { indexRoutes, type RouteIndex } from '../search/route-index.ts'
import { type CompiledRoute, compileRoute } from './compiled-route.ts'
import type { Scope } from './scope.ts'

/** The routes of a virtual host, ready to search. */
export interface HostRoutes {
  /** By their place in the configuration; those of a matcher in the order in which it names them. */
  readonly routes: readonly CompiledRoute[]
  readonly index: RouteIndex
  /** The routes that a request is put to, in order; notes in `trace` how a matcher chose them. */
  candidates(subject: Subject, trace: string[]): readonly CompiledRoute[]
}

/** Compiles the routes of a virtual host, from its list or its matcher. */
export function compileHostRoutes(scope: Scope): HostRoutes {
  const { virtualHost, virtualHostPath: path, findings } = scope
  const { matcher, routes = [] } = virtualHost
  if (matcher === undefined) {
    const list = compileList(routes, `${path}.routes`, 0, scope)
    return { routes: list.routes, index: list.index, candidates: () => list.ordered }
  }
  if (routes.length > 0) {
    fault(findings, `${path}.routes`, `expected none beside a matcher, got ${routes.length}`)
  }
  return compileMatcherRoutes(matcher, `${path}.matcher`, scope)
}

interface RouteGroup {
  readonly routes: readonly CompiledRoute[]
  /** As they are to be asked. */
  readonly ordered: readonly CompiledRoute[]
  readonly index: RouteIndex
}

/** `first`: the index of the first route. */
function compileList(
  list: readonly RouteJson[],
  path: string,
  first: number,
  scope: Scope,
): RouteGroup {
  const pairs = list.map((json, i) => ({
    json,
    route: compileRoute(json, first + i, scope, `${path}[${i}]`),
  }))
  const routes = pairs.map(({ route }) => route)
  const ordered =
    scope.findings.order === 'most-specific'
      ? mostSpecificFirst(pairs, ({ json }) => json.match ?? {}).map(({ route }) => route)
      : routes
  return { routes, ordered, index: indexRoutes(ordered) }
}

const routeType = 'envoy.config.route.v3.Route'
const listType = 'envoy.config.route.v3.RouteList'

function compileMatcherRoutes(matcher: MatcherJson, path: string, scope: Scope): HostRoutes {
  const { findings } = scope
  const routes: CompiledRoute[] = []
  const action = (config: unknown, at: string): RouteGroup => {
    const typed = readTypedConfig(config)
    if (typed?.type !== routeType && typed?.type !== listType) {
      fault(findings, at, `expected one of ${routeType}, ${listType}, got ${typeName(config)}`)
    }
    const single = typed?.type === routeType
    const { routes: list = [] }: RouteListJson = single
      ? { routes: [typed.fields] }
      : (typed?.fields ?? {})
    const group = compileList(list, single ? at : `${at}.routes`, routes.length, scope)
    for (const route of group.routes) routes.push(route)
    return group
  }
  const tree: MatchTree<RouteGroup> = compileMatchTree(matcher, path, { findings, action })
  return {
    routes,
    index: { always: undefined, first: (subject) => tree(subject)?.index.first(subject) },
    candidates: (subject, trace) => tree(subject, trace)?.ordered ?? [],
  }
}
