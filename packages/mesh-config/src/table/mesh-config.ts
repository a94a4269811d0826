import {
  choice,
  duration,
  type Field,
  flag,
  integer,
  list,
  type Message,
  map,
  message,
  pending,
  positiveDuration,
  protects,
  text,
} from '../field.ts'
import { exportTo } from '../form.ts'
import type {
  AccessLogEncoding,
  CertificateAuthority,
  CertificateData,
  ConfigSource,
  DefaultProviders,
  DefaultTrafficPolicy,
  DnsCertificate,
  InboundMode,
  InboundTrafficPolicy,
  IngressControllerMode,
  LabelSelector,
  LabelSelectorRequirement,
  MeshConfig,
  MeshH2UpgradePolicy,
  MeshOutboundMode,
  MeshOutboundTrafficPolicy,
  MeshTlsConfig,
  MeshTlsProtocol,
  NormalizationType,
  ProxyPathNormalization,
  Scope,
  ServiceEntryVisibility,
  ServiceScopeConfigs,
  ServiceSettings,
  ServiceSettingsValues,
  SubscribedResource,
  Visibility,
  VisibilityMatchRule,
  VisibilityPolicy,
} from '../spec/mesh-config.ts'
import {
  clientTlsSettings,
  connectionPoolSettings,
  localityLoadBalancerSetting,
  outlierDetection,
  tcpKeepalive,
  zoneAwareLoadBalancerSetting,
} from './destination-rule.ts'
import { extensionProvider } from './extension-provider.ts'
import { proxyConfig } from './proxy-config.ts'
import { httpRetry } from './virtual-service.ts'

/** A port, or 0 or -1 for none. */
const portOrOff: Field<number> = integer(-1, 65535)

/** The values of {@link IngressControllerMode}. */
const ingressControllerMode: Field<IngressControllerMode> = choice(
  'UNSPECIFIED',
  'OFF',
  'DEFAULT',
  'STRICT',
)
/** The values of {@link AccessLogEncoding}. */
const accessLogEncoding: Field<AccessLogEncoding> = choice('TEXT', 'JSON')
/** The values of {@link MeshH2UpgradePolicy}. */
const meshH2UpgradePolicy: Field<MeshH2UpgradePolicy> = choice('DO_NOT_UPGRADE', 'UPGRADE')
/** The values of {@link MeshOutboundMode}. */
const meshOutboundMode: Field<MeshOutboundMode> = choice(
  'REGISTRY_ONLY',
  'ALLOW_ANY',
  'ALLOW_ANY_DYNAMIC_DNS',
)
/** The values of {@link InboundMode}. */
const inboundMode: Field<InboundMode> = choice('PASSTHROUGH', 'LOCALHOST')
/** The values of {@link Scope}. */
const scope: Field<Scope> = choice('LOCAL', 'GLOBAL')
/** The values of {@link NormalizationType}. */
const normalizationType: Field<NormalizationType> = choice(
  'DEFAULT',
  'NONE',
  'BASE',
  'MERGE_SLASHES',
  'DECODE_AND_MERGE_SLASHES',
)
/** The values of {@link MeshTlsProtocol}. */
const meshTlsProtocol: Field<MeshTlsProtocol> = choice('TLS_AUTO', 'TLSV1_2', 'TLSV1_3')
/** The values of {@link Visibility}. */
const visibility: Field<Visibility> = choice(
  'VISIBILITY_UNSPECIFIED',
  'NONE',
  'NAMESPACE',
  'PUBLIC',
)
/** The values of {@link SubscribedResource}. */
const subscribedResource: Field<SubscribedResource> = choice('SERVICE_REGISTRY')
/** The fields of {@link MeshOutboundTrafficPolicy}. */
const meshOutboundTrafficPolicy: Message<MeshOutboundTrafficPolicy> = message(
  'MeshConfig.OutboundTrafficPolicy',
  {
    mode: pending(meshOutboundMode, (mode) => mode === 'ALLOW_ANY_DYNAMIC_DNS'),
    tls: clientTlsSettings,
  },
)
/** The fields of {@link InboundTrafficPolicy}. */
const inboundTrafficPolicy: Message<InboundTrafficPolicy> = message(
  'MeshConfig.InboundTrafficPolicy',
  { mode: inboundMode },
)
/** The fields of {@link ConfigSource}. */
const configSource: Message<ConfigSource> = message('ConfigSource', {
  address: text,
  tlsSettings: clientTlsSettings,
  subscribedResources: list(subscribedResource),
})
/** The fields of {@link CertificateData}. */
const certificateData: Message<CertificateData> = message('MeshConfig.CertificateData', {
  pem: text,
  spiffeBundleUrl: text,
  certSigners: list(text),
  trustDomains: list(text),
})
/** The fields of {@link DnsCertificate}. */
const dnsCertificate: Message<DnsCertificate> = message('Certificate', {
  secretName: text,
  dnsNames: list(text),
})
/** The fields of {@link ServiceSettingsValues}. */
const serviceSettingsValues: Message<ServiceSettingsValues> = message(
  'MeshConfig.ServiceSettings.Settings',
  { clusterLocal: flag },
)
/** The fields of {@link ServiceSettings}. */
const serviceSettings: Message<ServiceSettings> = message('MeshConfig.ServiceSettings', {
  settings: serviceSettingsValues,
  hosts: list(text),
})
/** The fields of {@link LabelSelectorRequirement}. */
const labelSelectorRequirement: Message<LabelSelectorRequirement> = message(
  'LabelSelectorRequirement',
  { key: text, operator: text, values: list(text) },
)
/** The fields of {@link LabelSelector}. */
const labelSelector: Message<LabelSelector> = message('LabelSelector', {
  matchLabels: map(text),
  matchExpressions: list(labelSelectorRequirement),
})
/** The fields of {@link ServiceScopeConfigs}. */
const serviceScopeConfigs: Message<ServiceScopeConfigs> = message(
  'MeshConfig.ServiceScopeConfigs',
  { namespaceSelector: labelSelector, servicesSelector: labelSelector, scope },
)
/** The fields of {@link CertificateAuthority}. */
const certificateAuthority: Message<CertificateAuthority> = message('MeshConfig.CA', {
  address: text,
  tlsSettings: clientTlsSettings,
  requestTimeout: duration,
  istiodSide: flag,
})
/** The fields of {@link DefaultProviders}. */
const defaultProviders: Message<DefaultProviders> = message('MeshConfig.DefaultProviders', {
  tracing: list(text),
  metrics: list(text),
  accessLogging: list(text),
})
/** The fields of {@link ProxyPathNormalization}. */
const proxyPathNormalization: Message<ProxyPathNormalization> = message(
  'MeshConfig.ProxyPathNormalization',
  { normalization: normalizationType },
)
/** The fields of {@link MeshTlsConfig}. */
const meshTlsConfig: Message<MeshTlsConfig> = message('MeshConfig.TLSConfig', {
  minProtocolVersion: meshTlsProtocol,
  ecdhCurves: list(text),
  cipherSuites: list(text),
})
/** The fields of {@link DefaultTrafficPolicy}. */
const defaultTrafficPolicy: Message<DefaultTrafficPolicy> = message(
  'MeshConfig.DefaultTrafficPolicy',
  { connectionPool: connectionPoolSettings, outlierDetection },
)
/** The fields of {@link VisibilityMatchRule}. */
const visibilityMatchRule: Message<VisibilityMatchRule> = message(
  'ServiceEntryVisibility.MatchRule',
  { namespaceSelector: labelSelector },
)
/** The fields of {@link VisibilityPolicy}. */
const visibilityPolicy: Message<VisibilityPolicy> = message('ServiceEntryVisibility.Policy', {
  visibility,
  matchingRules: list(visibilityMatchRule),
})
/** The fields of {@link ServiceEntryVisibility}. */
const serviceEntryVisibility: Message<ServiceEntryVisibility> = message('ServiceEntryVisibility', {
  defaultVisibility: visibility,
  applyToSidecars: flag,
  policies: list(visibilityPolicy),
})
/** The fields of {@link MeshConfig}. */
export const meshConfig: Message<MeshConfig> = message('MeshConfig', {
  proxyListenPort: portOrOff,
  proxyInboundListenPort: portOrOff,
  proxyHttpPort: portOrOff,
  connectTimeout: positiveDuration,
  hboneIdleTimeout: pending(duration),
  protocolDetectionTimeout: pending(duration),
  tcpKeepalive,
  ingressClass: pending(text),
  ingressService: pending(text),
  ingressControllerMode: pending(ingressControllerMode, (mode) => mode !== 'OFF'),
  ingressSelector: pending(text),
  enableTracing: pending(flag, Boolean),
  accessLogFile: text,
  accessLogFormat: text,
  accessLogEncoding,
  enableEnvoyAccessLogService: pending(flag, Boolean),
  disableEnvoyListenerLog: flag,
  defaultConfig: proxyConfig,
  outboundTrafficPolicy: meshOutboundTrafficPolicy,
  inboundTrafficPolicy,
  configSources: pending(list(configSource)),
  enableAutoMtls: protects(flag, Boolean),
  trustDomain: pending(text),
  trustDomainAliases: pending(list(text)),
  caCertificates: protects(list(certificateData), (all) => all.length > 0),
  defaultServiceExportTo: exportTo,
  defaultVirtualServiceExportTo: exportTo,
  defaultDestinationRuleExportTo: exportTo,
  rootNamespace: text,
  localityLbSetting: localityLoadBalancerSetting,
  zoneAwareLbSetting: pending(zoneAwareLoadBalancerSetting),
  dnsRefreshRate: duration,
  h2UpgradePolicy: meshH2UpgradePolicy,
  inboundClusterStatName: pending(text),
  outboundClusterStatName: pending(text),
  certificates: protects(list(dnsCertificate), (all) => all.length > 0),
  serviceSettings: pending(list(serviceSettings)),
  serviceScopeConfigs: pending(list(serviceScopeConfigs)),
  enablePrometheusMerge: pending(flag, Boolean),
  verifyCertificateAtClient: protects(flag, Boolean),
  ca: protects(certificateAuthority),
  extensionProviders: pending(list(extensionProvider), (all) => all.length > 0),
  defaultProviders: pending(defaultProviders),
  discoverySelectors: pending(list(labelSelector), (all) => all.length > 0),
  pathNormalization: proxyPathNormalization,
  defaultHttpRetryPolicy: httpRetry,
  meshMTLS: protects(meshTlsConfig),
  tlsDefaults: protects(meshTlsConfig),
  defaultTrafficPolicy,
  serviceEntryVisibility: pending(serviceEntryVisibility),
})
