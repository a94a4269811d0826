export type { Balancer, PickContext } from './balancer.ts'
export type {
  Health,
  Host,
  HostEntry,
  HostSet,
  HostSetOptions,
  Locality,
  LocalityHosts,
  Priority,
} from './host-set.ts'
