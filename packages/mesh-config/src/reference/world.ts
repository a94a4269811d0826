import type { Catalog, Located } from '../catalog.ts'
import type { DestinationRuleSpec } from '../spec/destination-rule.ts'
import type { GatewaySpec } from '../spec/gateway.ts'
import type { VirtualServiceSpec } from '../spec/virtual-service.ts'
import type { ServiceIndex } from './service-index.ts'
import type { SubsetIndex } from './subset-index.ts'

/** All that a reference can point to. */
export interface World {
  readonly catalog: Catalog
  readonly services: ServiceIndex
  readonly subsets: SubsetIndex
  readonly virtualServices: readonly Located<VirtualServiceSpec>[]
  readonly destinationRules: readonly Located<DestinationRuleSpec>[]
  readonly gateways: readonly Located<GatewaySpec>[]
}

/** A place below a resource's spec. */
export type Place = readonly (string | number)[]
