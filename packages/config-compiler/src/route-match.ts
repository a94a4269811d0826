import type { HttpMatchRequest, StringMatch } from '@meshwright/mesh-config'
import type {
  HeaderMatcherJson,
  QueryParameterMatcherJson,
  RouteMatchJson,
} from '@meshwright/xds-types/envoy/config/route/v3'
import { sortedBy } from './order.ts'
import { stringMatcher } from './string-match.ts'

/** The match of a route that takes every request. */
export const everyRequest: RouteMatchJson = { prefix: '/' }

/** Envoy's match for a match request; what is decided at compile time is not in it. */
export function routeMatch(request: HttpMatchRequest | undefined): RouteMatchJson {
  if (request === undefined) return everyRequest
  const headers = headerMatchers(request)
  const queryParameters = byName(request.queryParams).map(([name, match]) =>
    queryParameterMatcher(name, match),
  )
  return {
    ...pathMatch(request.uri),
    caseSensitive: request.ignoreUriCase !== true,
    ...(headers.length > 0 && { headers }),
    ...(queryParameters.length > 0 && { queryParameters }),
  }
}

/** Whether a match takes every request, so that no later route is ever reached. */
export function isCatchAll(match: RouteMatchJson): boolean {
  const anyPath = match.prefix === '/' || match.safeRegex?.regex === '.*'
  return anyPath && match.headers === undefined && match.queryParameters === undefined
}

function pathMatch(uri: StringMatch | undefined): RouteMatchJson {
  if (uri?.exact !== undefined) return { path: uri.exact }
  if (uri?.regex !== undefined) return { safeRegex: { regex: uri.regex } }
  return { prefix: uri?.prefix ?? '/' }
}

function headerMatchers(request: HttpMatchRequest): readonly HeaderMatcherJson[] {
  const { method, authority, scheme } = request
  const pseudo: readonly (readonly [string, StringMatch | undefined])[] = [
    [':method', method],
    [':authority', authority],
    [':scheme', scheme],
  ]
  return [
    ...byName(request.headers).map(([name, match]) => headerMatcher(name, match)),
    ...byName(request.withoutHeaders).map(([name, match]) => withoutHeader(name, match)),
    ...pseudo.flatMap(([name, match]) => (match ? [headerMatcher(name, match)] : [])),
  ]
}

function headerMatcher(name: string, match: StringMatch): HeaderMatcherJson {
  const stringMatch = stringMatcher(match)
  return stringMatch === undefined ? { name, presentMatch: true } : { name, stringMatch }
}

function withoutHeader(name: string, match: StringMatch): HeaderMatcherJson {
  const stringMatch = stringMatcher(match)
  if (stringMatch === undefined) return { name, presentMatch: true, invertMatch: true }
  // Without the last field, Envoy would not match a request that lacks the header.
  return { name, stringMatch, invertMatch: true, treatMissingHeaderAsEmpty: true }
}

function queryParameterMatcher(name: string, match: StringMatch): QueryParameterMatcherJson {
  const stringMatch = stringMatcher(match)
  return stringMatch === undefined ? { name, presentMatch: true } : { name, stringMatch }
}

function byName(
  matches: Readonly<Record<string, StringMatch>> | undefined,
): readonly (readonly [string, StringMatch])[] {
  return sortedBy(Object.entries(matches ?? {}), ([name]) => name)
}
