import type {
  ClusterAction,
  ClusterAnswer,
  ClusterChoice,
  Match,
  MatchOptions,
  Request,
  RetryPolicy,
  RouteAnswer,
  RouteConfigurationJson,
  UpstreamRequest,
} from '@meshwright/route-matcher'
import { type ClusterTarget, clusterTarget } from './cluster-name.ts'
import type { RouteSet } from './route-set.ts'

/** What becomes of a request. */
export type Outcome =
  | ForwardedOutcome
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  | {
      readonly kind: 'direct-response'
      readonly status: number
      readonly body: string | Uint8Array | undefined
    }
  | { readonly kind: 'non-forwarding' }
  | UnroutedOutcome

/** No route takes it. */
export interface UnroutedOutcome {
  readonly kind: 'unrouted'
  /** What the proxy answers; undefined: it closes the connection. */
  readonly status: number | undefined
  readonly reason: string
}

/** It goes to a cluster. */
export interface ForwardedOutcome extends ClusterTarget {
  readonly kind: 'forwarded'
  /** Where requests like it go, by weight; one entry without weights. Shares add up to 1. */
  readonly shares: readonly Share[]
  /** Path and query as they go upstream. */
  readonly path: string
  /** The authority as it goes upstream. */
  readonly authority: string
  /** 0: none. */
  readonly timeoutMs: number
  readonly retryPolicy: RetryPolicy | undefined
  readonly mirrors: readonly Mirror[]
}

/** A destination and its part of the requests. */
export interface Share extends ClusterTarget {
  /** From 0 to 1. */
  readonly ratio: number
}

/** Where copies go. */
export interface Mirror extends ClusterTarget {
  /** Percent of the requests that are copied, 0 to 100. */
  readonly percentage: number
}

/** A request that a route took. */
export interface TakenRequest {
  readonly match: Match
  readonly request: Request
  readonly set: RouteSet
  readonly runtime: MatchOptions['runtime']
}

/** The outcome of a matched request. */
export function outcomeOf(taken: TakenRequest): Outcome {
  const { match, request } = taken
  const { action } = match
  switch (action.kind) {
    case 'cluster':
      return forwarded(action, match.applyToRequest(request), sharesOf(action, taken))
    case 'redirect':
      return { kind: 'redirect', status: action.status, location: action.location }
    case 'direct-response':
      return { kind: 'direct-response', status: action.status, body: action.body }
    case 'non-forwarding':
      return { kind: 'non-forwarding' }
  }
}

/** Whether a header of the request decides which part of a split it goes to. */
export function isDecidedByHeader({ match, request, set }: TakenRequest): boolean {
  const answer = answerOf(match, set)
  if (answer?.kind !== 'cluster' || answer.drawFrom === undefined) return false
  return !('header' in answer.drawFrom) || request.header(answer.drawFrom.header) !== undefined
}

/** The place of a match's virtual host in the configuration: no two have a domain in common. */
export function virtualHostIndexOf(
  match: Match,
  { virtualHosts = [] }: RouteConfigurationJson,
): number {
  const { name, domains } = match.virtualHost
  return virtualHosts.findIndex(
    (host) => (host.name ?? '') === name && host.domains?.[0] === domains[0],
  )
}

function forwarded(
  action: ClusterAction,
  upstream: UpstreamRequest,
  shares: readonly Share[],
): ForwardedOutcome {
  return {
    kind: 'forwarded',
    ...clusterTarget(action.cluster),
    shares,
    path: upstream.path,
    authority: upstream.authority,
    timeoutMs: action.timeoutMs,
    retryPolicy: action.retryPolicy,
    mirrors: action.mirrors.map(({ cluster, clusterHeader, fraction }) => ({
      ...clusterTarget(cluster ?? `header ${clusterHeader ?? ''}`),
      percentage: (100 * fraction.numerator) / fraction.denominator,
    })),
  }
}

function answerOf(match: Match, { table, configuration }: RouteSet): RouteAnswer | undefined {
  return table.answer(virtualHostIndexOf(match, configuration), match.route.index)
}

function sharesOf({ cluster }: ClusterAction, taken: TakenRequest): readonly Share[] {
  const { match, request, set, runtime } = taken
  const answer = answerOf(match, set)
  const only = [{ ...clusterTarget(cluster), ratio: 1 }]
  if (answer?.kind !== 'cluster') return only
  const parts = answer.clusters
    .map((choice) => ({
      cluster: choice.cluster ?? request.header(choice.clusterHeader ?? '') ?? '',
      weight: runtimeWeight(answer, choice, runtime) ?? choice.weight,
    }))
    .filter(({ weight }) => weight > 0)
  const total = parts.reduce((sum, { weight }) => sum + weight, 0)
  if (parts.length === 0) return only
  return parts.map((part) => ({ ...clusterTarget(part.cluster), ratio: part.weight / total }))
}

function runtimeWeight(
  { runtimeKeyPrefix }: ClusterAnswer,
  { cluster = '' }: ClusterChoice,
  runtime: MatchOptions['runtime'],
): number | undefined {
  if (runtimeKeyPrefix === undefined) return undefined
  const weight = runtime?.(`${runtimeKeyPrefix}.${cluster}`)
  return weight !== undefined && Number.isSafeInteger(weight) && weight >= 0 ? weight : undefined
}
