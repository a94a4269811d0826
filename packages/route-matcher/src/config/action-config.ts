import type {
  EnumJson,
  ExtensionJson,
  FractionalPercentJson,
  HeaderMatcherJson,
  HeaderValueOptionJson,
  Int64Json,
  MetadataJson,
  RegexRewriteJson,
  RuntimeFractionJson,
  StringMatcherJson,
} from './config.ts'

/** `envoy.config.route.v3.RedirectAction` in proto3 JSON. */
export interface RedirectActionJson {
  readonly httpsRedirect?: boolean
  readonly schemeRedirect?: string
  readonly hostRedirect?: string
  readonly portRedirect?: number
  readonly pathRedirect?: string
  readonly prefixRewrite?: string
  readonly regexRewrite?: RegexRewriteJson
  readonly responseCode?: EnumJson
  readonly stripQuery?: boolean
}

/** `envoy.config.route.v3.DirectResponseAction` in proto3 JSON. */
export interface DirectResponseActionJson {
  readonly status?: number
  readonly body?: DataSourceJson
  readonly bodyFormat?: SubstitutionFormatJson
}

/** `envoy.config.core.v3.DataSource` in proto3 JSON. */
export interface DataSourceJson {
  readonly filename?: string
  /** Base64. */
  readonly inlineBytes?: string
  readonly inlineString?: string
  readonly environmentVariable?: string
}

/** `envoy.config.core.v3.SubstitutionFormatString` in proto3 JSON. */
export interface SubstitutionFormatJson {
  readonly textFormat?: string
  readonly jsonFormat?: Readonly<Record<string, unknown>>
  readonly textFormatSource?: DataSourceJson
  readonly omitEmptyValues?: boolean
  readonly contentType?: string
  readonly formatters?: readonly unknown[]
  readonly jsonFormatOptions?: { readonly sortProperties?: boolean }
}

/** `envoy.config.route.v3.RouteAction.HashPolicy` in proto3 JSON. */
export interface HashPolicyJson {
  readonly header?: { readonly headerName?: string; readonly regexRewrite?: RegexRewriteJson }
  readonly cookie?: {
    readonly name?: string
    readonly ttl?: string
    readonly path?: string
    readonly attributes?: readonly { readonly name?: string; readonly value?: string }[]
  }
  readonly connectionProperties?: { readonly sourceIp?: boolean }
  readonly queryParameter?: { readonly name?: string }
  readonly filterState?: { readonly key?: string }
  readonly terminal?: boolean
}

/** `envoy.config.route.v3.RouteAction.RequestMirrorPolicy` in proto3 JSON. */
export interface RequestMirrorPolicyJson {
  readonly cluster?: string
  readonly clusterHeader?: string
  readonly runtimeFraction?: RuntimeFractionJson
  readonly traceSampled?: boolean
  readonly disableShadowHostSuffixAppend?: boolean
  readonly hostRewriteLiteral?: string
  readonly requestHeadersMutations?: readonly HeaderMutationJson[]
}

/** `envoy.config.common.mutation_rules.v3.HeaderMutation` in proto3 JSON. */
export interface HeaderMutationJson {
  readonly remove?: string
  readonly append?: HeaderValueOptionJson
  readonly removeOnMatch?: { readonly keyMatcher?: StringMatcherJson }
}

/** `envoy.config.route.v3.InternalRedirectPolicy` in proto3 JSON. */
export interface InternalRedirectPolicyJson {
  readonly maxInternalRedirects?: number
  readonly redirectResponseCodes?: readonly number[]
  readonly predicates?: readonly ExtensionJson[]
  readonly allowCrossSchemeRedirect?: boolean
  readonly responseHeadersToCopy?: readonly string[]
}

/** `envoy.config.route.v3.RouteAction.UpgradeConfig` in proto3 JSON. */
export interface UpgradeConfigJson {
  readonly upgradeType?: string
  readonly enabled?: boolean
  readonly connectConfig?: unknown
}

/** `envoy.config.route.v3.RouteAction.MaxStreamDuration` in proto3 JSON. */
export interface MaxStreamDurationJson {
  readonly maxStreamDuration?: string
  readonly grpcTimeoutHeaderMax?: string
  readonly grpcTimeoutHeaderOffset?: string
}

/** `envoy.config.route.v3.HedgePolicy` in proto3 JSON. */
export interface HedgePolicyJson {
  readonly initialRequests?: number
  readonly additionalRequestChance?: FractionalPercentJson
  readonly hedgeOnPerTryTimeout?: boolean
}

/** `envoy.config.route.v3.RetryPolicy` in proto3 JSON. */
export interface RetryPolicyJson {
  readonly retryOn?: string
  readonly numRetries?: number
  readonly perTryTimeout?: string
  readonly perTryIdleTimeout?: string
  readonly retryPriority?: ExtensionJson
  readonly retryHostPredicate?: readonly ExtensionJson[]
  readonly retryOptionsPredicates?: readonly ExtensionJson[]
  readonly hostSelectionRetryMaxAttempts?: Int64Json
  readonly retriableStatusCodes?: readonly number[]
  readonly retryBackOff?: { readonly baseInterval?: string; readonly maxInterval?: string }
  readonly rateLimitedRetryBackOff?: {
    readonly resetHeaders?: readonly { readonly name?: string; readonly format?: EnumJson }[]
    readonly maxInterval?: string
  }
  readonly retriableHeaders?: readonly HeaderMatcherJson[]
  readonly retriableRequestHeaders?: readonly HeaderMatcherJson[]
}

/** `envoy.config.route.v3.WeightedCluster` in proto3 JSON. */
export interface WeightedClusterJson {
  readonly clusters?: readonly ClusterWeightJson[]
  readonly totalWeight?: number
  readonly runtimeKeyPrefix?: string
  readonly headerName?: string
  readonly useHashPolicy?: boolean
}

/** `envoy.config.route.v3.WeightedCluster.ClusterWeight` in proto3 JSON. */
export interface ClusterWeightJson {
  readonly name?: string
  readonly clusterHeader?: string
  readonly weight?: number
  readonly metadataMatch?: MetadataJson
  readonly requestHeadersToAdd?: readonly HeaderValueOptionJson[]
  readonly requestHeadersToRemove?: readonly string[]
  readonly responseHeadersToAdd?: readonly HeaderValueOptionJson[]
  readonly responseHeadersToRemove?: readonly string[]
  readonly typedPerFilterConfig?: Readonly<Record<string, unknown>>
  readonly hostRewriteLiteral?: string
}
