import type { Schema } from './field-rule.ts'

const descriptorValue: Schema = {
  descriptorValue: 'string',
  defaultValue: 'string',
  descriptorKey: 'string',
}

const metadataAction: Schema = {
  descriptorKey: 'string',
  metadataKey: 'MetadataKey',
  defaultValue: 'string',
}

/** The messages of what routes do that stand in typed configs, or are used by few. */
export const actionSchemas: Readonly<Record<string, Schema>> = {
  SubstitutionFormat: {
    textFormat: 'string',
    jsonFormat: 'map',
    textFormatSource: 'DataSource',
    omitEmptyValues: 'boolean',
    contentType: 'string',
    formatters: 'refuse',
    jsonFormatOptions: 'JsonFormatOptions',
  },
  JsonFormatOptions: { sortProperties: 'boolean' },
  HeaderMutation: {
    remove: 'line',
    append: 'HeaderValueOption',
    removeOnMatch: 'RemoveOnMatch',
  },
  RemoveOnMatch: { keyMatcher: 'StringMatcher' },
  CorsPolicy: {
    allowOriginStringMatch: 'StringMatcher[]',
    allowMethods: 'line',
    allowHeaders: 'line',
    exposeHeaders: 'line',
    maxAge: 'line',
    allowCredentials: 'boolean',
    filterEnabled: 'RuntimeFraction',
    shadowEnabled: 'RuntimeFraction',
    allowPrivateNetworkAccess: 'boolean',
    forwardNotMatchingPreflights: 'boolean',
  },
  InternalRedirectPolicy: {
    maxInternalRedirects: 'uint32',
    redirectResponseCodes: 'uint32[]',
    predicates: 'Extension[]',
    allowCrossSchemeRedirect: 'boolean',
    responseHeadersToCopy: 'line[]',
  },
  RateLimit: {
    stage: 'uint32',
    disableKey: 'string',
    actions: 'RateLimitAction[]',
    limit: 'RateLimitOverride',
    hitsAddend: 'HitsAddend',
    applyOnStreamDone: 'boolean',
    xRatelimitOption: 'enum',
  },
  RateLimitOverride: { dynamicMetadata: 'OverrideMetadata' },
  OverrideMetadata: { metadataKey: 'MetadataKey' },
  HitsAddend: { number: 'int64', format: 'string' },
  MetadataKey: { key: 'string', path: 'Keyed[]' },
  RateLimitAction: {
    sourceCluster: 'any',
    destinationCluster: 'any',
    requestHeaders: 'RequestHeadersAction',
    queryParameters: 'QueryParametersAction',
    remoteAddress: 'any',
    maskedRemoteAddress: 'MaskedRemoteAddress',
    genericKey: 'DescriptorValue',
    headerValueMatch: 'HeaderValueMatch',
    queryParameterValueMatch: 'QueryParameterValueMatch',
    dynamicMetadata: 'DynamicMetadataAction',
    metadata: 'MetadataAction',
    extension: 'Extension',
  },
  RequestHeadersAction: { headerName: 'line', descriptorKey: 'string', skipIfAbsent: 'boolean' },
  QueryParametersAction: {
    queryParameterName: 'string',
    descriptorKey: 'string',
    skipIfAbsent: 'boolean',
  },
  MaskedRemoteAddress: { v4PrefixMaskLen: 'uint32', v6PrefixMaskLen: 'uint32' },
  DescriptorValue: descriptorValue,
  HeaderValueMatch: { ...descriptorValue, expectMatch: 'boolean', headers: 'HeaderMatcher[]' },
  QueryParameterValueMatch: {
    ...descriptorValue,
    expectMatch: 'boolean',
    queryParameters: 'QueryParameterMatcher[]',
  },
  DynamicMetadataAction: metadataAction,
  MetadataAction: { ...metadataAction, source: 'enum', skipIfAbsent: 'boolean' },
  FilterConfig: { config: 'any', isOptional: 'boolean', disabled: 'boolean' },
  UriTemplateRewriteConfig: { pathTemplateRewrite: 'string' },
}
