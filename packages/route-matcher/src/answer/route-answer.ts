import type { BodyFormat, Fraction } from '../action/action.ts'
import type { FilterSettings } from '../action/filter-configs.ts'
import type { HeaderAddition, HeaderMutations } from '../action/header-mutations.ts'
import type { InternalRedirectPolicy } from '../action/internal-redirect-policy.ts'
import type { RateLimitPolicy } from '../action/rate-limit.ts'
import type { HeaderMatcherJson, StringMatcherJson } from '../config/config.ts'
import type { Defined } from '../config/without-undefined.ts'

/**
 * Everything that a route does with a request it takes, as plain data that survives JSON.
 *
 * Two routes with deeply equal answers treat every request alike. Levels are merged, defaults are filled in, durations are
 * milliseconds, header names are lower-case, what is absent has no key, and what can be written in two ways is written in
 * one. Names of routes and virtual hosts are left out, unless a `%…%` template prints them.
 */
export type RouteAnswer =
  | ClusterAnswer
  | RedirectAnswer
  | DirectResponseAnswer
  | NonForwardingAnswer

/** What answers of every kind have. */
export interface AnswerBase {
  /** Of route and virtual host, as far as they have any: templates and filters read them. */
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly virtualHostMetadata?: Readonly<Record<string, unknown>>
  /** Names that a `%…%` template of this answer prints. */
  readonly printedNames?: { readonly route?: string; readonly virtualHost?: string }
  /** What shows in statistics and traces only. */
  readonly telemetry?: {
    readonly statPrefix?: string
    readonly decorator?: { readonly operation: string; readonly propagate: boolean }
    readonly tracing?: unknown
  }
}

/** What may differ between the clusters of one route. */
export interface LevelsAnswer {
  /** In the order to apply them; within a level order does not matter across names, so that they are sorted. */
  readonly responseHeaders: readonly HeaderMutations[]
  /** By filter; CORS has its own place. The configurations of a filter that is disabled do not matter, and are left out. */
  readonly filterConfigs: Readonly<Record<string, FilterSettings>>
}

/** The request goes to a cluster. */
export interface ClusterAnswer extends AnswerBase {
  readonly kind: 'cluster'
  /** Never empty. In the order of the draws they own; neighbours that are equal are one. */
  readonly clusters: readonly ClusterChoice[]
  /** Sum of the weights; 1 for a single cluster. */
  readonly totalWeight: number
  /** What replaces the random draw, if there is a choice: a request header that holds an integer, or the hash of the hash policies. */
  readonly drawFrom?: { readonly header: string } | { readonly hashPolicy: true }
  /** Prefix of the runtime keys that override weights, if there is a choice. */
  readonly runtimeKeyPrefix?: string
  readonly clusterNotFoundStatus: number
  readonly pathRewrite?: PathRewriteAnswer
  readonly appendXForwardedHost: boolean
  readonly timeoutMs: number
  readonly idleTimeoutMs?: number
  readonly flushTimeoutMs?: number
  readonly maxStreamDurationMs?: number
  readonly grpcTimeoutHeaderMaxMs?: number
  readonly grpcTimeoutHeaderOffsetMs: number
  readonly maxGrpcTimeoutMs?: number
  readonly grpcTimeoutOffsetMs: number
  readonly earlyDataPolicy?: unknown
  readonly retryPolicy?: RetryAnswer
  readonly hedgeOnPerTryTimeout: boolean
  readonly hashPolicies: readonly HashAnswer[]
  readonly mirrors: readonly MirrorAnswer[]
  readonly priority: 'default' | 'high'
  readonly upgrades: readonly {
    readonly type: string
    readonly enabled: boolean
    readonly connectConfig?: unknown
  }[]
  readonly rateLimits: readonly RateLimitAnswer[]
  readonly internalRedirectPolicy?: InternalRedirectPolicy
  readonly bufferLimitBytes?: number
  readonly includeRequestAttemptCount: boolean
  readonly includeAttemptCountInResponse: boolean
  readonly includeIsTimeoutRetryHeader: boolean
}

/** One of the clusters that a request may go to. Exactly one of `cluster` and `clusterHeader` is there. */
export interface ClusterChoice extends LevelsAnswer {
  readonly cluster?: string
  readonly clusterHeader?: string
  readonly weight: number
  readonly hostRewrite?: HostRewriteAnswer
  readonly metadataMatch?: Readonly<Record<string, unknown>>
  /** The CORS policy in force. */
  readonly cors?: CorsAnswer
  readonly requestHeaders: readonly HeaderMutations[]
}

/** How a path changes; the query stays. */
export type PathRewriteAnswer =
  /** The first `strip.length` characters are replaced. */
  | { readonly kind: 'prefix'; readonly strip: string; readonly by: string }
  /** All of the path is replaced. */
  | { readonly kind: 'whole'; readonly by: string }
  /** Every match is replaced. */
  | { readonly kind: 'regex'; readonly pattern: string; readonly substitution: string }
  | { readonly kind: 'uri-template'; readonly template: string; readonly rewrite: string }
  /** A `%…%` template. */
  | { readonly kind: 'format'; readonly template: string }

/** How the authority changes. */
export type HostRewriteAnswer =
  /** Of a weighted cluster: unlike the others it leaves no trace in `x-forwarded-host`. */
  | { readonly kind: 'cluster-literal'; readonly value: string }
  | (HostRewriteOfRoute & {
      /** That of the weighted cluster, which came before: what the request keeps if the other comes out empty. */
      readonly literal?: string
    })

type HostRewriteOfRoute =
  | { readonly kind: 'literal'; readonly value: string }
  /** The hostname of the chosen host. */
  | { readonly kind: 'auto' }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'path-regex'; readonly pattern: string; readonly substitution: string }
  | { readonly kind: 'format'; readonly template: string }

/** A retry policy as data, defaults filled in. */
export interface RetryAnswer {
  /** Sorted. */
  readonly retryOn: readonly string[]
  readonly numRetries: number
  readonly perTryTimeoutMs: number
  readonly perTryIdleTimeoutMs: number
  readonly hostPredicates: readonly unknown[]
  readonly optionsPredicates: readonly unknown[]
  readonly priority?: unknown
  readonly hostSelectionMaxAttempts: number
  /** Sorted. */
  readonly retriableStatusCodes: readonly number[]
  readonly backOff: { readonly baseMs: number; readonly maxMs: number }
  readonly rateLimitedBackOff?: {
    readonly resetHeaders: readonly { readonly name: string; readonly format: string }[]
    readonly maxMs: number
  }
  readonly retriableHeaders: readonly HeaderMatcherJson[]
  readonly retriableRequestHeaders: readonly HeaderMatcherJson[]
}

/** A hash policy as data. */
export interface HashAnswer {
  readonly kind: 'header' | 'cookie' | 'source-ip' | 'query-parameter' | 'filter-state'
  readonly name: string
  readonly terminal: boolean
  readonly regexRewrite?: { readonly pattern: string; readonly substitution: string }
  readonly cookie?: {
    readonly ttlMs: number
    readonly path: string
    readonly attributes: readonly { readonly name: string; readonly value: string }[]
  }
}

/** A mirror policy as data. */
export interface MirrorAnswer {
  readonly cluster?: string
  readonly clusterHeader?: string
  readonly fraction: Fraction
  readonly runtimeKey?: string
  readonly traceSampled?: boolean
  readonly appendShadowSuffix: boolean
  readonly hostRewriteLiteral?: string
  readonly requestHeadersMutations: readonly HeaderMutationAnswer[]
}

/** One step of a list of mutations. */
export type HeaderMutationAnswer =
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'add'; readonly addition: HeaderAddition }
  | { readonly kind: 'remove-matching'; readonly matcher: StringMatcherJson }

/** A rate limit as data. */
export type RateLimitAnswer = Defined<Omit<RateLimitPolicy, 'actions'>> & {
  readonly actions: readonly {
    readonly kind: string
    readonly settings: Readonly<Record<string, unknown>>
  }[]
}

/** The CORS policy of all levels as data. */
export interface CorsAnswer {
  readonly allowOrigins: readonly StringMatcherJson[]
  readonly allowMethods: string
  readonly allowHeaders: string
  readonly exposeHeaders: string
  readonly maxAge: string
  readonly allowCredentials: boolean
  readonly allowPrivateNetworkAccess: boolean
  readonly forwardNotMatchingPreflights: boolean
  readonly enabled: Fraction
  readonly enabledRuntimeKey?: string
  readonly shadowEnabled: Fraction
  readonly shadowEnabledRuntimeKey?: string
}

/** The client is sent elsewhere. What is not said is kept from the request. */
export interface RedirectAnswer extends AnswerBase, LevelsAnswer {
  readonly kind: 'redirect'
  readonly status: number
  readonly scheme?: string
  readonly host?: string
  readonly port?: number
  /** The whole new path; with a query in it, the request's is not kept. */
  readonly path?: string
  readonly pathRewrite?: PathRewriteAnswer
  readonly stripQuery: boolean
  /** Of `require_tls`: not even a port that is the default of the old scheme goes. */
  readonly keepsPort?: true
}

/** The proxy answers. */
export interface DirectResponseAnswer extends AnswerBase, LevelsAnswer {
  readonly kind: 'direct-response'
  readonly status: number
  /** Text, or bytes that are none. */
  readonly body?: string | { readonly bytes: readonly number[] }
  readonly bodyFormat?: BodyFormat
}

/** The request ends here without an answer of the route. */
export interface NonForwardingAnswer extends AnswerBase, LevelsAnswer {
  readonly kind: 'non-forwarding'
}
