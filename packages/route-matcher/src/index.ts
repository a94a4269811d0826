export type {
  Action,
  BodyFormat,
  ClusterAction,
  DirectResponseAction,
  Fraction,
  MirrorPolicy,
  RedirectAction,
  UpgradePolicy,
} from './action.ts'
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
} from './action-config.ts'
export { compileRoutes } from './compile-routes.ts'
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
} from './config.ts'
export type { CorsPolicy, CorsPolicyJson, RuntimeFraction } from './cors-policy.ts'
export type { DataSource, ReadDataSource } from './data-source.ts'
export { RouteConfigError, type RouteFault } from './errors.ts'
export type { Candidate, Explanation } from './explanation.ts'
export { type FilterSettings, filterSettings } from './filter-configs.ts'
export { fromSnakeCase } from './from-snake-case.ts'
export { type HashPolicy, type HashSource, hashKeys } from './hash-policy.ts'
export {
  applyHeaderMutationList,
  type HeaderMutation,
  type ListableHeaders,
} from './header-mutation-list.ts'
export {
  applyHeaderMutations,
  type HeaderAddition,
  type HeaderAppendAction,
  type HeaderMutations,
  type MutableHeaders,
} from './header-mutations.ts'
export type { InternalRedirectPolicy } from './internal-redirect-policy.ts'
export {
  type IstioPathNormalization,
  istioPathNormalization,
} from './istio-path-normalization.ts'
export type { ApplyOptions, Match, Route, UpstreamRequest, VirtualHost } from './match.ts'
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
} from './matcher-config.ts'
export { type NormalizedPath, normalizePath, type PathNormalization } from './normalize-path.ts'
export { UriTemplateError } from './parse-uri-template.ts'
export {
  type DescriptorEntry,
  type MetadataPath,
  type RateLimitAction,
  type RateLimitContext,
  type RateLimitDescriptor,
  type RateLimitPolicy,
  type RateLimitUnit,
  rateLimitDescriptors,
} from './rate-limit.ts'
export type {
  DescriptorValueJson,
  MetadataActionJson,
  MetadataKeyJson,
  RateLimitActionJson,
  RateLimitJson,
} from './rate-limit-config.ts'
export type { Regex, RegexEngine } from './regex-engine.ts'
export {
  type PlainRequest,
  type Request,
  type RequestConnection,
  type RequestTls,
  request,
} from './request.ts'
export type { RetryPolicy } from './retry-policy.ts'
export type { FormatTemplate } from './rewrite.ts'
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
} from './route-answer.ts'
export { mostSpecificFirst } from './specificity.ts'
export type { CompileOptions, MatchOptions, RoutePredicate, RouteTable } from './table.ts'
export { compileUriTemplate, type UriTemplate } from './uri-template.ts'
export type { HashOfKeys } from './weights.ts'
