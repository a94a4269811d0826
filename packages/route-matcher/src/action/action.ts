import type { ExtensionJson } from '../config/config.ts'
import type { HashPolicy } from './hash-policy.ts'
import type { HeaderMutation } from './header-mutation-list.ts'
import type { HeaderMutations } from './header-mutations.ts'
import type { InternalRedirectPolicy } from './internal-redirect-policy.ts'
import type { RateLimitPolicy } from './rate-limit.ts'
import type { RetryPolicy } from './retry-policy.ts'

/** What to do with a request. */
export type Action =
  | ClusterAction
  | RedirectAction
  | DirectResponseAction
  | { readonly kind: 'non-forwarding' }

/** Forward it to a cluster. Durations are milliseconds, and 0 switches a timeout off. */
export interface ClusterAction {
  readonly kind: 'cluster'
  readonly cluster: string
  /** The answer if there is no such cluster. */
  readonly clusterNotFoundStatus: number
  /** For the whole response, retries included. Default: 15 000. */
  readonly timeoutMs: number
  /** Undefined: the connection manager's stream idle timeout. */
  readonly idleTimeoutMs: number | undefined
  /** Undefined: the connection manager's. */
  readonly maxStreamDurationMs: number | undefined
  /** Undefined: `grpc-timeout` is not looked at. 0: it is taken whatever it says. */
  readonly grpcTimeoutHeaderMaxMs: number | undefined
  readonly grpcTimeoutHeaderOffsetMs: number
  /** The older pair of fields, which bound `timeoutMs` by `grpc-timeout`; as above. */
  readonly maxGrpcTimeoutMs: number | undefined
  readonly grpcTimeoutOffsetMs: number
  /** The route's, or else the virtual host's. */
  readonly retryPolicy: RetryPolicy | undefined
  /** A try that runs into its own timeout is raced by the next one, not replaced. */
  readonly hedgeOnPerTryTimeout: boolean
  readonly hashPolicies: readonly HashPolicy[]
  readonly mirrors: readonly MirrorPolicy[]
  readonly priority: 'default' | 'high'
  readonly upgrades: readonly UpgradePolicy[]
  /** Endpoint metadata (of `envoy.lb`) to ask for: the weighted cluster's over the route's. */
  readonly metadataMatch: Readonly<Record<string, unknown>> | undefined
  /** In the order to apply them. */
  readonly requestHeaders: readonly HeaderMutations[]
  /** The authority becomes the chosen host's hostname; known only after balancing. */
  readonly autoHostRewrite: boolean
  readonly appendXForwardedHost: boolean
  /** For `rateLimitDescriptors`: the route's, and the virtual host's if the route has none or asks for both. */
  readonly rateLimits: readonly RateLimitPolicy[]
  /** Undefined: redirects of the upstream go to the client. */
  readonly internalRedirectPolicy: InternalRedirectPolicy | undefined
  /** How long a response that nobody reads may wait to be written. Undefined: the stream idle timeout. */
  readonly flushTimeoutMs: number | undefined
  /** Which requests may go upstream as TLS early data. Undefined: those of safe methods. */
  readonly earlyDataPolicy: ExtensionJson | undefined
}

/** Answer with a redirect. */
export interface RedirectAction {
  readonly kind: 'redirect'
  readonly status: number
  /** Empty if the request has no path (CONNECT): answer without the header. */
  readonly location: string
}

/** Answer at once. */
export interface DirectResponseAction {
  readonly kind: 'direct-response'
  readonly status: number
  /** Undefined: no body. */
  readonly body: string | Uint8Array | undefined
  /** What to make of the body; undefined: it is sent as it is. */
  readonly bodyFormat: BodyFormat | undefined
}

/** A template for a body; `%LOCAL_REPLY_BODY%` in it is the body that the route gives. The caller fills it in. */
export interface BodyFormat {
  /** Text with `%…%` operators, or an object whose strings hold them, to be sent as JSON. */
  readonly template: string | Readonly<Record<string, unknown>>
  /** What is missing is nothing and not a dash. */
  readonly omitEmptyValues: boolean
  /** Default: `text/plain`, of an object `application/json`. */
  readonly contentType: string
}

/** Where a copy of the request goes, if the draw says so. */
export interface MirrorPolicy {
  /** Undefined: named by the request header {@link clusterHeader}. */
  readonly cluster: string | undefined
  readonly clusterHeader: string | undefined
  readonly fraction: Fraction
  /** A runtime key that overrides the fraction; undefined: none. */
  readonly runtimeKey: string | undefined
  /** Undefined: as the request. */
  readonly traceSampled: boolean | undefined
  /** Append `-shadow` to the authority. */
  readonly appendShadowSuffix: boolean
  /** Replaces the authority of the copy. */
  readonly hostRewriteLiteral: string | undefined
  /** For `applyHeaderMutationList`, on the headers of the copy. */
  readonly requestHeadersMutations: readonly HeaderMutation[]
}

/** Of so many requests, so many. */
export interface Fraction {
  readonly numerator: number
  readonly denominator: number
}

/** Whether a protocol upgrade is let through; over the connection manager's own list. */
export interface UpgradePolicy {
  /** Lower-case, for example `websocket` or `connect`. */
  readonly type: string
  readonly enabled: boolean
  /** Untouched: for CONNECT, what to do with it. */
  readonly connectConfig: unknown
}
