export type { Balancer, PickContext } from './balancer.ts'
export { HostSetError } from './errors.ts'
export { hashOfKeys } from './hash-of-keys.ts'
export {
  type Health,
  type Host,
  type HostEntry,
  type HostGroup,
  type HostSet,
  type HostSetOptions,
  hostSet,
  type Locality,
  type LocalityGroup,
  type LocalityHosts,
  type Priority,
} from './host-set.ts'
export { type LeastRequestOptions, leastRequest } from './least-request.ts'
export { type MaglevOptions, maglev } from './maglev.ts'
export { murmurHash2 } from './murmur-hash2.ts'
export { type PriorityHealth, type PriorityLoad, priorityLoad } from './priority-load.ts'
export { random } from './random.ts'
export { type RingHashOptions, ringHash } from './ring-hash.ts'
export { type RoundRobinOptions, roundRobin } from './round-robin.ts'
export { type Hash64, xxHash64 } from './xx-hash64.ts'
