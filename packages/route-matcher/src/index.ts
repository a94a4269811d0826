export type {
  Action,
  BodyFormat,
  ClusterAction,
  DirectResponseAction,
  Fraction,
  MirrorPolicy,
  RedirectAction,
  UpgradePolicy,
} from './action/action.ts'
export type { CorsPolicy, CorsPolicyJson, RuntimeFraction } from './action/cors-policy.ts'
export { type FilterSettings, filterSettings } from './action/filter-configs.ts'
export { type HashPolicy, type HashSource, hashKeys } from './action/hash-policy.ts'
export {
  applyHeaderMutationList,
  type HeaderMutation,
  type ListableHeaders,
} from './action/header-mutation-list.ts'
export {
  applyHeaderMutations,
  type HeaderAddition,
  type HeaderAppendAction,
  type HeaderMutations,
  type MutableHeaders,
} from './action/header-mutations.ts'
export type { InternalRedirectPolicy } from './action/internal-redirect-policy.ts'
export {
  type DescriptorEntry,
  type MetadataPath,
  type RateLimitAction,
  type RateLimitContext,
  type RateLimitDescriptor,
  type RateLimitPolicy,
  type RateLimitUnit,
  rateLimitDescriptors,
} from './action/rate-limit.ts'
export type { RetryPolicy } from './action/retry-policy.ts'
export type { FormatTemplate } from './action/rewrite.ts'
export type { HashOfKeys } from './action/weights.ts'
export type {
  AnswerBase,
  ClusterAnswer,
  ClusterChoice,
  CorsAnswer,
  DirectResponseAnswer,
  HashAnswer,
  HeaderMutationAnswer,
  HostRewriteAnswer,
  LevelsAnswer,
  MirrorAnswer,
  NonForwardingAnswer,
  PathRewriteAnswer,
  RateLimitAnswer,
  RedirectAnswer,
  RetryAnswer,
  RouteAnswer,
} from './answer/route-answer.ts'
export type {
  ClusterWeightJson,
  DataSourceJson,
  DirectResponseActionJson,
  HashPolicyJson,
  HeaderMutationJson,
  HedgePolicyJson,
  InternalRedirectPolicyJson,
  MaxStreamDurationJson,
  RedirectActionJson,
  RequestMirrorPolicyJson,
  RetryPolicyJson,
  SubstitutionFormatJson,
  UpgradeConfigJson,
  WeightedClusterJson,
} from './config/action-config.ts'
export type {
  DecoratorJson,
  EnumJson,
  ExtensionJson,
  FractionalPercentJson,
  HeaderMatcherJson,
  HeaderValueOptionJson,
  Int64Json,
  MetadataJson,
  RegexMatcherJson,
  RegexRewriteJson,
  RouteActionJson,
  RouteConfigurationJson,
  RouteJson,
  RouteMatchJson,
  RuntimeFractionJson,
  StringMatcherJson,
  VirtualClusterJson,
  VirtualHostJson,
} from './config/config.ts'
export type { DataSource, ReadDataSource } from './config/data-source.ts'
export { RouteConfigError, type RouteFault } from './config/errors.ts'
export { fromSnakeCase } from './config/from-snake-case.ts'
export type {
  CidrRangeJson,
  CookieMatcherJson,
  FieldMatcherJson,
  FilterStateMatcherJson,
  MatcherJson,
  MatcherPredicateJson,
  MatcherTreeJson,
  MetadataMatcherJson,
  OnMatchJson,
  QueryParameterMatcherJson,
  RouteListJson,
  TlsContextJson,
  ValueMatcherJson,
} from './config/matcher-config.ts'
export type {
  DescriptorValueJson,
  MetadataActionJson,
  MetadataKeyJson,
  RateLimitActionJson,
  RateLimitJson,
} from './config/rate-limit-config.ts'
export { UriTemplateError } from './predicate/parse-uri-template.ts'
export { mostSpecificFirst } from './predicate/specificity.ts'
export { compileUriTemplate, type UriTemplate } from './predicate/uri-template.ts'
export type { Regex, RegexEngine } from './regex/regex-engine.ts'
export {
  type IstioPathNormalization,
  istioPathNormalization,
} from './request/istio-path-normalization.ts'
export {
  type NormalizedPath,
  normalizePath,
  type PathNormalization,
} from './request/normalize-path.ts'
export {
  type PlainRequest,
  type Request,
  type RequestConnection,
  type RequestTls,
  request,
} from './request/request.ts'
export { compileRoutes } from './table/compile-routes.ts'
export type { Candidate, Explanation } from './table/explanation.ts'
export type { ApplyOptions, Match, Route, UpstreamRequest, VirtualHost } from './table/match.ts'
export type { CompileOptions, MatchOptions, RoutePredicate, RouteTable } from './table/table.ts'
