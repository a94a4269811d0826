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

export interface DirectResponseActionJson {
  readonly status?: number
  readonly body?: DataSourceJson
  readonly bodyFormat?: SubstitutionFormatJson
}

export interface DataSourceJson {
  readonly filename?: string
  /** Base64. */
  readonly inlineBytes?: string
  readonly inlineString?: string
  readonly environmentVariable?: string
}

export interface SubstitutionFormatJson {
  readonly textFormat?: string
  readonly jsonFormat?: Readonly<Record<string, unknown>>
  readonly textFormatSource?: DataSourceJson
  readonly omitEmptyValues?: boolean
  readonly contentType?: string
  readonly formatters?: readonly unknown[]
  readonly jsonFormatOptions?: { readonly sortProperties?: boolean }
}

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

export interface RequestMirrorPolicyJson {
  readonly cluster?: string
  readonly clusterHeader?: string
  readonly runtimeFraction?: RuntimeFractionJson
  readonly traceSampled?: boolean
  readonly disableShadowHostSuffixAppend?: boolean
  readonly hostRewriteLiteral?: string
  readonly requestHeadersMutations?: readonly HeaderMutationJson[]
}

export interface HeaderMutationJson {
  readonly remove?: string
  readonly append?: HeaderValueOptionJson
  readonly removeOnMatch?: { readonly keyMatcher?: StringMatcherJson }
}

export interface InternalRedirectPolicyJson {
  readonly maxInternalRedirects?: number
  readonly redirectResponseCodes?: readonly number[]
  readonly predicates?: readonly ExtensionJson[]
  readonly allowCrossSchemeRedirect?: boolean
  readonly responseHeadersToCopy?: readonly string[]
}

export interface UpgradeConfigJson {
  readonly upgradeType?: string
  readonly enabled?: boolean
  readonly connectConfig?: unknown
}

export interface MaxStreamDurationJson {
  readonly maxStreamDuration?: string
  readonly grpcTimeoutHeaderMax?: string
  readonly grpcTimeoutHeaderOffset?: string
}

export interface HedgePolicyJson {
  readonly initialRequests?: number
  readonly additionalRequestChance?: FractionalPercentJson
  readonly hedgeOnPerTryTimeout?: boolean
}

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

export interface WeightedClusterJson {
  readonly clusters?: readonly ClusterWeightJson[]
  readonly totalWeight?: number
  readonly runtimeKeyPrefix?: string
  readonly headerName?: string
  readonly useHashPolicy?: boolean
}

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
