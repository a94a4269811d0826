import {
  choice,
  double,
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
  pending,
  text,
  uint32,
} from '../field.ts'
import type {
  AuthenticationPolicy,
  ConnectionProfile,
  ConnectionSettings,
  CryptoMbProvider,
  DatadogTracing,
  EnvoyDebugHeaders,
  ForwardClientCertDetails,
  HeadersWithUnderscoresAction,
  InboundInterceptionMode,
  LightstepTracing,
  MetadataExchangeHeaders,
  MetadataExchangeMode,
  OpenCensusTraceContext,
  OpenCensusTracing,
  PathWithEscapedSlashesAction,
  PrivateKeyProvider,
  ProxyAttemptCountHeader,
  ProxyConfig,
  ProxyHeaders,
  ProxyImage,
  ProxyRequestIdHeader,
  ProxyServerHeader,
  ProxyStatsMatcher,
  QatProvider,
  RemoteService,
  SdsSettings,
  SetCurrentClientCertDetails,
  StackdriverTracing,
  Topology,
  Tracing,
  TracingCustomTag,
  TracingEnvironment,
  TracingLiteral,
  TracingRequestHeader,
  TracingServiceName,
  XForwardedHost,
  XForwardedPort,
  ZipkinTracing,
} from '../spec/proxy-config.ts'
import { clientTlsSettings, tcpKeepalive } from './destination-rule.ts'
import { readinessProbe } from './readiness-probe.ts'

/** The values of {@link OpenCensusTraceContext}. */
const openCensusTraceContext: Field<OpenCensusTraceContext> = choice(
  'UNSPECIFIED',
  'W3C_TRACE_CONTEXT',
  'GRPC_BIN',
  'CLOUD_TRACE_CONTEXT',
  'B3',
)
/** The values of {@link ForwardClientCertDetails}. */
const forwardClientCertDetails: Field<ForwardClientCertDetails> = choice(
  'UNDEFINED',
  'SANITIZE',
  'FORWARD_ONLY',
  'APPEND_FORWARD',
  'SANITIZE_SET',
  'ALWAYS_FORWARD_ONLY',
)
/** The values of {@link TracingServiceName}. */
const tracingServiceName: Field<TracingServiceName> = choice(
  'APP_LABEL_AND_NAMESPACE',
  'CANONICAL_NAME_ONLY',
  'CANONICAL_NAME_AND_NAMESPACE',
)
/** The values of {@link AuthenticationPolicy}. */
const authenticationPolicy: Field<AuthenticationPolicy> = choice('NONE', 'MUTUAL_TLS', 'INHERIT')
/** The values of {@link InboundInterceptionMode}. */
const inboundInterceptionMode: Field<InboundInterceptionMode> = choice('REDIRECT', 'TPROXY', 'NONE')
/** The values of {@link MetadataExchangeMode}. */
const metadataExchangeMode: Field<MetadataExchangeMode> = choice('UNDEFINED', 'IN_MESH')
/** The values of {@link ConnectionProfile}. */
const connectionProfile: Field<ConnectionProfile> = choice('SIDECAR', 'EDGE')
/** The values of {@link HeadersWithUnderscoresAction}. */
const headersWithUnderscoresAction: Field<HeadersWithUnderscoresAction> = choice(
  'HEADERS_WITH_UNDERSCORES_UNSPECIFIED',
  'HEADERS_WITH_UNDERSCORES_ALLOW',
  'HEADERS_WITH_UNDERSCORES_REJECT_REQUEST',
  'HEADERS_WITH_UNDERSCORES_DROP_HEADER',
)
/** The values of {@link PathWithEscapedSlashesAction}. */
const pathWithEscapedSlashesAction: Field<PathWithEscapedSlashesAction> = choice(
  'PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED',
  'KEEP_UNCHANGED',
  'REJECT_REQUEST',
  'UNESCAPE_AND_REDIRECT',
  'UNESCAPE_AND_FORWARD',
)
/** The fields of {@link ProxyImage}. */
const proxyImage: Message<ProxyImage> = message('ProxyImage', { imageType: text })
/** The fields of {@link ZipkinTracing}. */
const zipkinTracing: Message<ZipkinTracing> = message('Tracing.Zipkin', { address: text })
/** The fields of {@link LightstepTracing}. */
const lightstepTracing: Message<LightstepTracing> = message('Tracing.Lightstep', {
  address: text,
  accessToken: text,
})
/** The fields of {@link DatadogTracing}. */
const datadogTracing: Message<DatadogTracing> = message('Tracing.Datadog', { address: text })
/** The fields of {@link StackdriverTracing}. */
const stackdriverTracing: Message<StackdriverTracing> = message('Tracing.Stackdriver', {
  debug: flag,
  maxNumberOfAttributes: int64,
  maxNumberOfAnnotations: int64,
  maxNumberOfMessageEvents: int64,
})
/** The fields of {@link OpenCensusTracing}. */
const openCensusTracing: Message<OpenCensusTracing> = message('Tracing.OpenCensusAgent', {
  address: text,
  context: list(openCensusTraceContext),
})
/** The fields of {@link TracingLiteral}. */
const tracingLiteral: Message<TracingLiteral> = message('Tracing.Literal', { value: text })
/** The fields of {@link TracingEnvironment}. */
const tracingEnvironment: Message<TracingEnvironment> = message('Tracing.Environment', {
  name: text,
  defaultValue: text,
})
/** The fields of {@link TracingRequestHeader}. */
const tracingRequestHeader: Message<TracingRequestHeader> = message('Tracing.RequestHeader', {
  name: text,
  defaultValue: text,
})
/** The fields of {@link TracingCustomTag}. */
const tracingCustomTag: Message<TracingCustomTag> = message('Tracing.CustomTag', {
  literal: tracingLiteral,
  environment: tracingEnvironment,
  header: tracingRequestHeader,
})
/** The fields of {@link Tracing}. */
const tracing: Message<Tracing> = message('Tracing', {
  zipkin: zipkinTracing,
  lightstep: lightstepTracing,
  datadog: datadogTracing,
  stackdriver: stackdriverTracing,
  openCensusAgent: openCensusTracing,
  customTags: map(tracingCustomTag),
  maxPathTagLength: uint32,
  sampling: double,
  tlsSettings: clientTlsSettings,
  enableIstioTags: flag,
})
/** The fields of {@link SdsSettings}. */
const sdsSettings: Message<SdsSettings> = message('SDS', {
  enabled: flag,
  k8sSaJwtPath: text,
})
/** The fields of {@link Topology}. */
const topology: Message<Topology> = message('Topology', {
  numTrustedProxies: uint32,
  forwardClientCertDetails,
  proxyProtocol: empty,
})
/** The fields of {@link CryptoMbProvider}. */
const cryptoMbProvider: Message<CryptoMbProvider> = message('PrivateKeyProvider.CryptoMb', {
  pollDelay: duration,
  fallback: flag,
})
/** The fields of {@link QatProvider}. */
const qatProvider: Message<QatProvider> = message('PrivateKeyProvider.QAT', {
  pollDelay: duration,
  fallback: flag,
})
/** The fields of {@link PrivateKeyProvider}. */
const privateKeyProvider: Message<PrivateKeyProvider> = message('PrivateKeyProvider', {
  cryptomb: cryptoMbProvider,
  qat: qatProvider,
})
/** The fields of {@link RemoteService}. */
const remoteService: Message<RemoteService> = message('RemoteService', {
  address: text,
  tlsSettings: clientTlsSettings,
  tcpKeepalive,
})
/** The fields of {@link ProxyStatsMatcher}. */
const proxyStatsMatcher: Message<ProxyStatsMatcher> = message('ProxyConfig.ProxyStatsMatcher', {
  inclusionPrefixes: list(text),
  inclusionSuffixes: list(text),
  inclusionRegexps: list(text),
})
/** The fields of {@link SetCurrentClientCertDetails}. */
const setCurrentClientCertDetails: Message<SetCurrentClientCertDetails> = message(
  'ProxyConfig.ProxyHeaders.SetCurrentClientCertDetails',
  { subject: flag, cert: flag, chain: flag, dns: flag, uri: flag },
)
/** The fields of {@link ProxyRequestIdHeader}. */
const proxyRequestIdHeader: Message<ProxyRequestIdHeader> = message(
  'ProxyConfig.ProxyHeaders.RequestId',
  { disabled: flag },
)
/** The fields of {@link ProxyServerHeader}. */
const proxyServerHeader: Message<ProxyServerHeader> = message('ProxyConfig.ProxyHeaders.Server', {
  disabled: flag,
  value: text,
})
/** The fields of {@link ProxyAttemptCountHeader}. */
const proxyAttemptCountHeader: Message<ProxyAttemptCountHeader> = message(
  'ProxyConfig.ProxyHeaders.AttemptCount',
  { disabled: flag },
)
/** The fields of {@link EnvoyDebugHeaders}. */
const envoyDebugHeaders: Message<EnvoyDebugHeaders> = message(
  'ProxyConfig.ProxyHeaders.EnvoyDebugHeaders',
  { disabled: flag },
)
/** The fields of {@link MetadataExchangeHeaders}. */
const metadataExchangeHeaders: Message<MetadataExchangeHeaders> = message(
  'ProxyConfig.ProxyHeaders.MetadataExchangeHeaders',
  { mode: metadataExchangeMode },
)
/** The fields of {@link XForwardedHost}. */
const xForwardedHost: Message<XForwardedHost> = message('ProxyConfig.ProxyHeaders.XForwardedHost', {
  enabled: flag,
})
/** The fields of {@link XForwardedPort}. */
const xForwardedPort: Message<XForwardedPort> = message('ProxyConfig.ProxyHeaders.XForwardedPort', {
  enabled: flag,
})
/** The fields of {@link ProxyHeaders}. */
const proxyHeaders: Message<ProxyHeaders> = message('ProxyConfig.ProxyHeaders', {
  forwardedClientCert: forwardClientCertDetails,
  setCurrentClientCertDetails,
  requestId: proxyRequestIdHeader,
  server: proxyServerHeader,
  attemptCount: proxyAttemptCountHeader,
  envoyDebugHeaders,
  metadataExchangeHeaders,
  preserveHttp1HeaderCase: flag,
  xForwardedHost,
  xForwardedPort,
})
/** The fields of {@link ConnectionSettings}. */
const connectionSettings: Message<ConnectionSettings> = message('ProxyConfig.ConnectionSettings', {
  profile: connectionProfile,
  listenerPerConnectionBufferLimitBytes: int32,
  clusterPerConnectionBufferLimitBytes: int32,
  httpIdleTimeout: duration,
  httpMaxConnectionDuration: duration,
  httpDrainTimeout: duration,
  httpRequestTimeout: duration,
  httpRequestHeadersTimeout: duration,
  httpStreamIdleTimeout: duration,
  httpMaxStreamDuration: duration,
  httpMaxConcurrentStreams: int32,
  http2InitialStreamWindowSize: int32,
  http2InitialConnectionWindowSize: int32,
  httpHeadersWithUnderscoresAction: headersWithUnderscoresAction,
  httpMergeSlashes: flag,
  httpPathWithEscapedSlashesAction: pathWithEscapedSlashesAction,
  listenerConnectionLimit: int32,
  globalDownstreamConnectionLimit: int32,
})
/** The fields of {@link ProxyConfig}. */
export const proxyConfig: Message<ProxyConfig> = message('ProxyConfig', {
  configPath: pending(text),
  binaryPath: pending(text),
  serviceCluster: pending(text),
  tracingServiceName: pending(tracingServiceName),
  drainDuration: pending(duration),
  discoveryAddress: text,
  discoveryRefreshDelay: pending(duration),
  zipkinAddress: pending(text),
  statsdUdpAddress: pending(text),
  envoyMetricsServiceAddress: pending(text),
  proxyAdminPort: pending(int32),
  availabilityZone: pending(text),
  controlPlaneAuthPolicy: pending(authenticationPolicy),
  customConfigFile: pending(text),
  statNameLength: pending(int32),
  concurrency: pending(int32),
  proxyBootstrapTemplatePath: pending(text),
  interceptionMode: inboundInterceptionMode,
  tracing: pending(tracing),
  sds: pending(sdsSettings),
  envoyAccessLogService: pending(remoteService),
  envoyMetricsService: pending(remoteService),
  proxyMetadata: pending(map(text)),
  runtimeValues: pending(map(text)),
  statusPort: pending(int32),
  extraStatTags: pending(list(text)),
  gatewayTopology: topology,
  terminationDrainDuration: pending(duration),
  meshId: pending(text),
  readinessProbe: pending(readinessProbe),
  proxyStatsMatcher: pending(proxyStatsMatcher),
  holdApplicationUntilProxyStarts: pending(flag),
  caCertificatesPem: pending(list(text)),
  image: pending(proxyImage),
  privateKeyProvider: pending(privateKeyProvider),
  proxyHeaders: pending(proxyHeaders),
  fileFlushInterval: pending(duration),
  fileFlushMinSizeKb: pending(uint32),
  statsCompression: pending(flag),
  connectionSettings: pending(connectionSettings),
})
