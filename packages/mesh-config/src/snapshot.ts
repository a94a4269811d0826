import type { DestinationRuleSpec } from './spec/destination-rule.ts'
import type { GatewaySpec } from './spec/gateway.ts'
import type { MeshConfig } from './spec/mesh-config.ts'
import type { ServiceEntrySpec } from './spec/service-entry.ts'
import type { SidecarSpec } from './spec/sidecar.ts'
import type { VirtualServiceSpec } from './spec/virtual-service.ts'
import type { WorkloadEntrySpec } from './spec/workload-entry.ts'

/**
 * All that is configured, at one moment. Never mutated; what did not change since the previous
 * snapshot is the same object.
 */
export interface Snapshot {
  /** Empty when no mesh configuration was given. */
  readonly mesh: MeshConfig
  /** Sorted by hostname, then namespace; a hostname may occur in several namespaces. */
  readonly services: readonly MeshService[]
  /** Every list of resources is sorted by namespace, then name. */
  readonly virtualServices: readonly Resource<VirtualServiceSpec>[]
  readonly destinationRules: readonly Resource<DestinationRuleSpec>[]
  readonly gateways: readonly Resource<GatewaySpec>[]
  readonly sidecars: readonly Resource<SidecarSpec>[]
  readonly serviceEntries: readonly Resource<ServiceEntrySpec>[]
  readonly workloadEntries: readonly Resource<WorkloadEntrySpec>[]
}

/** One document that was read and found good. */
export interface Resource<S> {
  readonly kind: string
  /** As written: `networking.istio.io/v1`. */
  readonly apiVersion: string
  readonly metadata: Metadata
  readonly spec: S
  readonly source: Source
}

/** What names and marks a resource. */
export interface Metadata {
  readonly name: string
  /** `default` when the document says none. */
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** RFC 3339, as written. Istio's precedence rules go by it; absent counts as oldest. */
  readonly creationTimestamp?: string
}

/** Where a document begins. Lines and columns count from 1. */
export interface Source {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** How the addresses of a service are found. */
export type Resolution = 'static' | 'dns' | 'dns-round-robin' | 'none'

/** A service of the mesh, whatever resource declared it. */
export interface MeshService {
  /** Fully qualified: `reviews.default.svc.cluster.local`; may begin with `*.`. */
  readonly hostname: string
  /** The name of the resource that declared it. */
  readonly name: string
  readonly namespace: string
  /** Who declared it. A Kubernetes service wins over an entry of the same hostname. */
  readonly registry: 'kubernetes' | 'service-entry'
  /** Virtual addresses or CIDR ranges; empty when it has none of its own. */
  readonly addresses: readonly string[]
  readonly ports: readonly ServicePortSpec[]
  readonly resolution: Resolution
  readonly location: 'internal' | 'external'
  /** A Kubernetes service with `clusterIP: None`: clients address its endpoints directly. */
  readonly headless: boolean
  /** Namespaces that see it, `.` and `*` as Istio writes them; never empty. */
  readonly exportTo: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** Names that the certificate of a server may bear. */
  readonly subjectAltNames: readonly string[]
  readonly endpoints: readonly MeshEndpoint[]
  readonly source: Source
}

/** A port that clients of a service address. */
export interface ServicePortSpec {
  readonly number: number
  readonly name: string
  readonly protocol: Protocol
  /** Where endpoints listen unless their own `ports` say otherwise; a number, or the name of a container's port. */
  readonly targetPort: number | string
}

/** The protocol of a port; `auto` is told from the first bytes of a connection. */
export type Protocol =
  | 'auto'
  | 'HTTP'
  | 'HTTP2'
  | 'GRPC'
  | 'GRPC_WEB'
  | 'HTTPS'
  | 'TCP'
  | 'TLS'
  | 'UDP'
  | 'MONGO'
  | 'MYSQL'
  | 'REDIS'
  | 'HTTP_PROXY'
  | 'HBONE'
  | 'DOUBLE_HBONE'

/** One place where a service answers. */
export interface MeshEndpoint {
  /** An IP address, a DNS name (resolution `dns`), or `unix:///path`. */
  readonly address: string
  /** The port to connect to for each port of the service, by the service port's name. */
  readonly ports: Readonly<Record<string, number>>
  readonly labels: Readonly<Record<string, string>>
  /** `region/zone/subzone`, parts from the right may be missing; empty when unknown. */
  readonly locality: string
  /** Default: 1. */
  readonly weight: number
  readonly serviceAccount?: string
  readonly network?: string
  readonly healthy: boolean
}
