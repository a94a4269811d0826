/** What of a Kubernetes `Service` a mesh reads. */
export interface KubernetesServiceSpec {
  readonly clusterIP?: string
  readonly clusterIPs?: readonly string[]
  readonly externalName?: string
  readonly ports?: readonly KubernetesServicePort[]
  readonly selector?: Readonly<Record<string, string>>
  readonly type?: KubernetesServiceType
}

/** How a Kubernetes service is reached. */
export type KubernetesServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'

/** Kubernetes' `ServicePort`. */
export interface KubernetesServicePort {
  readonly port: number
  readonly name?: string
  readonly protocol?: TransportProtocol
  readonly appProtocol?: string
  readonly targetPort?: number | string
  readonly nodePort?: number
}

/** The transport of a Kubernetes port. */
export type TransportProtocol = 'TCP' | 'UDP' | 'SCTP'

/** Kubernetes' `EndpointSlice`, of `discovery.k8s.io/v1`. */
export interface EndpointSliceBody {
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN'
  readonly endpoints: readonly SliceEndpoint[]
  readonly ports?: readonly SlicePort[]
}

/** Kubernetes' `Endpoint`, of a slice. */
export interface SliceEndpoint {
  readonly addresses: readonly string[]
  readonly conditions?: SliceConditions
  readonly deprecatedTopology?: Readonly<Record<string, string>>
  readonly hostname?: string
  readonly nodeName?: string
  readonly zone?: string
}

/** Kubernetes' `EndpointConditions`; what is absent counts as ready. */
export interface SliceConditions {
  readonly ready?: boolean
  readonly serving?: boolean
  readonly terminating?: boolean
}

/** Kubernetes' `EndpointPort`. */
export interface SlicePort {
  readonly name?: string
  readonly port?: number
  readonly protocol?: TransportProtocol
  readonly appProtocol?: string
}

/** Kubernetes' older `Endpoints`, of `v1`. */
export interface EndpointsBody {
  readonly subsets: readonly EndpointsSubset[]
}

/** Kubernetes' `EndpointSubset`. */
export interface EndpointsSubset {
  readonly addresses?: readonly EndpointsAddress[]
  readonly notReadyAddresses?: readonly EndpointsAddress[]
  readonly ports?: readonly SlicePort[]
}

/** Kubernetes' `EndpointAddress`. */
export interface EndpointsAddress {
  readonly ip: string
  readonly hostname?: string
  readonly nodeName?: string
}
