import type { RouteMatchJson } from '../config/config.ts'
import { uriTemplateOf } from './path-predicate.ts'

/**
 * How specific a match is, the weightiest number first.
 *
 * Kubernetes Gateway API ranks exact paths over prefixes, longer over shorter, a method over none, and more headers, then more
 * query parameters, over fewer. It leaves regular expressions open: here they and URI templates stand between exact paths and
 * prefixes, so that a prefix for everything does not hide them.
 *
 * @see https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
 */
function specificity(match: RouteMatchJson): readonly number[] {
  const { headers = [], queryParameters = [] } = match
  const methods = headers.filter(({ name }) => name?.toLowerCase() === ':method').length
  return [
    ...pathSpecificity(match),
    Math.min(methods, 1),
    headers.length - methods,
    queryParameters.length,
  ]
}

/** Puts the routes in the order in which `most-specific` asks them: the most specific first, equals in their order. */
export function mostSpecificFirst<T>(
  items: readonly T[],
  matchOf: (item: T) => RouteMatchJson,
): T[] {
  const ranked = items.map((item) => ({ item, rank: specificity(matchOf(item)) }))
  return ranked.sort((a, b) => compare(b.rank, a.rank)).map(({ item }) => item)
}

/** Kind of path, then its length. A CONNECT without a path takes nothing but its matcher. */
function pathSpecificity(match: RouteMatchJson): readonly [kind: number, length: number] {
  const { path, safeRegex, pathMatchPolicy, prefix, pathSeparatedPrefix, connectMatcher } = match
  if (connectMatcher !== undefined) return [3, 0]
  if (path !== undefined) return [2, path.length]
  if (safeRegex !== undefined) return [1, safeRegex.regex?.length ?? 0]
  if (pathMatchPolicy !== undefined) return [1, uriTemplateOf(pathMatchPolicy)?.length ?? 0]
  return [0, (prefix ?? pathSeparatedPrefix ?? '').length]
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) {
    const difference = value - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
