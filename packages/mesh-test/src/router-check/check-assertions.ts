import type { ClusterAction } from '@meshwright/route-matcher'
import { textField } from '../json.ts'
import type { CaseFailure } from '../suite-result.ts'
import type { HeaderMap } from './header-map.ts'
import { type HeaderPredicate, headerMismatch } from './header-match.ts'
import type { RoutedTest } from './routed-test.ts'
import type { HeaderMatch, RouterTestAssertion } from './router-test.ts'
import { valueAt } from './value-at.ts'

/** A failure with the line that Envoy's tool prints for it. */
export interface RouterCheckFailure extends CaseFailure {
  readonly line: string
  /** Of a header matcher: itself, and the value that it did not take, empty without one. */
  readonly header?: { readonly matcher: HeaderMatch; readonly value: string }
}

/** What of a route a test has looked at; coverage counts these. */
export type CoveredField =
  | 'cluster_name'
  | 'virtual_cluster_name'
  | 'virtual_host_name'
  | 'path_rewrite'
  | 'host_rewrite'
  | 'path_redirect'
  | 'code_redirect'
  | 'timeout'
  | 'route_metadata'

/** What the assertions of one test came to. */
export interface AssertionResult {
  readonly failures: readonly RouterCheckFailure[]
  /** The fields that were compared and came out as expected on a route that has them. */
  readonly covered: readonly CoveredField[]
}

/** Header matchers with their predicates. */
export interface HeaderChecks {
  readonly request: readonly (readonly [HeaderMatch, HeaderPredicate])[]
  readonly response: readonly (readonly [HeaderMatch, HeaderPredicate])[]
}

/** Compares a routed request with what its test expects, in the order of Envoy's tool. */
export function checkAssertions(
  validate: RouterTestAssertion,
  routed: RoutedTest,
  headers: HeaderChecks,
): AssertionResult {
  const failures: RouterCheckFailure[] = []
  const covered: CoveredField[] = []
  for (const { field, expected, actual, counts } of comparisons(validate, routed)) {
    if (expected === actual) {
      if (counts) covered.push(field)
    } else failures.push(mismatch(field, String(expected), String(actual)))
  }
  failures.push(
    ...failedMatches('request_header_matches', headers.request, routed.request),
    ...failedFields('request_header_fields', validate.requestHeaderFields, routed.request),
    ...failedMatches('response_header_matches', headers.response, routed.response),
    ...failedFields('response_header_fields', validate.responseHeaderFields, routed.response),
  )
  return { failures, covered }
}

interface Comparison {
  readonly field: CoveredField
  readonly expected: string | number
  readonly actual: string | number
  /** The route is of the kind that has this field. */
  readonly counts: boolean
}

function comparisons(validate: RouterTestAssertion, routed: RoutedTest): readonly Comparison[] {
  const { match, request } = routed
  // Envoy's tool looks at these of routes to clusters only, and at redirects of all the others.
  const cluster = match?.action.kind === 'cluster' ? match.action : undefined
  const forwarded = cluster === undefined ? undefined : match
  const own = match?.action
  const direct = own?.kind === 'redirect' || own?.kind === 'direct-response' ? own : undefined
  const first = (name: string): string => request.values(name)[0] ?? ''
  const all: readonly (Omit<Comparison, 'expected' | 'counts'> & {
    readonly expected: string | number | undefined
    readonly of: unknown
  })[] = [
    {
      field: 'cluster_name',
      expected: validate.clusterName,
      actual: cluster?.cluster ?? '',
      of: cluster,
    },
    {
      field: 'virtual_cluster_name',
      expected: validate.virtualClusterName,
      actual: forwarded?.virtualHost.virtualCluster(request.asRequest()) ?? '',
      of: cluster,
    },
    {
      field: 'virtual_host_name',
      expected: validate.virtualHostName,
      actual: forwarded?.virtualHost.name ?? '',
      of: cluster,
    },
    {
      field: 'path_rewrite',
      expected: validate.pathRewrite,
      actual: cluster ? first(':path') : '',
      of: cluster,
    },
    {
      field: 'host_rewrite',
      expected: validate.hostRewrite,
      actual: cluster ? first(':authority') : '',
      of: cluster,
    },
    {
      field: 'path_redirect',
      expected: validate.pathRedirect,
      actual: redirectOf(routed),
      of: direct,
    },
    {
      field: 'code_redirect',
      expected: validate.codeRedirect,
      actual: direct?.status ?? 0,
      of: direct,
    },
    { field: 'timeout', expected: validate.timeoutMs, actual: timeoutOf(cluster), of: cluster },
    ...validate.routeMetadata.map(({ namespace, key, value }) => ({
      field: 'route_metadata' as const,
      expected: textOf(value),
      actual: textOf(valueAt(match?.route.metadata, [namespace, key])),
      of: match,
    })),
  ]
  return all.flatMap(({ field, expected, actual, of }) =>
    expected === undefined ? [] : [{ field, expected, actual, counts: of !== undefined }],
  )
}

/** Of a direct response it is the request's own address. */
function redirectOf({ match, request }: RoutedTest): string {
  if (match?.action.kind === 'redirect') return match.action.location
  if (match?.action.kind !== 'direct-response') return ''
  const { scheme, authority, path } = request.asRequest()
  return `${scheme}://${authority}${path}`
}

function timeoutOf(cluster: ClusterAction | undefined): number {
  return cluster?.timeoutMs ?? 0
}

function textOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function failedMatches(
  list: string,
  checks: HeaderChecks['request'],
  headers: HeaderMap,
): readonly RouterCheckFailure[] {
  return checks.flatMap(([match, holds]) => {
    if (holds(headers)) return []
    const { kind, expected, actual, line } = headerMismatch(match, headers)
    const field = `${list}.${kind}`
    const header = { matcher: match, value: headers.values(nameOf(match))[0] ?? '' }
    return [{ field, expected, actual, line: `${line}, test type: ${field}`, header }]
  })
}

function nameOf(match: HeaderMatch): string {
  return textField(match, 'name').toLowerCase()
}

function failedFields(
  field: string,
  pairs: RouterTestAssertion['requestHeaderFields'],
  headers: HeaderMap,
): readonly RouterCheckFailure[] {
  return pairs.flatMap(([name, expected]) => {
    const actual = headers.values(name.toLowerCase())[0] ?? ''
    return actual === expected ? [] : [mismatch(field, expected, actual)]
  })
}

function mismatch(field: string, expected: string, actual: string): RouterCheckFailure {
  const line = `expected: [${expected}], actual: [${actual}], test type: ${field}`
  return { field, expected, actual, line }
}
