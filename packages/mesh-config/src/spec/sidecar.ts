import type { ConnectionPoolSettings } from './destination-rule.ts'
import type { ServerTlsSettings } from './gateway.ts'
import type { Destination } from './virtual-service.ts'

/** Istio's `Sidecar`. */
export interface SidecarSpec {
  readonly workloadSelector?: WorkloadSelector
  readonly ingress?: readonly IstioIngressListener[]
  readonly egress?: readonly IstioEgressListener[]
  readonly inboundConnectionPool?: ConnectionPoolSettings
  readonly outboundTrafficPolicy?: OutboundTrafficPolicy
}

/** Istio's `IstioIngressListener`. */
export interface IstioIngressListener {
  readonly port: SidecarPort
  readonly bind?: string
  readonly captureMode?: CaptureMode
  readonly defaultEndpoint?: string
  readonly tls?: ServerTlsSettings
  readonly connectionPool?: ConnectionPoolSettings
}

/** Istio's `IstioEgressListener`. */
export interface IstioEgressListener {
  readonly port?: SidecarPort
  readonly bind?: string
  readonly captureMode?: CaptureMode
  readonly hosts: readonly string[]
}

/** Istio's `WorkloadSelector`. */
export interface WorkloadSelector {
  readonly labels?: Readonly<Record<string, string>>
}

/** Istio's `OutboundTrafficPolicy`. */
export interface OutboundTrafficPolicy {
  readonly mode?: OutboundMode
  readonly egressProxy?: Destination
}

/** Istio's `SidecarPort`. */
export interface SidecarPort {
  readonly number: number
  readonly protocol: string
  readonly name: string
  /** Deprecated by Istio. */
  readonly targetPort?: number
}

/** One of Istio's `CaptureMode` values. */
export type CaptureMode = 'DEFAULT' | 'IPTABLES' | 'NONE'

/** One of Istio's `OutboundMode` values. */
export type OutboundMode = 'REGISTRY_ONLY' | 'ALLOW_ANY'
