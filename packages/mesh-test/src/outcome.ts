import type {
  ClusterAction,
  Match,
  Request,
  RetryPolicy,
  RouteConfigurationJson,
  UpstreamRequest,
} from '@meshwright/route-matcher'
import { type ClusterTarget, clusterTarget } from './cluster-name.ts'

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

/** The outcome of a matched request. */
export function outcomeOf(
  match: Match,
  request: Request,
  configuration: RouteConfigurationJson,
): Outcome {
  const { action } = match
  switch (action.kind) {
    case 'cluster':
      return forwarded(
        action,
        match.applyToRequest(request),
        sharesOf(match, action, configuration),
      )
    case 'redirect':
      return { kind: 'redirect', status: action.status, location: action.location }
    case 'direct-response':
      return { kind: 'direct-response', status: action.status, body: action.body }
    case 'non-forwarding':
      return { kind: 'non-forwarding' }
  }
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

function sharesOf(
  match: Match,
  { cluster }: ClusterAction,
  configuration: RouteConfigurationJson,
): readonly Share[] {
  const host = configuration.virtualHosts?.[virtualHostIndexOf(match, configuration)]
  const weights = host?.routes?.[match.route.index]?.route?.weightedClusters?.clusters ?? []
  const total = weights.reduce((sum, { weight = 0 }) => sum + weight, 0)
  const parts = weights.filter(({ weight = 0 }) => weight > 0)
  if (total === 0 || parts.length === 0) return [{ ...clusterTarget(cluster), ratio: 1 }]
  return parts.map(({ name, clusterHeader, weight = 0 }) => ({
    ...clusterTarget(name ?? `header ${clusterHeader ?? ''}`),
    ratio: weight / total,
  }))
}
