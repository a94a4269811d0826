import type { RouteJson } from '@meshwright/route-matcher'

/** Whether it is plain from their paths that no request fits both. */
export function haveDisjointPaths(a: RouteJson, b: RouteJson): boolean {
  const first = literalPath(a)
  const second = literalPath(b)
  if (first === undefined || second === undefined) return false
  return !first.startsWith(second) && !second.startsWith(first)
}

/** What every path of the route begins with; undefined: not known. */
function literalPath({ match = {} }: RouteJson): string | undefined {
  if (match.caseSensitive === false) return undefined
  return match.prefix ?? match.path ?? match.pathSeparatedPrefix
}
