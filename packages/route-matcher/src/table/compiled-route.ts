import { compileHeaderMutations } from '../action/compile-header-mutations.ts'
import { checkFilterConfigs } from '../action/filter-configs.ts'
import { describeRoute } from '../answer/describe-route.ts'
import type { RouteAnswer } from '../answer/route-answer.ts'
import type { RouteJson, RouteMatchJson } from '../config/config.ts'
import { fault } from '../config/findings.ts'
import { compileConditions } from '../predicate/conditions.ts'
import { compilePath, type PathPredicate } from '../predicate/path-predicate.ts'
import type { Predicate } from '../predicate/predicate.ts'
import type { Subject } from '../request/subject.ts'
import type { Match, Route } from './match.ts'
import { compileOutcome } from './outcome.ts'
import type { Scope } from './scope.ts'

/** One route, ready to test and to answer. */
export interface CompiledRoute {
  readonly info: Route
  readonly path: PathPredicate
  /** What else must hold, in order. */
  readonly conditions: readonly Predicate[]
  /** The match of every request that passed, if it is the same for all. */
  readonly fixed: Match | undefined
  /** The match of a request that passed; undefined if runtime keys left its weighted clusters no weight. */
  answer(subject: Subject): Match | undefined
  /** Everything the route does, as data; worked out on each call. */
  describe(): RouteAnswer
}

/** Compiles one route of a virtual host; `path` is where it stands. */
export function compileRoute(
  route: RouteJson,
  index: number,
  scope: Scope,
  path: string,
): CompiledRoute {
  const { findings } = scope
  if (route.match === undefined) fault(findings, `${path}.match`, 'expected a match, got none')
  // A missing match was reported; the rest is compiled all the same, for its own faults.
  const match: RouteMatchJson = route.match ?? { prefix: '/' }
  if (route.decorator !== undefined && !route.decorator.operation) {
    fault(findings, `${path}.decorator.operation`, 'expected an operation, got none')
  }
  checkFilterConfigs(route, path, findings)
  const info = routeInfo(route, index, scope)
  const predicate = compilePath(match, `${path}.match`, findings)
  const mutations = compileHeaderMutations(route, path, findings)
  const context = { route, info, matched: predicate, path, mutations }
  const answer = compileOutcome(context, scope)
  return {
    info,
    path: predicate,
    fixed: answer.fixed,
    conditions: compileConditions(match, `${path}.match`, findings),
    answer,
    describe: () => describeRoute(context, scope),
  }
}

function routeInfo(route: RouteJson, index: number, { virtualHost }: Scope): Route {
  const { decorator } = route
  return {
    name: route.name ?? '',
    index,
    statPrefix: route.statPrefix || undefined,
    decorator:
      decorator === undefined
        ? undefined
        : { operation: decorator.operation ?? '', propagate: decorator.propagate !== false },
    bufferLimitBytes: bufferLimit(route) ?? bufferLimit(virtualHost),
    metadata: route.metadata?.filterMetadata,
    tracing: route.tracing,
  }
}

function bufferLimit(
  level: Pick<RouteJson, 'requestBodyBufferLimit' | 'perRequestBufferLimitBytes'>,
): number | undefined {
  const limit = level.requestBodyBufferLimit ?? level.perRequestBufferLimitBytes
  return limit === undefined ? undefined : Number(limit)
}
