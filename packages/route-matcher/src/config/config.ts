import type { CorsPolicyJson } from '../action/cors-policy.ts'
import type {
  DirectResponseActionJson,
  HashPolicyJson,
  HedgePolicyJson,
  InternalRedirectPolicyJson,
  MaxStreamDurationJson,
  RedirectActionJson,
  RequestMirrorPolicyJson,
  RetryPolicyJson,
  UpgradeConfigJson,
  WeightedClusterJson,
} from './action-config.ts'
import type {
  CookieMatcherJson,
  FilterStateMatcherJson,
  MatcherJson,
  MetadataMatcherJson,
  QueryParameterMatcherJson,
  TlsContextJson,
} from './matcher-config.ts'
import type { RateLimitJson } from './rate-limit-config.ts'

/**
 * What `compileRoutes` reads: Envoy's RouteConfiguration in proto3 JSON, camelCase.
 *
 * Only the shape is declared, with no package of messages behind it: what a wire library's JSON form yields fits, and so
 * does an object written by hand. Durations are strings such as `'1.5s'`, 64-bit integers may be strings, enums are names
 * or numbers, and what the matcher hands on untouched is `unknown`.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route.proto
 */
export interface RouteConfigurationJson {
  readonly name?: string
  readonly virtualHosts?: readonly VirtualHostJson[]
  readonly vhds?: unknown
  readonly internalOnlyHeaders?: readonly string[]
  readonly requestHeadersToAdd?: readonly HeaderValueOptionJson[]
  readonly requestHeadersToRemove?: readonly string[]
  readonly responseHeadersToAdd?: readonly HeaderValueOptionJson[]
  readonly responseHeadersToRemove?: readonly string[]
  readonly mostSpecificHeaderMutationsWins?: boolean
  readonly validateClusters?: boolean
  readonly maxDirectResponseBodySizeBytes?: number
  readonly clusterSpecifierPlugins?: readonly unknown[]
  readonly requestMirrorPolicies?: readonly RequestMirrorPolicyJson[]
  readonly ignorePortInHostMatching?: boolean
  readonly ignorePathParametersInPathMatching?: boolean
  /** Name of the header that the virtual host is chosen by, instead of the authority; a request without it has no host. */
  readonly vhostHeader?: string
  readonly typedPerFilterConfig?: Readonly<Record<string, unknown>>
  readonly metadata?: MetadataJson
}

/** `envoy.config.route.v3.VirtualHost` in proto3 JSON. */
export interface VirtualHostJson {
  readonly name?: string
  readonly domains?: readonly string[]
  readonly routes?: readonly RouteJson[]
  /** Instead of routes. */
  readonly matcher?: MatcherJson
  readonly requireTls?: EnumJson
  readonly virtualClusters?: readonly VirtualClusterJson[]
  readonly rateLimits?: readonly RateLimitJson[]
  readonly requestHeadersToAdd?: readonly HeaderValueOptionJson[]
  readonly requestHeadersToRemove?: readonly string[]
  readonly responseHeadersToAdd?: readonly HeaderValueOptionJson[]
  readonly responseHeadersToRemove?: readonly string[]
  readonly cors?: CorsPolicyJson
  readonly typedPerFilterConfig?: Readonly<Record<string, unknown>>
  readonly includeRequestAttemptCount?: boolean
  readonly includeAttemptCountInResponse?: boolean
  readonly retryPolicy?: RetryPolicyJson
  readonly retryPolicyTypedConfig?: unknown
  readonly hedgePolicy?: HedgePolicyJson
  readonly includeIsTimeoutRetryHeader?: boolean
  readonly perRequestBufferLimitBytes?: number
  readonly requestBodyBufferLimit?: Int64Json
  readonly requestMirrorPolicies?: readonly RequestMirrorPolicyJson[]
  readonly metadata?: MetadataJson
}

/** `envoy.config.route.v3.Route` in proto3 JSON. */
export interface RouteJson {
  readonly name?: string
  readonly match?: RouteMatchJson
  readonly route?: RouteActionJson
  readonly redirect?: RedirectActionJson
  readonly directResponse?: DirectResponseActionJson
  readonly filterAction?: unknown
  readonly nonForwardingAction?: unknown
  readonly metadata?: MetadataJson
  readonly decorator?: DecoratorJson
  readonly typedPerFilterConfig?: Readonly<Record<string, unknown>>
  readonly requestHeadersToAdd?: readonly HeaderValueOptionJson[]
  readonly requestHeadersToRemove?: readonly string[]
  readonly responseHeadersToAdd?: readonly HeaderValueOptionJson[]
  readonly responseHeadersToRemove?: readonly string[]
  readonly tracing?: unknown
  readonly perRequestBufferLimitBytes?: number
  readonly requestBodyBufferLimit?: Int64Json
  readonly statPrefix?: string
}

/** `envoy.config.route.v3.RouteMatch` in proto3 JSON. */
export interface RouteMatchJson {
  readonly prefix?: string
  readonly path?: string
  readonly safeRegex?: RegexMatcherJson
  readonly connectMatcher?: unknown
  readonly pathSeparatedPrefix?: string
  /** `envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig`. */
  readonly pathMatchPolicy?: ExtensionJson
  readonly caseSensitive?: boolean
  readonly runtimeFraction?: RuntimeFractionJson
  readonly headers?: readonly HeaderMatcherJson[]
  readonly queryParameters?: readonly QueryParameterMatcherJson[]
  readonly cookies?: readonly CookieMatcherJson[]
  readonly grpc?: unknown
  readonly tlsContext?: TlsContextJson
  readonly dynamicMetadata?: readonly MetadataMatcherJson[]
  readonly filterState?: readonly FilterStateMatcherJson[]
}

/** `envoy.config.route.v3.HeaderMatcher` in proto3 JSON. */
export interface HeaderMatcherJson {
  readonly name?: string
  readonly exactMatch?: string
  readonly safeRegexMatch?: RegexMatcherJson
  readonly rangeMatch?: { readonly start?: Int64Json; readonly end?: Int64Json }
  readonly presentMatch?: boolean
  readonly prefixMatch?: string
  readonly suffixMatch?: string
  readonly containsMatch?: string
  readonly stringMatch?: StringMatcherJson
  readonly invertMatch?: boolean
  readonly treatMissingHeaderAsEmpty?: boolean
}

/** `envoy.type.matcher.v3.StringMatcher` in proto3 JSON. */
export interface StringMatcherJson {
  readonly exact?: string
  readonly prefix?: string
  readonly suffix?: string
  readonly contains?: string
  readonly safeRegex?: RegexMatcherJson
  readonly custom?: unknown
  readonly ignoreCase?: boolean
}

/** `envoy.type.matcher.v3.RegexMatcher` in proto3 JSON. */
export interface RegexMatcherJson {
  readonly googleRe2?: unknown
  readonly regex?: string
}

/** `envoy.type.matcher.v3.RegexMatchAndSubstitute` in proto3 JSON. */
export interface RegexRewriteJson {
  readonly pattern?: RegexMatcherJson
  /** `\0` is the whole match, `\1` to `\9` its groups. */
  readonly substitution?: string
}

/** `envoy.config.core.v3.RuntimeFractionalPercent` in proto3 JSON. */
export interface RuntimeFractionJson {
  readonly defaultValue?: FractionalPercentJson
  readonly runtimeKey?: string
}

/** `envoy.type.v3.FractionalPercent` in proto3 JSON. */
export interface FractionalPercentJson {
  readonly numerator?: number
  readonly denominator?: EnumJson
}

/** `envoy.config.route.v3.RouteAction` in proto3 JSON. */
export interface RouteActionJson {
  readonly cluster?: string
  readonly clusterHeader?: string
  readonly weightedClusters?: WeightedClusterJson
  readonly clusterSpecifierPlugin?: string
  readonly inlineClusterSpecifierPlugin?: unknown
  readonly clusterNotFoundResponseCode?: EnumJson
  readonly metadataMatch?: MetadataJson
  readonly prefixRewrite?: string
  readonly regexRewrite?: RegexRewriteJson
  /** `envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig`. */
  readonly pathRewritePolicy?: ExtensionJson
  /** A `%…%` template. */
  readonly pathRewrite?: string
  readonly hostRewriteLiteral?: string
  readonly autoHostRewrite?: boolean
  readonly hostRewriteHeader?: string
  readonly hostRewritePathRegex?: RegexRewriteJson
  /** A `%…%` template. */
  readonly hostRewrite?: string
  readonly appendXForwardedHost?: boolean
  readonly timeout?: string
  readonly idleTimeout?: string
  readonly flushTimeout?: string
  readonly earlyDataPolicy?: ExtensionJson
  readonly retryPolicy?: RetryPolicyJson
  readonly retryPolicyTypedConfig?: unknown
  readonly requestMirrorPolicies?: readonly RequestMirrorPolicyJson[]
  readonly priority?: EnumJson
  readonly rateLimits?: readonly RateLimitJson[]
  readonly includeVhRateLimits?: boolean
  readonly hashPolicy?: readonly HashPolicyJson[]
  readonly cors?: CorsPolicyJson
  readonly maxGrpcTimeout?: string
  readonly grpcTimeoutOffset?: string
  readonly upgradeConfigs?: readonly UpgradeConfigJson[]
  readonly internalRedirectPolicy?: InternalRedirectPolicyJson
  readonly internalRedirectAction?: EnumJson
  readonly maxInternalRedirects?: number
  readonly hedgePolicy?: HedgePolicyJson
  readonly maxStreamDuration?: MaxStreamDurationJson
}

/** `envoy.config.core.v3.HeaderValueOption` in proto3 JSON. */
export interface HeaderValueOptionJson {
  readonly header?: { readonly key?: string; readonly value?: string; readonly rawValue?: string }
  readonly append?: boolean
  readonly appendAction?: EnumJson
  readonly keepEmptyValue?: boolean
}

/** `envoy.config.core.v3.TypedExtensionConfig` in proto3 JSON. */
export interface ExtensionJson {
  readonly name?: string
  readonly typedConfig?: unknown
}

/** `envoy.config.route.v3.VirtualCluster` in proto3 JSON. */
export interface VirtualClusterJson {
  readonly name?: string
  readonly headers?: readonly HeaderMatcherJson[]
}

/** `envoy.config.route.v3.Decorator` in proto3 JSON. */
export interface DecoratorJson {
  readonly operation?: string
  readonly propagate?: boolean
}

/** `envoy.config.core.v3.Metadata` in proto3 JSON. */
export interface MetadataJson {
  readonly filterMetadata?: Readonly<Record<string, unknown>>
}

/** An enum value by its name, or by its number. */
export type EnumJson = string | number

/** A 64-bit integer; beyond 2^53 only the string is exact. */
export type Int64Json = string | number
