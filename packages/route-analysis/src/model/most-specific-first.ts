import type { RouteMatchJson } from '@meshwright/route-matcher'

/** Puts the rules in the order in which the matcher asks them where the most specific wins; equals keep their order. */
export function mostSpecificFirst<T>(
  rules: readonly T[],
  matchOf: (rule: T) => RouteMatchJson,
): T[] {
  const ranked = rules.map((rule) => ({ rule, rank: rankOf(matchOf(rule)) }))
  return ranked.sort((a, b) => compare(b.rank, a.rank)).map(({ rule }) => rule)
}

/** Kind of path, length of path, method, headers, query parameters: the weightiest first. */
function rankOf(match: RouteMatchJson): readonly number[] {
  const { headers = [], queryParameters = [] } = match
  const methods = headers.filter(({ name }) => name?.toLowerCase() === ':method').length
  return [
    ...pathRank(match),
    Math.min(methods, 1),
    headers.length - methods,
    queryParameters.length,
  ]
}

function pathRank(match: RouteMatchJson): readonly [kind: number, length: number] {
  const { path, safeRegex, pathMatchPolicy, prefix, pathSeparatedPrefix, connectMatcher } = match
  if (connectMatcher !== undefined) return [3, 0]
  if (path !== undefined) return [2, path.length]
  if (safeRegex !== undefined) return [1, safeRegex.regex?.length ?? 0]
  if (pathMatchPolicy !== undefined) return [1, templateLength(pathMatchPolicy.typedConfig)]
  return [0, (prefix ?? pathSeparatedPrefix ?? '').length]
}

function templateLength(config: unknown): number {
  if (typeof config !== 'object' || config === null || !('pathTemplate' in config)) return 0
  return typeof config.pathTemplate === 'string' ? config.pathTemplate.length : 0
}

function compare(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((value, index) => value !== b[index])
  return (a[place] ?? 0) - (b[place] ?? 0)
}
