import { type LevelMutations, noMutations } from '../action/compile-header-mutations.ts'
import type { RouteJson } from '../config/config.ts'
import type { PathPredicate } from '../predicate/path-predicate.ts'
import type { Route } from './match.ts'
import type { Scope } from './scope.ts'

/** What the compiler of a route's action is told of its route. */
export interface RouteContext {
  readonly route: RouteJson
  readonly info: Route
  readonly matched: PathPredicate
  readonly path: string
  readonly mutations: LevelMutations
}

/**
 * The levels that change headers, in the order to apply them; the last to write a header wins. As in Envoy a weighted cluster is
 * always first: `most_specific_header_mutations_wins` turns the order of the others round.
 */
export function mutationLevels(
  { mutations }: RouteContext,
  { virtualHostMutations, configurationMutations, configuration }: Scope,
  weight: LevelMutations | undefined,
): readonly LevelMutations[] {
  const levels = [mutations, virtualHostMutations, configurationMutations]
  const own = weight ?? noMutations
  if (own === noMutations && levels.every((it) => it === noMutations)) return none
  if (configuration.mostSpecificHeaderMutationsWins === true) levels.reverse()
  return weight === undefined ? levels : [weight, ...levels]
}

const none: readonly LevelMutations[] = []
