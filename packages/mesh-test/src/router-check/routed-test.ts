import {
  applyHeaderMutations,
  type HeaderMutations,
  type Match,
  type MatchOptions,
  type RouteTable,
} from '@meshwright/route-matcher'
import { compileFormat } from '@meshwright/substitution-format'
import { HeaderMap } from './header-map.ts'
import type { RedirectRewrite } from './redirect-rewrites.ts'
import type { RouterTestInput } from './router-test.ts'
import { valueAt } from './value-at.ts'

/** A test's request after its route. */
export interface RoutedTest {
  /** Undefined: no route takes it. */
  readonly match: Match | undefined
  /** As they go upstream; as they came, if they do not. */
  readonly request: HeaderMap
  /** As they go back to the client. */
  readonly response: HeaderMap
}

/** A configuration that tests are run against. */
export interface TestedRoutes {
  readonly table: RouteTable
  readonly rewritten: RedirectRewrite
  /** The runtime keys of the table's fractions. */
  readonly fractionKeys: ReadonlySet<string>
}

/** Sends a test's request through a table. */
export function routeTest(
  input: RouterTestInput,
  { table, rewritten, fractionKeys }: TestedRoutes,
): RoutedTest {
  const scheme = input.ssl ? 'https' : 'http'
  const request = new HeaderMap([
    [':authority', input.authority],
    [':path', input.path],
    [':method', input.method],
    [':scheme', scheme],
    ['x-forwarded-proto', scheme],
    ...(input.internal ? ([['x-envoy-internal', 'true']] as const) : []),
    ...input.requestHeaders,
  ])
  const response = new HeaderMap(input.responseHeaders)
  const draw: MatchOptions = {
    random: input.random,
    // Off unless the test names it; every other key, such as that of a weight, is not set.
    runtime: (key) => (fractionKeys.has(key) && key !== input.runtime ? 0 : undefined),
  }
  const asked = request.asRequest(input.metadata)
  const match = table.match(asked, draw)
  if (match?.action.kind === 'redirect') rewritePath(request, rewritten(asked, draw))
  if (match !== undefined) applyMatch(match, { request, response, input })
  return { match, request, response }
}

interface Messages {
  readonly request: HeaderMap
  readonly response: HeaderMap
  readonly input: RouterTestInput
}

function applyMatch(match: Match, messages: Messages): void {
  const { request, response } = messages
  const { action } = match
  if (action.kind === 'cluster') {
    mutate(action.requestHeaders, request, messages)
    const upstream = match.applyToRequest(request.asRequest(messages.input.metadata))
    if (upstream.forwardedHost !== undefined) {
      request.append('x-forwarded-host', upstream.forwardedHost)
    }
    request.set(':authority', upstream.authority)
    rewritePath(request, upstream.originalPath === undefined ? undefined : upstream.path)
  } else if (action.kind === 'direct-response') {
    localReply(response, action.status, action.body)
  } else if (action.kind === 'redirect') {
    localReply(response, action.status, undefined)
  } else {
    return
  }
  mutate(match.responseHeaders, response, messages)
}

function rewritePath(request: HeaderMap, path: string | undefined): void {
  const [original = ''] = request.values(':path')
  if (path === undefined) return
  request.set('x-envoy-original-path', original)
  request.set(':path', path)
}

/** What Envoy sets for an answer of its own. */
function localReply(
  response: HeaderMap,
  status: number,
  body: string | Uint8Array | undefined,
): void {
  response.set(':status', String(status))
  const length = body === undefined ? 0 : Buffer.byteLength(body)
  if (length === 0) return
  response.set('content-length', String(length))
  response.set('content-type', 'text/plain')
}

function mutate(
  levels: readonly HeaderMutations[],
  headers: HeaderMap,
  { request, response, input }: Messages,
): void {
  const header = (map: HeaderMap) => (name: string) =>
    map.has(name) ? map.values(name).join(',') : undefined
  applyHeaderMutations(levels, headers, (template) =>
    template.includes('%')
      ? compileFormat(template, { omitEmptyValues: true }).format({
          requestHeader: header(request),
          responseHeader: header(response),
          protocol: 'HTTP/1.1',
          downstreamRemoteAddress: '127.0.0.1:0',
          downstreamDirectRemoteAddress: '127.0.0.1:0',
          dynamicMetadata: (namespace, path) => valueAt(input.metadata, [namespace, ...path]),
        })
      : template,
  )
}
