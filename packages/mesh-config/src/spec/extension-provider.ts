import type { Duration } from './duration.ts'

/** Istio's `MeshConfig.ExtensionProvider`. */
export interface ExtensionProvider {
  readonly name: string
  readonly envoyExtAuthzHttp?: EnvoyExternalAuthorizationHttpProvider
  readonly envoyExtAuthzGrpc?: EnvoyExternalAuthorizationGrpcProvider
  readonly zipkin?: ZipkinTracingProvider
  /** Deprecated by Istio. */
  readonly lightstep?: LightstepTracingProvider
  readonly datadog?: DatadogTracingProvider
  readonly stackdriver?: StackdriverProvider
  /** Deprecated by Istio. */
  readonly opencensus?: OpenCensusAgentTracingProvider
  readonly skywalking?: SkyWalkingTracingProvider
  readonly opentelemetry?: OpenTelemetryTracingProvider
  readonly prometheus?: Readonly<Record<never, never>>
  readonly envoyFileAccessLog?: EnvoyFileAccessLogProvider
  readonly envoyHttpAls?: EnvoyHttpGrpcV3LogProvider
  readonly envoyTcpAls?: EnvoyTcpGrpcV3LogProvider
  readonly envoyOtelAls?: EnvoyOpenTelemetryLogProvider
  readonly sds?: SdsProvider
}

/** Istio's `MeshConfig.ExtensionProvider.EnvoyExternalAuthorizationRequestBody`. */
export interface EnvoyExternalAuthorizationRequestBody {
  readonly maxRequestBytes?: number
  readonly allowPartialMessage?: boolean
  readonly packAsBytes?: boolean
}

/** Istio's `MeshConfig.ExtensionProvider.EnvoyExternalAuthorizationHttpProvider`. */
export interface EnvoyExternalAuthorizationHttpProvider {
  readonly service?: string
  readonly port?: number
  readonly timeout?: Duration
  readonly pathPrefix?: string
  readonly failOpen?: boolean
  readonly clearRouteCache?: boolean
  readonly statusOnError?: string
  /** Deprecated by Istio. */
  readonly includeHeadersInCheck?: readonly string[]
  readonly includeRequestHeadersInCheck?: readonly string[]
  readonly includeAdditionalHeadersInCheck?: Readonly<Record<string, string>>
  readonly includeRequestBodyInCheck?: EnvoyExternalAuthorizationRequestBody
  readonly headersToUpstreamOnAllow?: readonly string[]
  readonly headersToDownstreamOnDeny?: readonly string[]
  readonly headersToDownstreamOnAllow?: readonly string[]
}

/** Istio's `MeshConfig.ExtensionProvider.EnvoyExternalAuthorizationGrpcProvider`. */
export interface EnvoyExternalAuthorizationGrpcProvider {
  readonly service?: string
  readonly port?: number
  readonly timeout?: Duration
  readonly failOpen?: boolean
  readonly clearRouteCache?: boolean
  readonly statusOnError?: string
  readonly includeRequestBodyInCheck?: EnvoyExternalAuthorizationRequestBody
}

/** Istio's `MeshConfig.ExtensionProvider.ZipkinTracingProvider`. */
export interface ZipkinTracingProvider {
  readonly service?: string
  readonly port?: number
  readonly maxTagLength?: number
  readonly enable64bitTraceId?: boolean
  readonly path?: string
  readonly traceContextOption?: TraceContextOption
  readonly timeout?: Duration
  readonly headers?: readonly ProviderHeader[]
}

/** Istio's `MeshConfig.ExtensionProvider.LightstepTracingProvider`. */
export interface LightstepTracingProvider {
  readonly service?: string
  readonly port?: number
  readonly accessToken?: string
  readonly maxTagLength?: number
}

/** Istio's `MeshConfig.ExtensionProvider.DatadogTracingProvider`. */
export interface DatadogTracingProvider {
  readonly service?: string
  readonly port?: number
  readonly maxTagLength?: number
}

/** Istio's `MeshConfig.ExtensionProvider.SkyWalkingTracingProvider`. */
export interface SkyWalkingTracingProvider {
  readonly service?: string
  readonly port?: number
  readonly accessToken?: string
}

/** Istio's `MeshConfig.ExtensionProvider.StackdriverProvider`. */
export interface StackdriverProvider {
  /** Deprecated by Istio. */
  readonly debug?: boolean
  /** Deprecated by Istio. */
  readonly maxNumberOfAttributes?: number
  /** Deprecated by Istio. */
  readonly maxNumberOfAnnotations?: number
  /** Deprecated by Istio. */
  readonly maxNumberOfMessageEvents?: number
  readonly maxTagLength?: number
  readonly logging?: StackdriverLogging
}

/** Istio's `MeshConfig.ExtensionProvider.StackdriverProvider.Logging`. */
export interface StackdriverLogging {
  readonly labels?: Readonly<Record<string, string>>
}

/** Istio's `MeshConfig.ExtensionProvider.OpenCensusAgentTracingProvider`. */
export interface OpenCensusAgentTracingProvider {
  readonly service?: string
  readonly port?: number
  readonly context?: readonly OpenCensusContext[]
  readonly maxTagLength?: number
}

/** Istio's `MeshConfig.ExtensionProvider.EnvoyFileAccessLogProvider`. */
export interface EnvoyFileAccessLogProvider {
  readonly path?: string
  readonly logFormat?: FileLogFormat
  readonly omitEmptyValues?: boolean
}

/** Istio's `MeshConfig.ExtensionProvider.EnvoyFileAccessLogProvider.LogFormat`. */
export interface FileLogFormat {
  readonly text?: string
  readonly labels?: Readonly<Record<string, unknown>>
}

/** Istio's `MeshConfig.ExtensionProvider.EnvoyHttpGrpcV3LogProvider`. */
export interface EnvoyHttpGrpcV3LogProvider {
  readonly service?: string
  readonly port?: number
  readonly logName?: string
  readonly filterStateObjectsToLog?: readonly string[]
  readonly additionalRequestHeadersToLog?: readonly string[]
  readonly additionalResponseHeadersToLog?: readonly string[]
  readonly additionalResponseTrailersToLog?: readonly string[]
}

/** Istio's `MeshConfig.ExtensionProvider.EnvoyTcpGrpcV3LogProvider`. */
export interface EnvoyTcpGrpcV3LogProvider {
  readonly service?: string
  readonly port?: number
  readonly logName?: string
  readonly filterStateObjectsToLog?: readonly string[]
}

/** Istio's `MeshConfig.ExtensionProvider.EnvoyOpenTelemetryLogProvider`. */
export interface EnvoyOpenTelemetryLogProvider {
  readonly service?: string
  readonly port?: number
  readonly logName?: string
  readonly logFormat?: OtelLogFormat
}

/** Istio's `MeshConfig.ExtensionProvider.EnvoyOpenTelemetryLogProvider.LogFormat`. */
export interface OtelLogFormat {
  readonly text?: string
  readonly labels?: Readonly<Record<string, unknown>>
}

/** Istio's `MeshConfig.ExtensionProvider.OpenTelemetryTracingProvider`. */
export interface OpenTelemetryTracingProvider {
  readonly service?: string
  readonly port?: number
  readonly maxTagLength?: number
  readonly http?: OtelHttpService
  readonly grpc?: OtelGrpcService
  readonly resourceDetectors?: ResourceDetectors
  readonly serviceAttributeEnrichment?: ServiceAttributeEnrichment
  readonly dynatraceSampler?: DynatraceSampler
}

/** Istio's `MeshConfig.ExtensionProvider.OpenTelemetryTracingProvider.DynatraceSampler`. */
export interface DynatraceSampler {
  readonly tenant?: string
  readonly clusterId?: number
  readonly rootSpansPerMinute?: number
  readonly httpService?: DynatraceApi
}

/** Istio's `MeshConfig.ExtensionProvider.OpenTelemetryTracingProvider.DynatraceSampler.DynatraceApi`. */
export interface DynatraceApi {
  readonly service?: string
  readonly port?: number
  readonly http?: OtelHttpService
}

/** Istio's `MeshConfig.ExtensionProvider.SDSProvider`. */
export interface SdsProvider {
  readonly name?: string
  readonly service?: string
  readonly port?: number
}

/** Istio's `MeshConfig.ExtensionProvider.HttpService`. */
export interface OtelHttpService {
  readonly path?: string
  readonly timeout?: Duration
  readonly headers?: readonly ProviderHeader[]
}

/** Istio's `MeshConfig.ExtensionProvider.HttpHeader`. */
export interface ProviderHeader {
  readonly name?: string
  readonly value?: string
  readonly envName?: string
}

/** Istio's `MeshConfig.ExtensionProvider.ResourceDetectors`. */
export interface ResourceDetectors {
  readonly environment?: Readonly<Record<never, never>>
  readonly dynatrace?: Readonly<Record<never, never>>
}

/** Istio's `MeshConfig.ExtensionProvider.GrpcService`. */
export interface OtelGrpcService {
  readonly timeout?: Duration
  readonly initialMetadata?: readonly ProviderHeader[]
}

/** One of Istio's `TraceContextOption` values. */
export type TraceContextOption = 'USE_B3' | 'USE_B3_WITH_W3C_PROPAGATION'

/** One of Istio's `OpenCensusContext` values. */
export type OpenCensusContext =
  | 'UNSPECIFIED'
  | 'W3C_TRACE_CONTEXT'
  | 'GRPC_BIN'
  | 'CLOUD_TRACE_CONTEXT'
  | 'B3'

/** One of Istio's `ServiceAttributeEnrichment` values. */
export type ServiceAttributeEnrichment = 'ISTIO_CANONICAL' | 'OTEL_SEMANTIC_CONVENTIONS'
