import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import type { AnalysisOptions } from './analysis-options.ts'
import { assumptions } from './assumptions.ts'
import { canonicalJson } from './diff/canonical-json.ts'
import { Comparison } from './diff/comparison.ts'
import type { ConfigurationSide } from './model/configuration-side.ts'
import { type Model, readModel } from './model/read-model.ts'
import type { RouteDiff } from './route-diff.ts'

/**
 * Compares what two configurations do with every request.
 *
 * Requests are alike if everything that happens to them is: cluster, rewrites, timeouts, headers and all else that the
 * matcher's `answer` tells; of draws, only the shares count. Names of routes and virtual hosts do not, nor does the way
 * rules are written, ordered, split or merged where that changes nothing.
 *
 * @throws {RouteConfigError} if one of them has faults.
 *
 * @example
 * ```ts
 * const shop = (routes) => ({ virtualHosts: [{ name: 'shop', domains: ['*'], routes }] })
 * const cart = { match: { path: '/cart' }, route: { cluster: 'cart' } }
 * const help = { match: { path: '/help' }, route: { cluster: 'help' } }
 * diffRoutes(shop([cart, help]), shop([help, cart])).equivalent // => true
 * ```
 */
export function diffRoutes(
  before: RouteConfigurationJson,
  after: RouteConfigurationJson,
  options: AnalysisOptions = {},
): RouteDiff {
  const model = readModel([before, after], options)
  // What is written alike does alike, even where it is not known what.
  if (model.unknown !== undefined && canonicalJson(before) === canonicalJson(after)) {
    return { equivalent: true, classes: [], unknown: [], assumptions }
  }
  return diffModel(model, options)
}

/** As {@link diffRoutes}, of two configurations that were read. */
export function diffModel(model: Model, { maxClasses }: AnalysisOptions = {}): RouteDiff {
  const comparison = new Comparison(model, maxClasses)
  if (model.unknown !== undefined) comparison.addUnknown(model.unknown, 'every request')
  if (new Set(model.sides.map(internalHeaders)).size > 1) {
    comparison.addUnknown(
      'other headers are taken from requests from outside (internal_only_headers)',
      'requests from outside with such a header',
    )
  }
  for (const space of model.spaces) comparison.compare(space)
  const { classes, unknown } = comparison
  return { equivalent: classes.length === 0 && unknown.length === 0, classes, unknown, assumptions }
}

function internalHeaders({ table }: ConfigurationSide): string {
  return [...new Set(table.internalOnlyHeaders)].sort().join()
}
