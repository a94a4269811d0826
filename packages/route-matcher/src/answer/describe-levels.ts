import { type LevelMutations, usedLevels } from '../action/compile-header-mutations.ts'
import { describeCors } from '../action/cors-policy.ts'
import {
  corsFilter,
  type FilterSettings,
  filterConfigsOf,
  filterSettings,
} from '../action/filter-configs.ts'
import {
  type HeaderAddition,
  type HeaderMutations,
  overwrites,
} from '../action/header-mutations.ts'
import type { ClusterWeightJson } from '../config/action-config.ts'
import { mutationLevels, type RouteContext } from '../table/route-context.ts'
import type { Scope } from '../table/scope.ts'
import type { CorsAnswer, LevelsAnswer } from './route-answer.ts'

/** The levels of a route, or of one of its weighted clusters, as data. */
export function describeLevels(
  context: RouteContext,
  scope: Scope,
  own: { readonly weight?: ClusterWeightJson; readonly weightMutations?: LevelMutations } = {},
): LevelsAnswer & { readonly requestHeaders: readonly HeaderMutations[] } {
  const levels = mutationLevels(context, scope, own.weightMutations)
  const ordered = (direction: 'request' | 'response'): HeaderMutations[] =>
    usedLevels(levels, direction).map(canonicalLevel)
  const configs = filterConfigsOf(context.route, scope, own.weight)
  const named = [...configs].filter(([name]) => name !== corsFilter).sort(byName)
  return {
    requestHeaders: ordered('request'),
    responseHeaders: ordered('response'),
    filterConfigs: Object.fromEntries(named.map(([name, list]) => [name, settingsOf(list)])),
  }
}

/** The CORS policy of a route, or of one of its weighted clusters, as data. */
export function describeCorsOf(
  context: RouteContext,
  scope: Scope,
  weight: ClusterWeightJson,
): CorsAnswer | undefined {
  const configs = filterConfigsOf(context.route, scope, weight).get(corsFilter)
  const settings = settingsOf(configs)
  return settings.configs.length === 0
    ? undefined
    : describeCors(settings.configs, context.path, scope.findings)
}

function settingsOf(levels: readonly unknown[] | undefined): FilterSettings {
  const settings = filterSettings(levels)
  return settings === undefined || settings.disabled
    ? { disabled: settings?.disabled === true, configs: [] }
    : settings
}

/** Within a level removals come first, then overwrites, then the rest, and only those of one name see each other. */
function canonicalLevel({ remove, add }: HeaderMutations): HeaderMutations {
  const overwriting = add.filter(({ action }) => overwrites.has(action))
  const adding = add.filter(({ action }) => !overwrites.has(action))
  const sorted = (additions: readonly HeaderAddition[]): HeaderAddition[] =>
    [...additions].sort((one, other) => compare(one.name, other.name))
  return {
    remove: [...new Set(remove)].sort(compare),
    add: [...sorted(overwriting), ...sorted(adding)],
  }
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return compare(one, other)
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
