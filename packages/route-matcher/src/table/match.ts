import type { Action } from '../action/action.ts'
import type { CorsPolicy } from '../action/cors-policy.ts'
import type { HeaderMutations } from '../action/header-mutations.ts'
import type { FormatTemplate } from '../action/rewrite.ts'
import type { Request } from '../request/request.ts'

/** The route that a request takes, with everything that follows from it. */
export interface Match {
  readonly virtualHost: VirtualHost
  readonly route: Route
  /** The chosen cluster: `''` if `cluster_header` names a header that is not there; undefined for redirects and direct responses. */
  readonly cluster: string | undefined
  readonly action: Action
  /** For the response, in the order to apply them. */
  readonly responseHeaders: readonly HeaderMutations[]
  /** Per filter name its configurations, the most specific first: weighted cluster, route, virtual host, route configuration. See `filterSettings`. */
  readonly typedPerFilterConfig: ReadonlyMap<string, readonly unknown[]>
  /** The CORS policy in force, of all levels; undefined if there is none, or the filter is disabled. Only of requests that go to a cluster. */
  readonly cors: CorsPolicy | undefined
  /** False: `applyToRequest` leaves path and authority of every request as they are, and has no value for `x-forwarded-host`. */
  readonly rewrites: boolean
  /** Path, authority and header mutations of the request as it goes upstream. The request itself is not touched. */
  applyToRequest(request: Request, options?: ApplyOptions): UpstreamRequest
}

/** Options of `match.applyToRequest`. */
export interface ApplyOptions {
  /**
   * Fills in the `%…%` operators of `path_rewrite`, `host_rewrite` and of a header that `host_rewrite_header` names.
   * Default: they stay as they are.
   */
  readonly format?: FormatTemplate
  /**
   * `request` and `format` see the headers as the action's `requestHeaders` left them, as rewrites do in Envoy.
   * Default: false, and for `host_rewrite_header` they are worked out here.
   */
  readonly headersAreMutated?: boolean
}

/** A request after the rewrites of its route. */
export interface UpstreamRequest {
  readonly path: string
  readonly authority: string
  /** The path before a rewrite, for `x-envoy-original-path`; undefined if nothing rewrote it. */
  readonly originalPath: string | undefined
  /** The authority before the route's rewrite, for `x-envoy-original-host`; undefined if nothing rewrites it. */
  readonly originalAuthority: string | undefined
  /** A value to append to `x-forwarded-host`. */
  readonly forwardedHost: string | undefined
  /** In the order to apply them; see `applyHeaderMutations`. */
  readonly requestHeaders: readonly HeaderMutations[]
}

/** What the matched virtual host says beyond its routes. */
export interface VirtualHost {
  readonly name: string
  readonly domains: readonly string[]
  /** Send `x-envoy-attempt-count` upstream. */
  readonly includeRequestAttemptCount: boolean
  /** Send `x-envoy-attempt-count` downstream. */
  readonly includeAttemptCountInResponse: boolean
  /** Send `x-envoy-is-timeout-retry` upstream. */
  readonly includeIsTimeoutRetryHeader: boolean
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  /** Name of the virtual cluster that the request counts for; `'other'` if the host has some and none fits. */
  virtualCluster(request: Request): string | undefined
}

/** What the matched route says beyond its action. */
export interface Route {
  /** Empty if the configuration gives none. */
  readonly name: string
  /** Place in the virtual host's list; -1 for the redirect that `require_tls` makes. */
  readonly index: number
  readonly statPrefix: string | undefined
  readonly decorator: { readonly operation: string; readonly propagate: boolean } | undefined
  /** Bytes of a request body that may be kept for retries; route over virtual host. Undefined: the listener's limit. */
  readonly bufferLimitBytes: number | undefined
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  /** Untouched: sampling and custom tags. */
  readonly tracing: unknown
}
