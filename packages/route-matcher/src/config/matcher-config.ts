import type { ExtensionJson, RouteJson, StringMatcherJson } from './config.ts'

/** `envoy.config.route.v3.QueryParameterMatcher` in proto3 JSON. */
export interface QueryParameterMatcherJson {
  readonly name?: string
  readonly stringMatch?: StringMatcherJson
  readonly presentMatch?: boolean
}

/** `envoy.config.route.v3.CookieMatcher` in proto3 JSON. */
export interface CookieMatcherJson {
  readonly name?: string
  readonly stringMatch?: StringMatcherJson
  readonly invertMatch?: boolean
}

/** `envoy.type.matcher.v3.MetadataMatcher`: a test of the dynamic metadata of a request. */
export interface MetadataMatcherJson {
  /** The namespace, by custom the name of the filter that wrote it. */
  readonly filter?: string
  readonly path?: readonly { readonly key?: string }[]
  readonly value?: ValueMatcherJson
  readonly invert?: boolean
}

/** `envoy.type.matcher.v3.ValueMatcher`: a test of a JSON value; exactly one member is set. */
export interface ValueMatcherJson {
  readonly nullMatch?: unknown
  readonly doubleMatch?: {
    /** From start up to, but not including, end. */
    readonly range?: { readonly start?: number; readonly end?: number }
    readonly exact?: number
  }
  readonly stringMatch?: StringMatcherJson
  readonly boolMatch?: boolean
  readonly presentMatch?: boolean
  readonly listMatch?: { readonly oneOf?: ValueMatcherJson }
  readonly orMatch?: { readonly valueMatchers?: readonly ValueMatcherJson[] }
}

/** `envoy.type.matcher.v3.FilterStateMatcher`: a test of one filter state object. */
export interface FilterStateMatcherJson {
  readonly key?: string
  readonly stringMatch?: StringMatcherJson
  readonly addressMatch?: {
    readonly ranges?: readonly CidrRangeJson[]
    readonly invertMatch?: boolean
  }
}

/** `CidrRange` of Envoy and of xds. */
export interface CidrRangeJson {
  readonly addressPrefix?: string
  /** Default: 0, which fits every address of the family. */
  readonly prefixLen?: number
}

/** `envoy.config.route.v3.RouteMatch.TlsContextMatchOptions`. A member that is not set asks nothing. */
export interface TlsContextJson {
  readonly presented?: boolean
  readonly validated?: boolean
}

/** `xds.type.matcher.v3.Matcher`, and `envoy.config.common.matcher.v3.Matcher`, which has the same form. */
export interface MatcherJson {
  readonly matcherList?: { readonly matchers?: readonly FieldMatcherJson[] }
  readonly matcherTree?: MatcherTreeJson
  readonly onNoMatch?: OnMatchJson
}

/** `xds.type.matcher.v3.Matcher.MatcherList.FieldMatcher` in proto3 JSON. */
export interface FieldMatcherJson {
  readonly predicate?: MatcherPredicateJson
  readonly onMatch?: OnMatchJson
}

/** `xds.type.matcher.v3.Matcher.OnMatch` in proto3 JSON. */
export interface OnMatchJson {
  readonly matcher?: MatcherJson
  /** `envoy.config.route.v3.Route` or `RouteList`. */
  readonly action?: ExtensionJson
  readonly keepMatching?: boolean
}

/** `xds.type.matcher.v3.Matcher.MatcherList.Predicate` in proto3 JSON. */
export interface MatcherPredicateJson {
  readonly singlePredicate?: {
    readonly input?: ExtensionJson
    readonly valueMatch?: StringMatcherJson
    readonly customMatch?: ExtensionJson
  }
  readonly orMatcher?: { readonly predicate?: readonly MatcherPredicateJson[] }
  readonly andMatcher?: { readonly predicate?: readonly MatcherPredicateJson[] }
  readonly notMatcher?: MatcherPredicateJson
}

/** `xds.type.matcher.v3.Matcher.MatcherTree` in proto3 JSON. */
export interface MatcherTreeJson {
  readonly input?: ExtensionJson
  readonly exactMatchMap?: { readonly map?: Readonly<Record<string, OnMatchJson>> }
  readonly prefixMatchMap?: { readonly map?: Readonly<Record<string, OnMatchJson>> }
  /** `xds.type.matcher.v3.IPMatcher` or `ServerNameMatcher`. */
  readonly customMatch?: ExtensionJson
}

/** `envoy.config.route.v3.RouteList`. */
export interface RouteListJson {
  readonly routes?: readonly RouteJson[]
}
