import type {
  ClientTlsSettings,
  ConnectionPoolSettings,
  LocalityLoadBalancerSetting,
  OutlierDetection,
  TcpKeepalive,
  ZoneAwareLoadBalancerSetting,
} from './destination-rule.ts'
import type { Duration } from './duration.ts'
import type { ExtensionProvider } from './extension-provider.ts'
import type { ProxyConfig } from './proxy-config.ts'
import type { HttpRetry } from './virtual-service.ts'

/** Istio's `MeshConfig`. */
export interface MeshConfig {
  readonly proxyListenPort?: number
  readonly proxyInboundListenPort?: number
  readonly proxyHttpPort?: number
  readonly connectTimeout?: Duration
  readonly hboneIdleTimeout?: Duration
  readonly protocolDetectionTimeout?: Duration
  readonly tcpKeepalive?: TcpKeepalive
  readonly ingressClass?: string
  readonly ingressService?: string
  readonly ingressControllerMode?: IngressControllerMode
  readonly ingressSelector?: string
  readonly enableTracing?: boolean
  readonly accessLogFile?: string
  readonly accessLogFormat?: string
  readonly accessLogEncoding?: AccessLogEncoding
  readonly enableEnvoyAccessLogService?: boolean
  readonly disableEnvoyListenerLog?: boolean
  readonly defaultConfig?: ProxyConfig
  readonly outboundTrafficPolicy?: MeshOutboundTrafficPolicy
  readonly inboundTrafficPolicy?: InboundTrafficPolicy
  readonly configSources?: readonly ConfigSource[]
  readonly enableAutoMtls?: boolean
  readonly trustDomain?: string
  readonly trustDomainAliases?: readonly string[]
  readonly caCertificates?: readonly CertificateData[]
  readonly defaultServiceExportTo?: readonly string[]
  readonly defaultVirtualServiceExportTo?: readonly string[]
  readonly defaultDestinationRuleExportTo?: readonly string[]
  readonly rootNamespace?: string
  readonly localityLbSetting?: LocalityLoadBalancerSetting
  readonly zoneAwareLbSetting?: ZoneAwareLoadBalancerSetting
  readonly dnsRefreshRate?: Duration
  readonly h2UpgradePolicy?: MeshH2UpgradePolicy
  readonly inboundClusterStatName?: string
  readonly outboundClusterStatName?: string
  /** Deprecated by Istio. */
  readonly certificates?: readonly DnsCertificate[]
  readonly serviceSettings?: readonly ServiceSettings[]
  readonly serviceScopeConfigs?: readonly ServiceScopeConfigs[]
  readonly enablePrometheusMerge?: boolean
  /** Deprecated by Istio. */
  readonly verifyCertificateAtClient?: boolean
  readonly ca?: CertificateAuthority
  readonly extensionProviders?: readonly ExtensionProvider[]
  readonly defaultProviders?: DefaultProviders
  readonly discoverySelectors?: readonly LabelSelector[]
  readonly pathNormalization?: ProxyPathNormalization
  readonly defaultHttpRetryPolicy?: HttpRetry
  readonly meshMTLS?: MeshTlsConfig
  readonly tlsDefaults?: MeshTlsConfig
  readonly defaultTrafficPolicy?: DefaultTrafficPolicy
  readonly serviceEntryVisibility?: ServiceEntryVisibility
}

/** Istio's `MeshConfig.OutboundTrafficPolicy`. */
export interface MeshOutboundTrafficPolicy {
  readonly mode?: MeshOutboundMode
  readonly tls?: ClientTlsSettings
}

/** Istio's `MeshConfig.InboundTrafficPolicy`. */
export interface InboundTrafficPolicy {
  readonly mode?: InboundMode
}

/** Istio's `MeshConfig.CertificateData`. */
export interface CertificateData {
  readonly pem?: string
  readonly spiffeBundleUrl?: string
  readonly certSigners?: readonly string[]
  readonly trustDomains?: readonly string[]
}

/** Istio's `MeshConfig.ServiceSettings`. */
export interface ServiceSettings {
  readonly settings?: ServiceSettingsValues
  readonly hosts?: readonly string[]
}

/** Istio's `MeshConfig.ServiceSettings.Settings`. */
export interface ServiceSettingsValues {
  readonly clusterLocal?: boolean
}

/** Istio's `MeshConfig.ServiceScopeConfigs`. */
export interface ServiceScopeConfigs {
  readonly namespaceSelector?: LabelSelector
  readonly servicesSelector?: LabelSelector
  readonly scope?: Scope
}

/** Istio's `MeshConfig.CA`. */
export interface CertificateAuthority {
  readonly address?: string
  readonly tlsSettings?: ClientTlsSettings
  readonly requestTimeout?: Duration
  readonly istiodSide?: boolean
}

/** Istio's `MeshConfig.DefaultProviders`. */
export interface DefaultProviders {
  readonly tracing?: readonly string[]
  readonly metrics?: readonly string[]
  readonly accessLogging?: readonly string[]
}

/** Istio's `MeshConfig.ProxyPathNormalization`. */
export interface ProxyPathNormalization {
  readonly normalization?: NormalizationType
}

/** Istio's `MeshConfig.TLSConfig`. */
export interface MeshTlsConfig {
  readonly minProtocolVersion?: MeshTlsProtocol
  readonly ecdhCurves?: readonly string[]
  readonly cipherSuites?: readonly string[]
}

/** Istio's `MeshConfig.DefaultTrafficPolicy`. */
export interface DefaultTrafficPolicy {
  readonly connectionPool?: ConnectionPoolSettings
  readonly outlierDetection?: OutlierDetection
}

/** Istio's `LabelSelector`. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly LabelSelectorRequirement[]
}

/** Istio's `LabelSelectorRequirement`. */
export interface LabelSelectorRequirement {
  readonly key?: string
  readonly operator?: string
  readonly values?: readonly string[]
}

/** Istio's `ServiceEntryVisibility`. */
export interface ServiceEntryVisibility {
  readonly defaultVisibility?: Visibility
  readonly applyToSidecars?: boolean
  readonly policies?: readonly VisibilityPolicy[]
}

/** Istio's `ServiceEntryVisibility.Policy`. */
export interface VisibilityPolicy {
  readonly visibility?: Visibility
  readonly matchingRules?: readonly VisibilityMatchRule[]
}

/** Istio's `ServiceEntryVisibility.MatchRule`. */
export interface VisibilityMatchRule {
  readonly namespaceSelector?: LabelSelector
}

/** Istio's `ConfigSource`. */
export interface ConfigSource {
  readonly address?: string
  readonly tlsSettings?: ClientTlsSettings
  readonly subscribedResources?: readonly SubscribedResource[]
}

/** Istio's `Certificate`. */
export interface DnsCertificate {
  readonly secretName?: string
  readonly dnsNames?: readonly string[]
}

/** One of Istio's `IngressControllerMode` values. */
export type IngressControllerMode = 'UNSPECIFIED' | 'OFF' | 'DEFAULT' | 'STRICT'

/** One of Istio's `AccessLogEncoding` values. */
export type AccessLogEncoding = 'TEXT' | 'JSON'

/** One of Istio's `MeshH2UpgradePolicy` values. */
export type MeshH2UpgradePolicy = 'DO_NOT_UPGRADE' | 'UPGRADE'

/** One of Istio's `MeshOutboundMode` values. */
export type MeshOutboundMode = 'REGISTRY_ONLY' | 'ALLOW_ANY' | 'ALLOW_ANY_DYNAMIC_DNS'

/** One of Istio's `InboundMode` values. */
export type InboundMode = 'PASSTHROUGH' | 'LOCALHOST'

/** One of Istio's `Scope` values. */
export type Scope = 'LOCAL' | 'GLOBAL'

/** One of Istio's `NormalizationType` values. */
export type NormalizationType =
  | 'DEFAULT'
  | 'NONE'
  | 'BASE'
  | 'MERGE_SLASHES'
  | 'DECODE_AND_MERGE_SLASHES'

/** One of Istio's `MeshTlsProtocol` values. */
export type MeshTlsProtocol = 'TLS_AUTO' | 'TLSV1_2' | 'TLSV1_3'

/** One of Istio's `Visibility` values. */
export type Visibility = 'VISIBILITY_UNSPECIFIED' | 'NONE' | 'NAMESPACE' | 'PUBLIC'

/** One of Istio's `SubscribedResource` values. */
export type SubscribedResource = 'SERVICE_REGISTRY'
