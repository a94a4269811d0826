import type { WorkloadSelector } from './sidecar.ts'
import type { WorkloadEntrySpec } from './workload-entry.ts'

/** Istio's `ServiceEntry`. */
export interface ServiceEntrySpec {
  readonly hosts: readonly string[]
  readonly addresses?: readonly string[]
  readonly ports?: readonly ServicePort[]
  readonly location?: ServiceLocation
  readonly resolution?: ServiceResolution
  readonly endpoints?: readonly WorkloadEntrySpec[]
  readonly workloadSelector?: WorkloadSelector
  readonly exportTo?: readonly string[]
  readonly subjectAltNames?: readonly string[]
}

/** Istio's `ServicePort`. */
export interface ServicePort {
  readonly number: number
  readonly protocol?: string
  readonly name: string
  readonly targetPort?: number
}

/** One of Istio's `ServiceLocation` values. */
export type ServiceLocation = 'MESH_EXTERNAL' | 'MESH_INTERNAL'

/** One of Istio's `ServiceResolution` values. */
export type ServiceResolution = 'NONE' | 'STATIC' | 'DNS' | 'DNS_ROUND_ROBIN' | 'DYNAMIC_DNS'
