import type { EnumJson, ExtensionJson, HeaderMatcherJson, Int64Json } from './config.ts'
import type { QueryParameterMatcherJson } from './matcher-config.ts'

/** `envoy.config.route.v3.RateLimit` in proto3 JSON. */
export interface RateLimitJson {
  /** From 0 to 10. Default: 0. */
  readonly stage?: number
  readonly disableKey?: string
  readonly actions?: readonly RateLimitActionJson[]
  readonly limit?: { readonly dynamicMetadata?: { readonly metadataKey?: MetadataKeyJson } }
  readonly hitsAddend?: { readonly number?: Int64Json; readonly format?: string }
  readonly applyOnStreamDone?: boolean
  readonly xRatelimitOption?: EnumJson
}

/** One of the ways to make an entry of a descriptor; exactly one member is there. */
export interface RateLimitActionJson {
  readonly sourceCluster?: object
  readonly destinationCluster?: object
  readonly requestHeaders?: {
    readonly headerName?: string
    readonly descriptorKey?: string
    readonly skipIfAbsent?: boolean
  }
  readonly queryParameters?: {
    readonly queryParameterName?: string
    readonly descriptorKey?: string
    readonly skipIfAbsent?: boolean
  }
  readonly remoteAddress?: object
  readonly maskedRemoteAddress?: {
    readonly v4PrefixMaskLen?: number
    readonly v6PrefixMaskLen?: number
  }
  readonly genericKey?: DescriptorValueJson
  readonly headerValueMatch?: DescriptorValueJson & {
    readonly expectMatch?: boolean
    readonly headers?: readonly HeaderMatcherJson[]
  }
  readonly queryParameterValueMatch?: DescriptorValueJson & {
    readonly expectMatch?: boolean
    readonly queryParameters?: readonly QueryParameterMatcherJson[]
  }
  readonly dynamicMetadata?: MetadataActionJson
  readonly metadata?: MetadataActionJson & {
    readonly source?: EnumJson
    readonly skipIfAbsent?: boolean
  }
  readonly extension?: ExtensionJson
}

/** What the rate limit actions have in common that give a fixed value. */
export interface DescriptorValueJson {
  /** May hold `%…%` operators. */
  readonly descriptorValue?: string
  /** What counts if the operators come out empty. */
  readonly defaultValue?: string
  readonly descriptorKey?: string
}

/** `envoy.config.route.v3.RateLimit.Action.MetaData` in proto3 JSON. */
export interface MetadataActionJson {
  readonly descriptorKey?: string
  readonly metadataKey?: MetadataKeyJson
  readonly defaultValue?: string
}

/** `envoy.type.metadata.v3.MetadataKey` in proto3 JSON. */
export interface MetadataKeyJson {
  /** The namespace. */
  readonly key?: string
  readonly path?: readonly { readonly key?: string }[]
}
