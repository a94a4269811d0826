import type { ClientTlsSettings, TcpKeepalive } from './destination-rule.ts'
import type { Duration } from './duration.ts'
import type { ReadinessProbe } from './readiness-probe.ts'

/** Istio's `ProxyImage`. */
export interface ProxyImage {
  readonly imageType?: string
}

/** Istio's `Tracing`. */
export interface Tracing {
  readonly zipkin?: ZipkinTracing
  readonly lightstep?: LightstepTracing
  readonly datadog?: DatadogTracing
  readonly stackdriver?: StackdriverTracing
  readonly openCensusAgent?: OpenCensusTracing
  readonly customTags?: Readonly<Record<string, TracingCustomTag>>
  readonly maxPathTagLength?: number
  readonly sampling?: number
  readonly tlsSettings?: ClientTlsSettings
  readonly enableIstioTags?: boolean
}

/** Istio's `Tracing.Zipkin`. */
export interface ZipkinTracing {
  readonly address?: string
}

/** Istio's `Tracing.Lightstep`. */
export interface LightstepTracing {
  readonly address?: string
  readonly accessToken?: string
}

/** Istio's `Tracing.Datadog`. */
export interface DatadogTracing {
  readonly address?: string
}

/** Istio's `Tracing.Stackdriver`. */
export interface StackdriverTracing {
  readonly debug?: boolean
  readonly maxNumberOfAttributes?: number
  readonly maxNumberOfAnnotations?: number
  readonly maxNumberOfMessageEvents?: number
}

/** Istio's `Tracing.OpenCensusAgent`. */
export interface OpenCensusTracing {
  readonly address?: string
  readonly context?: readonly OpenCensusTraceContext[]
}

/** Istio's `Tracing.CustomTag`. */
export interface TracingCustomTag {
  readonly literal?: TracingLiteral
  readonly environment?: TracingEnvironment
  readonly header?: TracingRequestHeader
}

/** Istio's `Tracing.Literal`. */
export interface TracingLiteral {
  readonly value?: string
}

/** Istio's `Tracing.Environment`. */
export interface TracingEnvironment {
  readonly name?: string
  readonly defaultValue?: string
}

/** Istio's `Tracing.RequestHeader`. */
export interface TracingRequestHeader {
  readonly name?: string
  readonly defaultValue?: string
}

/** Istio's `SDS`. */
export interface SdsSettings {
  readonly enabled?: boolean
  readonly k8sSaJwtPath?: string
}

/** Istio's `Topology`. */
export interface Topology {
  readonly numTrustedProxies?: number
  readonly forwardClientCertDetails?: ForwardClientCertDetails
  readonly proxyProtocol?: Readonly<Record<never, never>>
}

/** Istio's `PrivateKeyProvider`. */
export interface PrivateKeyProvider {
  readonly cryptomb?: CryptoMbProvider
  readonly qat?: QatProvider
}

/** Istio's `PrivateKeyProvider.CryptoMb`. */
export interface CryptoMbProvider {
  readonly pollDelay?: Duration
  readonly fallback?: boolean
}

/** Istio's `PrivateKeyProvider.QAT`. */
export interface QatProvider {
  readonly pollDelay?: Duration
  readonly fallback?: boolean
}

/** Istio's `ProxyConfig`. */
export interface ProxyConfig {
  readonly configPath?: string
  readonly binaryPath?: string
  readonly serviceCluster?: string
  readonly tracingServiceName?: TracingServiceName
  readonly drainDuration?: Duration
  readonly discoveryAddress?: string
  /** Deprecated by Istio. */
  readonly discoveryRefreshDelay?: Duration
  /** Deprecated by Istio. */
  readonly zipkinAddress?: string
  readonly statsdUdpAddress?: string
  /** Deprecated by Istio. */
  readonly envoyMetricsServiceAddress?: string
  readonly proxyAdminPort?: number
  /** Deprecated by Istio. */
  readonly availabilityZone?: string
  readonly controlPlaneAuthPolicy?: AuthenticationPolicy
  readonly customConfigFile?: string
  readonly statNameLength?: number
  readonly concurrency?: number
  readonly proxyBootstrapTemplatePath?: string
  readonly interceptionMode?: InboundInterceptionMode
  readonly tracing?: Tracing
  /** Deprecated by Istio. */
  readonly sds?: SdsSettings
  readonly envoyAccessLogService?: RemoteService
  readonly envoyMetricsService?: RemoteService
  readonly proxyMetadata?: Readonly<Record<string, string>>
  readonly runtimeValues?: Readonly<Record<string, string>>
  readonly statusPort?: number
  readonly extraStatTags?: readonly string[]
  readonly gatewayTopology?: Topology
  readonly terminationDrainDuration?: Duration
  readonly meshId?: string
  readonly readinessProbe?: ReadinessProbe
  readonly proxyStatsMatcher?: ProxyStatsMatcher
  readonly holdApplicationUntilProxyStarts?: boolean
  readonly caCertificatesPem?: readonly string[]
  readonly image?: ProxyImage
  readonly privateKeyProvider?: PrivateKeyProvider
  readonly proxyHeaders?: ProxyHeaders
  readonly fileFlushInterval?: Duration
  readonly fileFlushMinSizeKb?: number
  readonly statsCompression?: boolean
  readonly connectionSettings?: ConnectionSettings
}

/** Istio's `ProxyConfig.ProxyStatsMatcher`. */
export interface ProxyStatsMatcher {
  readonly inclusionPrefixes?: readonly string[]
  readonly inclusionSuffixes?: readonly string[]
  readonly inclusionRegexps?: readonly string[]
}

/** Istio's `ProxyConfig.ProxyHeaders`. */
export interface ProxyHeaders {
  readonly forwardedClientCert?: ForwardClientCertDetails
  readonly setCurrentClientCertDetails?: SetCurrentClientCertDetails
  readonly requestId?: ProxyRequestIdHeader
  readonly server?: ProxyServerHeader
  readonly attemptCount?: ProxyAttemptCountHeader
  readonly envoyDebugHeaders?: EnvoyDebugHeaders
  readonly metadataExchangeHeaders?: MetadataExchangeHeaders
  readonly preserveHttp1HeaderCase?: boolean
  readonly xForwardedHost?: XForwardedHost
  readonly xForwardedPort?: XForwardedPort
}

/** Istio's `ProxyConfig.ProxyHeaders.Server`. */
export interface ProxyServerHeader {
  readonly disabled?: boolean
  readonly value?: string
}

/** Istio's `ProxyConfig.ProxyHeaders.RequestId`. */
export interface ProxyRequestIdHeader {
  readonly disabled?: boolean
}

/** Istio's `ProxyConfig.ProxyHeaders.AttemptCount`. */
export interface ProxyAttemptCountHeader {
  readonly disabled?: boolean
}

/** Istio's `ProxyConfig.ProxyHeaders.XForwardedHost`. */
export interface XForwardedHost {
  readonly enabled?: boolean
}

/** Istio's `ProxyConfig.ProxyHeaders.XForwardedPort`. */
export interface XForwardedPort {
  readonly enabled?: boolean
}

/** Istio's `ProxyConfig.ProxyHeaders.EnvoyDebugHeaders`. */
export interface EnvoyDebugHeaders {
  readonly disabled?: boolean
}

/** Istio's `ProxyConfig.ProxyHeaders.MetadataExchangeHeaders`. */
export interface MetadataExchangeHeaders {
  readonly mode?: MetadataExchangeMode
}

/** Istio's `ProxyConfig.ProxyHeaders.SetCurrentClientCertDetails`. */
export interface SetCurrentClientCertDetails {
  readonly subject?: boolean
  readonly cert?: boolean
  readonly chain?: boolean
  readonly dns?: boolean
  readonly uri?: boolean
}

/** Istio's `ProxyConfig.ConnectionSettings`. */
export interface ConnectionSettings {
  readonly profile?: ConnectionProfile
  readonly listenerPerConnectionBufferLimitBytes?: number
  readonly clusterPerConnectionBufferLimitBytes?: number
  readonly httpIdleTimeout?: Duration
  readonly httpMaxConnectionDuration?: Duration
  readonly httpDrainTimeout?: Duration
  readonly httpRequestTimeout?: Duration
  readonly httpRequestHeadersTimeout?: Duration
  readonly httpStreamIdleTimeout?: Duration
  readonly httpMaxStreamDuration?: Duration
  readonly httpMaxConcurrentStreams?: number
  readonly http2InitialStreamWindowSize?: number
  readonly http2InitialConnectionWindowSize?: number
  readonly httpHeadersWithUnderscoresAction?: HeadersWithUnderscoresAction
  readonly httpMergeSlashes?: boolean
  readonly httpPathWithEscapedSlashesAction?: PathWithEscapedSlashesAction
  readonly listenerConnectionLimit?: number
  readonly globalDownstreamConnectionLimit?: number
}

/** Istio's `RemoteService`. */
export interface RemoteService {
  readonly address?: string
  readonly tlsSettings?: ClientTlsSettings
  readonly tcpKeepalive?: TcpKeepalive
}

/** One of Istio's `OpenCensusTraceContext` values. */
export type OpenCensusTraceContext =
  | 'UNSPECIFIED'
  | 'W3C_TRACE_CONTEXT'
  | 'GRPC_BIN'
  | 'CLOUD_TRACE_CONTEXT'
  | 'B3'

/** One of Istio's `ForwardClientCertDetails` values. */
export type ForwardClientCertDetails =
  | 'UNDEFINED'
  | 'SANITIZE'
  | 'FORWARD_ONLY'
  | 'APPEND_FORWARD'
  | 'SANITIZE_SET'
  | 'ALWAYS_FORWARD_ONLY'

/** One of Istio's `TracingServiceName` values. */
export type TracingServiceName =
  | 'APP_LABEL_AND_NAMESPACE'
  | 'CANONICAL_NAME_ONLY'
  | 'CANONICAL_NAME_AND_NAMESPACE'

/** One of Istio's `AuthenticationPolicy` values. */
export type AuthenticationPolicy = 'NONE' | 'MUTUAL_TLS' | 'INHERIT'

/** One of Istio's `InboundInterceptionMode` values. */
export type InboundInterceptionMode = 'REDIRECT' | 'TPROXY' | 'NONE'

/** One of Istio's `MetadataExchangeMode` values. */
export type MetadataExchangeMode = 'UNDEFINED' | 'IN_MESH'

/** One of Istio's `ConnectionProfile` values. */
export type ConnectionProfile = 'SIDECAR' | 'EDGE'

/** One of Istio's `HeadersWithUnderscoresAction` values. */
export type HeadersWithUnderscoresAction =
  | 'HEADERS_WITH_UNDERSCORES_UNSPECIFIED'
  | 'HEADERS_WITH_UNDERSCORES_ALLOW'
  | 'HEADERS_WITH_UNDERSCORES_REJECT_REQUEST'
  | 'HEADERS_WITH_UNDERSCORES_DROP_HEADER'

/** One of Istio's `PathWithEscapedSlashesAction` values. */
export type PathWithEscapedSlashesAction =
  | 'PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED'
  | 'KEEP_UNCHANGED'
  | 'REJECT_REQUEST'
  | 'UNESCAPE_AND_REDIRECT'
  | 'UNESCAPE_AND_FORWARD'
