import type { LevelMutations } from './compile-header-mutations.ts'
import type { RouteJson } from './config.ts'
import type { Route } from './match.ts'
import type { PathPredicate } from './path-predicate.ts'
import type { Scope } from './scope.ts'

/** What the compiler of a route's action is told of its route. */
export interface RouteContext {
  readonly route: RouteJson
  readonly info: Route
  readonly matched: PathPredicate
  readonly path: string
  readonly mutations: LevelMutations
}

/** The levels that change headers, the most specific first. */
export function mutationLevels(
  { mutations }: RouteContext,
  { virtualHostMutations, configurationMutations }: Scope,
  weight: LevelMutations | undefined,
): readonly LevelMutations[] {
  return [
    ...(weight === undefined ? [] : [weight]),
    mutations,
    virtualHostMutations,
    configurationMutations,
  ]
}
