export type { Balancer, PickContext } from './balancer.ts'
export { HostSetError } from './errors.ts'
export { hashOfKeys } from './hash-of-keys.ts'
export type { HostList } from './host-list.ts'
export {
  type Health,
  type Host,
  type HostEntry,
  type HostGroup,
  type HostSet,
  hostSet,
  type LocalityGroup,
  type LocalityHosts,
  type Place,
  type Priority,
  withHost,
} from './host-set.ts'
export type { HostSetOptions, HostSetSettings } from './host-set-settings.ts'
export { type LeastRequestOptions, leastRequest } from './least-request.ts'
export type { Locality } from './locality.ts'
export { type MaglevOptions, maglev } from './maglev.ts'
export { murmurHash2 } from './murmur-hash2.ts'
export { type PriorityHealth, type PriorityLoad, priorityLoad } from './priority-load.ts'
export { random } from './random.ts'
export { type RingHashOptions, ringHash } from './ring-hash.ts'
export { type RoundRobinOptions, roundRobin } from './round-robin.ts'
export type { SlowStartOptions } from './slow-start.ts'
export { type Hash64, xxHash64 } from './xx-hash64.ts'
export type { LocalityPeers, ZoneAwareOptions, ZoneRouting } from './zone-routing.ts'
