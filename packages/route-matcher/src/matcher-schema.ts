import type { Schema } from './field-rule.ts'

/** The messages by which routes look at more than path, headers, query and cookies. */
export const matcherSchemas: Readonly<Record<string, Schema>> = {
  TlsContext: { presented: 'boolean', validated: 'boolean' },
  MetadataMatcher: {
    filter: 'string',
    path: 'Keyed[]',
    value: 'ValueMatcher',
    invert: 'boolean',
  },
  ValueMatcher: {
    nullMatch: 'any',
    doubleMatch: 'DoubleMatcher',
    stringMatch: 'StringMatcher',
    boolMatch: 'boolean',
    presentMatch: 'boolean',
    listMatch: 'ListMatcher',
    orMatch: 'OrMatcher',
  },
  DoubleMatcher: { range: 'DoubleRange', exact: 'double' },
  DoubleRange: { start: 'double', end: 'double' },
  ListMatcher: { oneOf: 'ValueMatcher' },
  OrMatcher: { valueMatchers: 'ValueMatcher[]' },
  FilterStateMatcher: {
    key: 'string',
    stringMatch: 'StringMatcher',
    addressMatch: 'AddressMatcher',
  },
  AddressMatcher: { ranges: 'CidrRange[]', invertMatch: 'boolean' },
  CidrRange: { addressPrefix: 'string', prefixLen: 'uint32' },
  UriTemplateMatchConfig: { pathTemplate: 'string' },
  TypedExtension: { name: 'string', typedConfig: 'typed' },
  Matcher: { matcherList: 'MatcherList', matcherTree: 'MatcherTree', onNoMatch: 'OnMatch' },
  OnMatch: { matcher: 'Matcher', action: 'TypedExtension', keepMatching: 'boolean' },
  MatcherList: { matchers: 'FieldMatcher[]' },
  FieldMatcher: { predicate: 'MatcherPredicate', onMatch: 'OnMatch' },
  MatcherPredicate: {
    singlePredicate: 'SinglePredicate',
    orMatcher: 'PredicateList',
    andMatcher: 'PredicateList',
    notMatcher: 'MatcherPredicate',
  },
  SinglePredicate: {
    input: 'TypedExtension',
    valueMatch: 'StringMatcher',
    customMatch: 'TypedExtension',
  },
  PredicateList: { predicate: 'MatcherPredicate[]' },
  MatcherTree: {
    input: 'TypedExtension',
    exactMatchMap: 'MatchMap',
    prefixMatchMap: 'MatchMap',
    customMatch: 'TypedExtension',
  },
  MatchMap: { map: 'OnMatch{}' },
  IpMatcher: { rangeMatchers: 'IpRangeMatcher[]' },
  IpRangeMatcher: { ranges: 'CidrRange[]', onMatch: 'OnMatch', exclusive: 'boolean' },
  ServerNameMatcher: { domainMatchers: 'DomainMatcher[]' },
  DomainMatcher: { domains: 'string[]', onMatch: 'OnMatch' },
  RouteList: { routes: 'Route[]' },
  HeaderInput: { headerName: 'string' },
  QueryParameterInput: { queryParam: 'string' },
  FilterStateInput: { key: 'string', field: 'refuse' },
  MetadataInput: { filter: 'string', path: 'Keyed[]' },
  IpInputMatcher: { cidrRanges: 'CidrRange[]', statPrefix: 'string' },
  MetadataInputMatcher: { value: 'ValueMatcher', invert: 'boolean' },
  Nothing: {},
}

const network = 'envoy.extensions.matching.common_inputs.network.v3'
const inputMatchers = 'envoy.extensions.matching.input_matchers'

/** The messages that a typed config of a matcher may be, by their full names. */
export const typedMessages: Readonly<Record<string, string>> = {
  'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig': 'UriTemplateMatchConfig',
  'envoy.config.route.v3.Route': 'Route',
  'envoy.config.route.v3.RouteList': 'RouteList',
  'envoy.type.matcher.v3.HttpRequestHeaderMatchInput': 'HeaderInput',
  'envoy.type.matcher.v3.HttpRequestQueryParamMatchInput': 'QueryParameterInput',
  [`${network}.SourceIPInput`]: 'Nothing',
  [`${network}.SourcePortInput`]: 'Nothing',
  [`${network}.DirectSourceIPInput`]: 'Nothing',
  [`${network}.SourceTypeInput`]: 'Nothing',
  [`${network}.DestinationIPInput`]: 'Nothing',
  [`${network}.DestinationPortInput`]: 'Nothing',
  [`${network}.ServerNameInput`]: 'Nothing',
  [`${network}.FilterStateInput`]: 'FilterStateInput',
  [`${network}.DynamicMetadataInput`]: 'MetadataInput',
  [`${inputMatchers}.ip.v3.Ip`]: 'IpInputMatcher',
  [`${inputMatchers}.metadata.v3.Metadata`]: 'MetadataInputMatcher',
  'xds.type.matcher.v3.IPMatcher': 'IpMatcher',
  'xds.type.matcher.v3.ServerNameMatcher': 'ServerNameMatcher',
}
