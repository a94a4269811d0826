import {
  type Explanation,
  type Match,
  type MatchOptions,
  normalizePath,
  type PathNormalization,
  type Request,
} from '@meshwright/route-matcher'
import { type ChosenRoutes, chooseRoutes } from './choose-routes.ts'
import { clusterTarget } from './cluster-name.ts'
import { type Fault, faultOf } from './fault.ts'
import { type HeaderEffects, headerEffects } from './header-effects.ts'
import type { ProxyRoutes } from './istio-routes.ts'
import type { CoverageRecorder } from './mesh-coverage.ts'
import {
  type ForwardedOutcome,
  isDecidedByHeader,
  type Outcome,
  outcomeOf,
  virtualHostIndexOf,
} from './outcome.ts'
import type { RouteListener, RouteSet } from './route-set.ts'
import { type RouteSource, sourceText } from './route-source.ts'
import {
  matcherRequest,
  type RequestOptions,
  type SentRequest,
  sentRequest,
} from './sent-request.ts'

/** A request, and what the proxy does with it. `String(routed)` says why. */
export interface RoutedRequest {
  /** As it was given: `GET http://reviews:9080/`. */
  readonly line: string
  readonly sent: SentRequest
  /** Whether a draw was given, or a header is one, so that one part of a split counts and not all. */
  readonly drawn: boolean
  /**
   * Whether no draw was given, though a runtime fraction makes it decide which route takes the request: all else here is so
   * for a draw of 0, and matchers refuse to judge it.
   */
  readonly needsDraw: boolean
  /** The route configuration that was asked; undefined if no listener takes the request. */
  readonly routes: RouteSet | undefined
  /** Undefined: no route took it. */
  readonly match: Match | undefined
  readonly outcome: Outcome
  /** Of the request as it goes upstream, from those that the client sent. */
  readonly requestHeaders: HeaderEffects
  /** What the route adds to a response, and removes from it. */
  readonly responseHeaders: HeaderEffects
  readonly fault: Fault | undefined
  /** The configuration of the CORS filter, proto3 JSON. */
  readonly cors: unknown
  readonly explanation: Explanation | undefined
  /** Where the route is written that took it. */
  readonly origin: RouteSource | undefined
  /** What a host may be short for, as the client's namespace reads it; the likeliest first. */
  fullNames(host: string): readonly string[]
  toString(): string
}

/** How requests are put to a proxy. */
export interface RequestContext {
  readonly routes: ProxyRoutes
  readonly lenient: boolean
  readonly recorder: CoverageRecorder
  fullNames(host: string): readonly string[]
}

/** Puts a request to a proxy. */
export function routeRequest(
  line: string,
  options: RequestOptions,
  context: RequestContext,
): RoutedRequest {
  const sent = sentRequest(line, options)
  const base = { line, sent, drawn: options.random !== undefined, fullNames: context.fullNames }
  const chosen = chosenRoutes(sent, options, context)
  if (chosen === undefined) return finished({ ...base, outcome: unlistened(sent, context) })
  const path = normalizePath(sent.path, chosen.listener?.normalization ?? unchanged)
  if (path.kind !== 'ok')
    return finished({ ...base, routes: chosen.set, outcome: refused(sent, path) })
  const authority = strippedAuthority(sent, chosen.listener)
  const request = matcherRequest(sent, { path: path.path, authority })
  const draw = { random: options.random ?? 0, runtime: runtimeOf(options) }
  context.recorder.record(chosen.set, request, draw)
  return matched(base, chosen.set, { request, draw })
}

function runtimeOf({ runtime }: RequestOptions): MatchOptions['runtime'] {
  if (runtime === undefined) return undefined
  const values = new Map(Object.entries(runtime))
  return (key) => values.get(key)
}

function strippedAuthority(
  { authority }: SentRequest,
  listener: RouteListener | undefined,
): string {
  const [, host = '', port] = /^(.*[^:]):(\d+)$/.exec(authority) ?? []
  if (port === undefined || listener === undefined) return authority
  const { stripPort } = listener
  const drops = stripPort === 'any' || (stripPort === 'matching' && Number(port) === listener.port)
  return drops ? host : authority
}

const unchanged: PathNormalization = {}
const noEffects: HeaderEffects = { headers: new Map(), removed: new Set() }

type Base = Pick<RoutedRequest, 'line' | 'sent' | 'drawn' | 'fullNames'>
type Known = Base & Pick<RoutedRequest, 'outcome'> & Partial<RoutedRequest>

function chosenRoutes(
  sent: SentRequest,
  { routeConfiguration }: RequestOptions,
  { routes: { sets }, lenient }: RequestContext,
): ChosenRoutes | undefined {
  const request = matcherRequest(sent, sent)
  if (routeConfiguration === undefined) return chooseRoutes(sets, sent, { request, lenient })
  const set = sets.find(({ name }) => name === routeConfiguration)
  return set && { set, listener: set.listeners[0] }
}

function matched(
  base: Base,
  set: RouteSet,
  { request, draw }: { readonly request: Request; readonly draw: MatchOptions },
): RoutedRequest {
  const explanation = set.table.explain(request, draw)
  const match = set.table.match(request, draw)
  const known = { ...base, routes: set, explanation }
  if (match === undefined) {
    const outcome = { kind: 'unrouted', status: 404, reason: explanation.outcome } as const
    return finished({ ...known, outcome })
  }
  const taken = { match, request, set, runtime: draw.runtime }
  const { action } = match
  const needsDraw = !base.drawn && isDrawn(match, set, { request, draw })
  const host = virtualHostIndexOf(match, set.configuration)
  const origin = set.originOf(host, match.route.index)
  const mutations = action.kind === 'cluster' ? action.requestHeaders : []
  return finished({
    ...known,
    match,
    drawn: base.drawn || isDecidedByHeader(taken),
    needsDraw,
    outcome: outcomeOf(taken),
    requestHeaders: headerEffects(mutations, base.sent.headers),
    responseHeaders: headerEffects(match.responseHeaders, {}),
    fault: faultOf(match),
    cors: match.typedPerFilterConfig.get('envoy.filters.http.cors')?.[0],
    ...(origin !== undefined && { origin }),
  })
}

/** For this draw every fraction that is not all is off; for 0 every one that is not nothing is on. */
const lastDraw = 999_999

/** Whether another draw leads to another route. */
function isDrawn(
  match: Match,
  set: RouteSet,
  { request, draw }: { readonly request: Request; readonly draw: MatchOptions },
): boolean {
  const last = set.table.match(request, { ...draw, random: lastDraw })
  return last?.route.index !== match.route.index
}

function finished(known: Known): RoutedRequest {
  const routed = {
    needsDraw: false,
    routes: undefined,
    match: undefined,
    requestHeaders: noEffects,
    responseHeaders: noEffects,
    fault: undefined,
    cors: undefined,
    explanation: undefined,
    origin: undefined,
    ...known,
  }
  return { ...routed, toString: () => whyText(routed) }
}

/** What becomes of a connection to a port that no HTTP listener is for. */
function unlistened(sent: SentRequest, { routes }: RequestContext): Outcome {
  const cluster = routes.unknownDestination
  const reason = noListener(sent)
  if (cluster === undefined) return { kind: 'unrouted', status: undefined, reason }
  const target = clusterTarget(cluster)
  const forwarded: ForwardedOutcome = {
    kind: 'forwarded',
    ...target,
    shares: [{ ...target, ratio: 1 }],
    path: sent.path,
    authority: sent.authority,
    timeoutMs: 0,
    retryPolicy: undefined,
    mirrors: [],
  }
  return forwarded
}

function refused(
  sent: SentRequest,
  path: Exclude<ReturnType<typeof normalizePath>, { kind: 'ok' }>,
): Outcome {
  if (path.kind === 'reject') {
    return { kind: 'unrouted', status: 400, reason: `the path is refused: ${path.reason}` }
  }
  const location = `${sent.scheme}://${sent.authority}${path.path}`
  return { kind: 'redirect', status: 307, location }
}

function unroutedText({ sent, outcome }: Omit<RoutedRequest, 'toString'>): string {
  if (outcome.kind === 'forwarded') return `${noListener(sent)}: it goes to ${outcome.cluster}`
  return outcome.kind === 'unrouted' ? outcome.reason : outcome.kind
}

function noListener({ host, port }: SentRequest): string {
  return `no HTTP listener on port ${port} for ${host}`
}

/** What is told of a request that needs a draw. */
export const needsDrawText = 'for a draw of 0; others lead to another route'

/** What was looked at, each with where it is written. */
function whyText(routed: Omit<RoutedRequest, 'toString'>): string {
  const { line, routes, explanation } = routed
  if (routes === undefined || explanation === undefined) {
    return `${line}\n${unroutedText(routed)}`
  }
  const { virtualHost, candidates } = explanation
  const host = (routes.configuration.virtualHosts ?? []).findIndex(
    ({ name, domains }) =>
      name === virtualHost?.name && domains?.includes(virtualHost?.domain ?? '') === true,
  )
  const lines = candidates.map(({ index, name, failed }) => {
    const origin = routes.originOf(host, index)
    const place = origin === undefined ? '' : ` at ${sourceText(origin)}`
    const verdict =
      failed === undefined ? 'matched' : `expected ${failed.predicate}, saw ${failed.saw}`
    return `  route ${index}${name === '' ? '' : ` (${name})`}${place}: ${verdict}`
  })
  const where =
    virtualHost === undefined ? '' : `, virtual host ${virtualHost.name} (${virtualHost.domain})`
  return [
    `${line}${routes.name === '' ? '' : `, route configuration ${routes.name}`}${where}`,
    ...lines,
    `  ${explanation.outcome}`,
    ...(routed.needsDraw ? [`  ${needsDrawText}`] : []),
  ].join('\n')
}
