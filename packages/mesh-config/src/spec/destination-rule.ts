import type { Duration } from './duration.ts'
import type { PortSelector } from './virtual-service.ts'
import type { MatchLabelsSelector } from './workload-selector.ts'

/** Istio's `DestinationRule`. */
export interface DestinationRuleSpec {
  readonly host: string
  readonly trafficPolicy?: TrafficPolicy
  readonly subsets?: readonly Subset[]
  readonly exportTo?: readonly string[]
  readonly workloadSelector?: MatchLabelsSelector
}

/** Istio's `TrafficPolicy`. */
export interface TrafficPolicy {
  readonly loadBalancer?: LoadBalancerSettings
  readonly connectionPool?: ConnectionPoolSettings
  readonly outlierDetection?: OutlierDetection
  readonly tls?: ClientTlsSettings
  readonly portLevelSettings?: readonly PortTrafficPolicy[]
  readonly tunnel?: TunnelSettings
  readonly proxyProtocol?: UpstreamProxyProtocol
  readonly retryBudget?: RetryBudget
}

/** Istio's `TrafficPolicy.PortTrafficPolicy`. */
export interface PortTrafficPolicy {
  readonly port: PortSelector
  readonly loadBalancer?: LoadBalancerSettings
  readonly connectionPool?: ConnectionPoolSettings
  readonly outlierDetection?: OutlierDetection
  readonly tls?: ClientTlsSettings
}

/** Istio's `TrafficPolicy.TunnelSettings`. */
export interface TunnelSettings {
  readonly protocol?: string
  readonly targetHost?: string
  readonly targetPort?: number
}

/** Istio's `TrafficPolicy.ProxyProtocol`. */
export interface UpstreamProxyProtocol {
  readonly version?: ProxyProtocolVersion
}

/** Istio's `TrafficPolicy.RetryBudget`. */
export interface RetryBudget {
  readonly percent?: number
  readonly minRetryConcurrency?: number
  readonly budgetInterval?: Duration
}

/** Istio's `Subset`. */
export interface Subset {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
  readonly trafficPolicy?: TrafficPolicy
}

/** Istio's `LoadBalancerSettings`. */
export interface LoadBalancerSettings {
  readonly simple?: SimpleLb
  readonly consistentHash?: ConsistentHashLb
  readonly localityLbSetting?: LocalityLoadBalancerSetting
  readonly zoneAwareLbSetting?: ZoneAwareLoadBalancerSetting
  readonly warmupDurationSecs?: Duration
  readonly warmup?: WarmupConfiguration
}

/** Istio's `LoadBalancerSettings.ConsistentHashLB`. */
export interface ConsistentHashLb {
  readonly httpHeaderName?: string
  readonly httpCookie?: HttpCookie
  readonly useSourceIp?: boolean
  readonly httpQueryParameterName?: string
  readonly ringHash?: RingHash
  readonly maglev?: MagLev
  /** Deprecated by Istio. */
  readonly minimumRingSize?: number
}

/** Istio's `LoadBalancerSettings.ConsistentHashLB.RingHash`. */
export interface RingHash {
  readonly minimumRingSize?: number
}

/** Istio's `LoadBalancerSettings.ConsistentHashLB.MagLev`. */
export interface MagLev {
  readonly tableSize?: number
}

/** Istio's `LoadBalancerSettings.ConsistentHashLB.HTTPCookie`. */
export interface HttpCookie {
  readonly name: string
  readonly path?: string
  readonly ttl?: Duration
  readonly attributes?: readonly Attribute[]
}

/** Istio's `LoadBalancerSettings.ConsistentHashLB.HTTPCookie.Attribute`. */
export interface Attribute {
  readonly name?: string
  readonly value?: string
}

/** Istio's `WarmupConfiguration`. */
export interface WarmupConfiguration {
  readonly duration?: Duration
  readonly minimumPercent?: number
  readonly aggression?: number
}

/** Istio's `ConnectionPoolSettings`. */
export interface ConnectionPoolSettings {
  readonly tcp?: TcpSettings
  readonly http?: HttpSettings
}

/** Istio's `ConnectionPoolSettings.TCPSettings`. */
export interface TcpSettings {
  readonly maxConnections?: number
  readonly connectTimeout?: Duration
  readonly tcpKeepalive?: TcpKeepalive
  readonly maxConnectionDuration?: Duration
  readonly idleTimeout?: Duration
}

/** Istio's `ConnectionPoolSettings.TCPSettings.TcpKeepalive`. */
export interface TcpKeepalive {
  readonly probes?: number
  readonly time?: Duration
  readonly interval?: Duration
}

/** Istio's `ConnectionPoolSettings.HTTPSettings`. */
export interface HttpSettings {
  readonly http1MaxPendingRequests?: number
  readonly http2MaxRequests?: number
  readonly maxRequestsPerConnection?: number
  readonly maxRetries?: number
  readonly idleTimeout?: Duration
  readonly h2UpgradePolicy?: H2UpgradePolicy
  readonly useClientProtocol?: boolean
  readonly maxConcurrentStreams?: number
  readonly http2KeepAlive?: ConnectionKeepalive
}

/** Istio's `ConnectionPoolSettings.HTTPSettings.ConnectionKeepalive`. */
export interface ConnectionKeepalive {
  readonly interval?: Duration
  readonly timeout?: Duration
}

/** Istio's `OutlierDetection`. */
export interface OutlierDetection {
  /** Deprecated by Istio. */
  readonly consecutiveErrors?: number
  readonly splitExternalLocalOriginErrors?: boolean
  readonly consecutiveLocalOriginFailures?: number
  readonly consecutiveGatewayErrors?: number
  readonly consecutive5xxErrors?: number
  readonly interval?: Duration
  readonly baseEjectionTime?: Duration
  readonly maxEjectionPercent?: number
  readonly minHealthPercent?: number
  readonly outlierDetectionHttpErrorCodes?: readonly number[]
}

/** Istio's `ClientTLSSettings`. */
export interface ClientTlsSettings {
  readonly mode?: ClientTlsMode
  readonly clientCertificate?: string
  readonly privateKey?: string
  readonly caCertificates?: string
  readonly credentialName?: string
  readonly subjectAltNames?: readonly string[]
  readonly sni?: string
  readonly insecureSkipVerify?: boolean
  readonly caCrl?: string
}

/** Istio's `LocalityLoadBalancerSetting`. */
export interface LocalityLoadBalancerSetting {
  readonly distribute?: readonly LocalityDistribute[]
  readonly failover?: readonly LocalityFailover[]
  readonly failoverPriority?: readonly string[]
  readonly enabled?: boolean
}

/** Istio's `LocalityLoadBalancerSetting.Distribute`. */
export interface LocalityDistribute {
  readonly from?: string
  readonly to?: Readonly<Record<string, number>>
}

/** Istio's `LocalityLoadBalancerSetting.Failover`. */
export interface LocalityFailover {
  readonly from?: string
  readonly to?: string
}

/** Istio's `ZoneAwareLoadBalancerSetting`. */
export interface ZoneAwareLoadBalancerSetting {
  readonly enabled?: boolean
  readonly failover?: readonly ZoneFailover[]
  readonly failoverPriority?: readonly string[]
  readonly minClusterSize?: number
}

/** Istio's `ZoneAwareLoadBalancerSetting.Failover`. */
export interface ZoneFailover {
  readonly from?: string
  readonly to?: string
}

/** One of Istio's `ProxyProtocolVersion` values. */
export type ProxyProtocolVersion = 'V1' | 'V2'

/** One of Istio's `SimpleLb` values. */
export type SimpleLb =
  | 'UNSPECIFIED'
  | 'LEAST_CONN'
  | 'RANDOM'
  | 'PASSTHROUGH'
  | 'ROUND_ROBIN'
  | 'LEAST_REQUEST'

/** One of Istio's `H2UpgradePolicy` values. */
export type H2UpgradePolicy = 'DEFAULT' | 'DO_NOT_UPGRADE' | 'UPGRADE'

/** One of Istio's `ClientTlsMode` values. */
export type ClientTlsMode = 'DISABLE' | 'SIMPLE' | 'MUTUAL' | 'ISTIO_MUTUAL'
