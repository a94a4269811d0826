import {
  choice,
  duration,
  empty,
  type Field,
  flag,
  int32,
  int64,
  list,
  type Message,
  map,
  message,
  required,
  struct,
  text,
  uint32,
} from '../field.ts'
import type {
  DatadogTracingProvider,
  DynatraceApi,
  DynatraceSampler,
  EnvoyExternalAuthorizationGrpcProvider,
  EnvoyExternalAuthorizationHttpProvider,
  EnvoyExternalAuthorizationRequestBody,
  EnvoyFileAccessLogProvider,
  EnvoyHttpGrpcV3LogProvider,
  EnvoyOpenTelemetryLogProvider,
  EnvoyTcpGrpcV3LogProvider,
  ExtensionProvider,
  FileLogFormat,
  LightstepTracingProvider,
  OpenCensusAgentTracingProvider,
  OpenCensusContext,
  OpenTelemetryTracingProvider,
  OtelGrpcService,
  OtelHttpService,
  OtelLogFormat,
  ProviderHeader,
  ResourceDetectors,
  SdsProvider,
  ServiceAttributeEnrichment,
  SkyWalkingTracingProvider,
  StackdriverLogging,
  StackdriverProvider,
  TraceContextOption,
  ZipkinTracingProvider,
} from '../spec/extension-provider.ts'

/** The values of {@link TraceContextOption}. */
const traceContextOption: Field<TraceContextOption> = choice(
  'USE_B3',
  'USE_B3_WITH_W3C_PROPAGATION',
)
/** The values of {@link OpenCensusContext}. */
const openCensusContext: Field<OpenCensusContext> = choice(
  'UNSPECIFIED',
  'W3C_TRACE_CONTEXT',
  'GRPC_BIN',
  'CLOUD_TRACE_CONTEXT',
  'B3',
)
/** The values of {@link ServiceAttributeEnrichment}. */
const serviceAttributeEnrichment: Field<ServiceAttributeEnrichment> = choice(
  'ISTIO_CANONICAL',
  'OTEL_SEMANTIC_CONVENTIONS',
)
/** The fields of {@link EnvoyExternalAuthorizationRequestBody}. */
const envoyExternalAuthorizationRequestBody: Message<EnvoyExternalAuthorizationRequestBody> =
  message('MeshConfig.ExtensionProvider.EnvoyExternalAuthorizationRequestBody', {
    maxRequestBytes: uint32,
    allowPartialMessage: flag,
    packAsBytes: flag,
  })
/** The fields of {@link EnvoyExternalAuthorizationHttpProvider}. */
const envoyExternalAuthorizationHttpProvider: Message<EnvoyExternalAuthorizationHttpProvider> =
  message('MeshConfig.ExtensionProvider.EnvoyExternalAuthorizationHttpProvider', {
    service: text,
    port: uint32,
    timeout: duration,
    pathPrefix: text,
    failOpen: flag,
    clearRouteCache: flag,
    statusOnError: text,
    includeHeadersInCheck: list(text),
    includeRequestHeadersInCheck: list(text),
    includeAdditionalHeadersInCheck: map(text),
    includeRequestBodyInCheck: envoyExternalAuthorizationRequestBody,
    headersToUpstreamOnAllow: list(text),
    headersToDownstreamOnDeny: list(text),
    headersToDownstreamOnAllow: list(text),
  })
/** The fields of {@link EnvoyExternalAuthorizationGrpcProvider}. */
const envoyExternalAuthorizationGrpcProvider: Message<EnvoyExternalAuthorizationGrpcProvider> =
  message('MeshConfig.ExtensionProvider.EnvoyExternalAuthorizationGrpcProvider', {
    service: text,
    port: uint32,
    timeout: duration,
    failOpen: flag,
    clearRouteCache: flag,
    statusOnError: text,
    includeRequestBodyInCheck: envoyExternalAuthorizationRequestBody,
  })
/** The fields of {@link ProviderHeader}. */
const providerHeader: Message<ProviderHeader> = message(
  'MeshConfig.ExtensionProvider.HttpHeader',
  { name: text, value: text, envName: text },
  { oneOf: [['value', 'envName']] },
)
/** The fields of {@link ZipkinTracingProvider}. */
const zipkinTracingProvider: Message<ZipkinTracingProvider> = message(
  'MeshConfig.ExtensionProvider.ZipkinTracingProvider',
  {
    service: text,
    port: uint32,
    maxTagLength: uint32,
    enable64bitTraceId: flag,
    path: text,
    traceContextOption,
    timeout: duration,
    headers: list(providerHeader),
  },
)
/** The fields of {@link LightstepTracingProvider}. */
const lightstepTracingProvider: Message<LightstepTracingProvider> = message(
  'MeshConfig.ExtensionProvider.LightstepTracingProvider',
  { service: text, port: uint32, accessToken: text, maxTagLength: uint32 },
)
/** The fields of {@link DatadogTracingProvider}. */
const datadogTracingProvider: Message<DatadogTracingProvider> = message(
  'MeshConfig.ExtensionProvider.DatadogTracingProvider',
  { service: text, port: uint32, maxTagLength: uint32 },
)
/** The fields of {@link StackdriverLogging}. */
const stackdriverLogging: Message<StackdriverLogging> = message(
  'MeshConfig.ExtensionProvider.StackdriverProvider.Logging',
  { labels: map(text) },
)
/** The fields of {@link StackdriverProvider}. */
const stackdriverProvider: Message<StackdriverProvider> = message(
  'MeshConfig.ExtensionProvider.StackdriverProvider',
  {
    debug: flag,
    maxNumberOfAttributes: int64,
    maxNumberOfAnnotations: int64,
    maxNumberOfMessageEvents: int64,
    maxTagLength: uint32,
    logging: stackdriverLogging,
  },
)
/** The fields of {@link OpenCensusAgentTracingProvider}. */
const openCensusAgentTracingProvider: Message<OpenCensusAgentTracingProvider> = message(
  'MeshConfig.ExtensionProvider.OpenCensusAgentTracingProvider',
  { service: text, port: uint32, context: list(openCensusContext), maxTagLength: uint32 },
)
/** The fields of {@link SkyWalkingTracingProvider}. */
const skyWalkingTracingProvider: Message<SkyWalkingTracingProvider> = message(
  'MeshConfig.ExtensionProvider.SkyWalkingTracingProvider',
  { service: text, port: uint32, accessToken: text },
)
/** The fields of {@link OtelHttpService}. */
const otelHttpService: Message<OtelHttpService> = message(
  'MeshConfig.ExtensionProvider.HttpService',
  { path: text, timeout: duration, headers: list(providerHeader) },
)
/** The fields of {@link OtelGrpcService}. */
const otelGrpcService: Message<OtelGrpcService> = message(
  'MeshConfig.ExtensionProvider.GrpcService',
  { timeout: duration, initialMetadata: list(providerHeader) },
)
/** The fields of {@link ResourceDetectors}. */
const resourceDetectors: Message<ResourceDetectors> = message(
  'MeshConfig.ExtensionProvider.ResourceDetectors',
  { environment: empty, dynatrace: empty },
)
/** The fields of {@link DynatraceApi}. */
const dynatraceApi: Message<DynatraceApi> = message(
  'MeshConfig.ExtensionProvider.OpenTelemetryTracingProvider.DynatraceSampler.DynatraceApi',
  { service: text, port: uint32, http: otelHttpService },
)
/** The fields of {@link DynatraceSampler}. */
const dynatraceSampler: Message<DynatraceSampler> = message(
  'MeshConfig.ExtensionProvider.OpenTelemetryTracingProvider.DynatraceSampler',
  { tenant: text, clusterId: int32, rootSpansPerMinute: uint32, httpService: dynatraceApi },
)
/** The fields of {@link OpenTelemetryTracingProvider}. */
const openTelemetryTracingProvider: Message<OpenTelemetryTracingProvider> = message(
  'MeshConfig.ExtensionProvider.OpenTelemetryTracingProvider',
  {
    service: text,
    port: uint32,
    maxTagLength: uint32,
    http: otelHttpService,
    grpc: otelGrpcService,
    resourceDetectors,
    serviceAttributeEnrichment,
    dynatraceSampler,
  },
)
/** The fields of {@link FileLogFormat}. */
const fileLogFormat: Message<FileLogFormat> = message(
  'MeshConfig.ExtensionProvider.EnvoyFileAccessLogProvider.LogFormat',
  { text, labels: struct },
)
/** The fields of {@link EnvoyFileAccessLogProvider}. */
const envoyFileAccessLogProvider: Message<EnvoyFileAccessLogProvider> = message(
  'MeshConfig.ExtensionProvider.EnvoyFileAccessLogProvider',
  { path: text, logFormat: fileLogFormat, omitEmptyValues: flag },
)
/** The fields of {@link EnvoyHttpGrpcV3LogProvider}. */
const envoyHttpGrpcV3LogProvider: Message<EnvoyHttpGrpcV3LogProvider> = message(
  'MeshConfig.ExtensionProvider.EnvoyHttpGrpcV3LogProvider',
  {
    service: text,
    port: uint32,
    logName: text,
    filterStateObjectsToLog: list(text),
    additionalRequestHeadersToLog: list(text),
    additionalResponseHeadersToLog: list(text),
    additionalResponseTrailersToLog: list(text),
  },
)
/** The fields of {@link EnvoyTcpGrpcV3LogProvider}. */
const envoyTcpGrpcV3LogProvider: Message<EnvoyTcpGrpcV3LogProvider> = message(
  'MeshConfig.ExtensionProvider.EnvoyTcpGrpcV3LogProvider',
  { service: text, port: uint32, logName: text, filterStateObjectsToLog: list(text) },
)
/** The fields of {@link OtelLogFormat}. */
const otelLogFormat: Message<OtelLogFormat> = message(
  'MeshConfig.ExtensionProvider.EnvoyOpenTelemetryLogProvider.LogFormat',
  { text, labels: struct },
)
/** The fields of {@link EnvoyOpenTelemetryLogProvider}. */
const envoyOpenTelemetryLogProvider: Message<EnvoyOpenTelemetryLogProvider> = message(
  'MeshConfig.ExtensionProvider.EnvoyOpenTelemetryLogProvider',
  { service: text, port: uint32, logName: text, logFormat: otelLogFormat },
)
/** The fields of {@link SdsProvider}. */
const sdsProvider: Message<SdsProvider> = message('MeshConfig.ExtensionProvider.SDSProvider', {
  name: text,
  service: text,
  port: uint32,
})
/** The fields of {@link ExtensionProvider}. */
export const extensionProvider: Message<ExtensionProvider> = message(
  'MeshConfig.ExtensionProvider',
  {
    name: required(text),
    envoyExtAuthzHttp: envoyExternalAuthorizationHttpProvider,
    envoyExtAuthzGrpc: envoyExternalAuthorizationGrpcProvider,
    zipkin: zipkinTracingProvider,
    lightstep: lightstepTracingProvider,
    datadog: datadogTracingProvider,
    stackdriver: stackdriverProvider,
    opencensus: openCensusAgentTracingProvider,
    skywalking: skyWalkingTracingProvider,
    opentelemetry: openTelemetryTracingProvider,
    prometheus: empty,
    envoyFileAccessLog: envoyFileAccessLogProvider,
    envoyHttpAls: envoyHttpGrpcV3LogProvider,
    envoyTcpAls: envoyTcpGrpcV3LogProvider,
    envoyOtelAls: envoyOpenTelemetryLogProvider,
    sds: sdsProvider,
  },
)
