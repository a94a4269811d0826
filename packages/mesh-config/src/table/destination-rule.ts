import {
  choice,
  count,
  deprecated,
  duration,
  type Field,
  flag,
  integer,
  list,
  type Message,
  map,
  message,
  nonEmpty,
  numberIn,
  pending,
  percentage,
  port,
  positiveDuration,
  required,
  text,
  uint32,
  uint64,
  wholePercent,
} from '../field.ts'
import { exportTo, wildcardHost } from '../form.ts'
import {
  balancerIsCurrent,
  clientTlsIsOff,
  distributionSums,
  hashHasKey,
  portsDiffer,
  subsetsDiffer,
} from '../rule/destination-rule.ts'
import type {
  Attribute,
  ClientTlsMode,
  ClientTlsSettings,
  ConnectionKeepalive,
  ConnectionPoolSettings,
  ConsistentHashLb,
  DestinationRuleSpec,
  H2UpgradePolicy,
  HttpCookie,
  HttpSettings,
  LoadBalancerSettings,
  LocalityDistribute,
  LocalityFailover,
  LocalityLoadBalancerSetting,
  MagLev,
  OutlierDetection,
  PortTrafficPolicy,
  ProxyProtocolVersion,
  RetryBudget,
  RingHash,
  SimpleLb,
  Subset,
  TcpKeepalive,
  TcpSettings,
  TrafficPolicy,
  TunnelSettings,
  UpstreamProxyProtocol,
  WarmupConfiguration,
  ZoneAwareLoadBalancerSetting,
  ZoneFailover,
} from '../spec/destination-rule.ts'
import { labels } from './object-meta.ts'
import { portSelector } from './virtual-service.ts'
import { matchLabelsSelector } from './workload-selector.ts'

/** The values of {@link ProxyProtocolVersion}. */
const proxyProtocolVersion: Field<ProxyProtocolVersion> = choice('V1', 'V2')
/** The values of {@link SimpleLb}. */
const simpleLb: Field<SimpleLb> = choice(
  'UNSPECIFIED',
  'LEAST_CONN',
  'RANDOM',
  'PASSTHROUGH',
  'ROUND_ROBIN',
  'LEAST_REQUEST',
)
/** The values of {@link H2UpgradePolicy}. */
const h2UpgradePolicy: Field<H2UpgradePolicy> = choice('DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE')
/** The values of {@link ClientTlsMode}. */
const clientTlsMode: Field<ClientTlsMode> = choice('DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL')
/** The fields of {@link Attribute}. */
const attribute: Message<Attribute> = message(
  'LoadBalancerSettings.ConsistentHashLB.HTTPCookie.Attribute',
  { name: text, value: text },
)
/** The fields of {@link HttpCookie}. */
const httpCookie: Message<HttpCookie> = message(
  'LoadBalancerSettings.ConsistentHashLB.HTTPCookie',
  { name: required(nonEmpty), path: text, ttl: duration, attributes: list(attribute) },
)
/** The fields of {@link RingHash}. */
const ringHash: Message<RingHash> = message('LoadBalancerSettings.ConsistentHashLB.RingHash', {
  minimumRingSize: uint64,
})
/** The fields of {@link MagLev}. */
const magLev: Message<MagLev> = message('LoadBalancerSettings.ConsistentHashLB.MagLev', {
  tableSize: uint64,
})
/** The fields of {@link ConsistentHashLb}. */
const consistentHashLb: Message<ConsistentHashLb> = message(
  'LoadBalancerSettings.ConsistentHashLB',
  {
    httpHeaderName: text,
    httpCookie,
    useSourceIp: flag,
    httpQueryParameterName: text,
    ringHash,
    maglev: magLev,
    minimumRingSize: deprecated(uint64, 'ringHash.minimumRingSize'),
  },
  {
    oneOf: [
      ['httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'],
      ['ringHash', 'maglev'],
    ],
    rules: [hashHasKey],
  },
)
/** The fields of {@link LocalityDistribute}. */
const localityDistribute: Message<LocalityDistribute> = message(
  'LocalityLoadBalancerSetting.Distribute',
  { from: text, to: map(wholePercent) },
)
/** The fields of {@link LocalityFailover}. */
const localityFailover: Message<LocalityFailover> = message(
  'LocalityLoadBalancerSetting.Failover',
  { from: text, to: text },
)
/** The fields of {@link LocalityLoadBalancerSetting}. */
export const localityLoadBalancerSetting: Message<LocalityLoadBalancerSetting> = message(
  'LocalityLoadBalancerSetting',
  {
    distribute: list(localityDistribute),
    failover: list(localityFailover),
    failoverPriority: list(text),
    enabled: flag,
  },
  {
    oneOf: [
      ['distribute', 'failover'],
      ['distribute', 'failoverPriority'],
    ],
    rules: [distributionSums],
  },
)
/** The fields of {@link ZoneFailover}. */
const zoneFailover: Message<ZoneFailover> = message('ZoneAwareLoadBalancerSetting.Failover', {
  from: text,
  to: text,
})
/** The fields of {@link ZoneAwareLoadBalancerSetting}. */
export const zoneAwareLoadBalancerSetting: Message<ZoneAwareLoadBalancerSetting> = message(
  'ZoneAwareLoadBalancerSetting',
  {
    enabled: flag,
    failover: list(zoneFailover),
    failoverPriority: list(text),
    minClusterSize: uint64,
  },
)
/** The fields of {@link WarmupConfiguration}. */
const warmupConfiguration: Message<WarmupConfiguration> = message('WarmupConfiguration', {
  duration: positiveDuration,
  minimumPercent: percentage,
  aggression: numberIn(1, Number.MAX_VALUE),
})
/** The fields of {@link LoadBalancerSettings}. */
const loadBalancerSettings: Message<LoadBalancerSettings> = message(
  'LoadBalancerSettings',
  {
    simple: simpleLb,
    consistentHash: consistentHashLb,
    localityLbSetting: localityLoadBalancerSetting,
    zoneAwareLbSetting: pending(zoneAwareLoadBalancerSetting),
    warmupDurationSecs: deprecated(positiveDuration, 'warmup'),
    warmup: warmupConfiguration,
  },
  { oneOf: [['simple', 'consistentHash']], rules: [balancerIsCurrent] },
)
/** The fields of {@link TcpKeepalive}. */
export const tcpKeepalive: Message<TcpKeepalive> = message(
  'ConnectionPoolSettings.TCPSettings.TcpKeepalive',
  { probes: uint32, time: positiveDuration, interval: positiveDuration },
)
/** The fields of {@link TcpSettings}. */
const tcpSettings: Message<TcpSettings> = message('ConnectionPoolSettings.TCPSettings', {
  maxConnections: count,
  connectTimeout: positiveDuration,
  tcpKeepalive,
  maxConnectionDuration: positiveDuration,
  idleTimeout: duration,
})
/** The fields of {@link ConnectionKeepalive}. */
const connectionKeepalive: Message<ConnectionKeepalive> = message(
  'ConnectionPoolSettings.HTTPSettings.ConnectionKeepalive',
  { interval: duration, timeout: duration },
)
/** The fields of {@link HttpSettings}. */
const httpSettings: Message<HttpSettings> = message('ConnectionPoolSettings.HTTPSettings', {
  http1MaxPendingRequests: count,
  http2MaxRequests: count,
  maxRequestsPerConnection: integer(0, 536870912),
  maxRetries: count,
  idleTimeout: duration,
  h2UpgradePolicy,
  useClientProtocol: flag,
  maxConcurrentStreams: count,
  http2KeepAlive: connectionKeepalive,
})
/** The fields of {@link ConnectionPoolSettings}. */
export const connectionPoolSettings: Message<ConnectionPoolSettings> = message(
  'ConnectionPoolSettings',
  { tcp: tcpSettings, http: httpSettings },
)
/** The fields of {@link OutlierDetection}. */
export const outlierDetection: Message<OutlierDetection> = message('OutlierDetection', {
  consecutiveErrors: deprecated(count, 'consecutive5xxErrors'),
  splitExternalLocalOriginErrors: flag,
  consecutiveLocalOriginFailures: uint32,
  consecutiveGatewayErrors: uint32,
  consecutive5xxErrors: uint32,
  interval: positiveDuration,
  baseEjectionTime: positiveDuration,
  maxEjectionPercent: wholePercent,
  minHealthPercent: wholePercent,
  outlierDetectionHttpErrorCodes: pending(list(integer(200, 599))),
})
/** The fields of {@link ClientTlsSettings}. */
export const clientTlsSettings: Message<ClientTlsSettings> = message(
  'ClientTLSSettings',
  {
    mode: clientTlsMode,
    clientCertificate: text,
    privateKey: text,
    caCertificates: text,
    credentialName: text,
    subjectAltNames: list(text),
    sni: text,
    insecureSkipVerify: flag,
    caCrl: text,
  },
  { rules: [clientTlsIsOff] },
)
/** The fields of {@link PortTrafficPolicy}. */
const portTrafficPolicy: Message<PortTrafficPolicy> = message('TrafficPolicy.PortTrafficPolicy', {
  port: required(portSelector),
  loadBalancer: loadBalancerSettings,
  connectionPool: connectionPoolSettings,
  outlierDetection,
  tls: clientTlsSettings,
})
/** The fields of {@link TunnelSettings}. */
const tunnelSettings: Message<TunnelSettings> = message('TrafficPolicy.TunnelSettings', {
  protocol: choice('CONNECT', 'POST'),
  targetHost: required(text),
  targetPort: required(port),
})
/** The fields of {@link UpstreamProxyProtocol}. */
const upstreamProxyProtocol: Message<UpstreamProxyProtocol> = message(
  'TrafficPolicy.ProxyProtocol',
  { version: proxyProtocolVersion },
)
/** The fields of {@link RetryBudget}. */
const retryBudget: Message<RetryBudget> = message('TrafficPolicy.RetryBudget', {
  percent: percentage,
  minRetryConcurrency: uint32,
  budgetInterval: duration,
})
/** The fields of {@link TrafficPolicy}. */
const trafficPolicy: Message<TrafficPolicy> = message(
  'TrafficPolicy',
  {
    loadBalancer: loadBalancerSettings,
    connectionPool: connectionPoolSettings,
    outlierDetection,
    tls: clientTlsSettings,
    portLevelSettings: list(portTrafficPolicy),
    tunnel: tunnelSettings,
    proxyProtocol: upstreamProxyProtocol,
    retryBudget,
  },
  { rules: [portsDiffer] },
)
/** The fields of {@link Subset}. */
const subset: Message<Subset> = message('Subset', {
  name: required(nonEmpty),
  labels: labels,
  trafficPolicy,
})
/** The fields of {@link DestinationRuleSpec}. */
export const destinationRuleSpec: Message<DestinationRuleSpec> = message(
  'DestinationRule',
  {
    host: required(wildcardHost),
    trafficPolicy,
    subsets: list(subset),
    exportTo: exportTo,
    workloadSelector: matchLabelsSelector,
  },
  { rules: [subsetsDiffer] },
)
