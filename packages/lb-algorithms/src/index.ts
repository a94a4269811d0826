export { type AggregateBalancer, type AggregateMember, aggregate } from './aggregate.ts'
export { type ApertureOptions, aperture } from './aperture.ts'
export type { Balancer, HostTest, PickContext } from './balancer.ts'
export { HostSetError } from './errors.ts'
export { type FailoverOptions, failoverPriorities, type Labels } from './failover.ts'
export { type FilterHostsOptions, filterHosts } from './filter-hosts.ts'
export { hashOfKey, hashOfKeys } from './hash-of-keys.ts'
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
export {
  type LoadReport,
  type LoadReportBalancer,
  type LoadReportOptions,
  loadReportRoundRobin,
  weightOfReport,
} from './load-report-round-robin.ts'
export type { Locality } from './locality.ts'
export { type MaglevOptions, maglev } from './maglev.ts'
export type { Metadata } from './metadata-match.ts'
export { murmurHash2 } from './murmur-hash2.ts'
export {
  type OriginalDestinationBalancer,
  type OriginalDestinationOptions,
  originalDestination,
} from './original-destination.ts'
export { type OverrideHostOptions, overrideHost } from './override-host.ts'
export { type PeakEwmaBalancer, type PeakEwmaOptions, peakEwma } from './peak-ewma.ts'
export { type PriorityHealth, type PriorityLoad, priorityLoad } from './priority-load.ts'
export { random } from './random.ts'
export { type RingHashOptions, ringHash } from './ring-hash.ts'
export { type RoundRobinOptions, roundRobin } from './round-robin.ts'
export { hostOfSession, type Session, sessionCookie, sessionHeader } from './session.ts'
export type { SlowStartOptions } from './slow-start.ts'
export { type SubsetFallback, type SubsetOptions, type SubsetSelector, subset } from './subset.ts'
export { type Hash64, xxHash64 } from './xx-hash64.ts'
export type { LocalityPeers, ZoneAwareOptions, ZoneRouting } from './zone-routing.ts'
