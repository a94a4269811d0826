import type { Host, HostSet } from './host-set.ts'
import type { PriorityLoad } from './priority-load.ts'

/** Chooses hosts. Calls allocate nothing; a balancer has state of its own and belongs to one thread. */
export interface Balancer<H extends Host> {
  /** A host, or undefined if none may be used. */
  pick(context: PickContext<H>): H | undefined
  /** Goes over to another set. */
  update(hosts: HostSet<H>): void
}

/** Says of hosts whether they belong to some; a `Set` is one. */
export interface HostTest<H extends Host> {
  has(host: H): boolean
}

/** What a balancer may look at for one request. The caller owns it. */
export interface PickContext<H extends Host> {
  /** Uniform in [0, 1); asked as often as the policy needs. */
  readonly random: () => number
  /** High and low half of the request's 64-bit hash, if its route has a hash policy. */
  readonly hash?: readonly [high: number, low: number] | undefined
  /** Attempts already made; 0 at first. A policy goes by `tried`, not by this. Default: 0. */
  readonly attempt?: number
  /** Hosts already tried, or not wanted for another reason: drawn again up to {@link hostSelectionAttempts} times; then, but for hash policies, any other, and taken all the same if there is none. */
  readonly tried?: HostTest<H>
  /** Up to 10 000; more count as so many. Default: 1. Envoy: `host_selection_retry_max_attempts`. */
  readonly hostSelectionAttempts?: number
  /** Metadata that the host must have, for subsets. */
  readonly metadataMatch?: Readonly<Record<string, unknown>> | undefined
  /** Addresses that the request asks for, best first, for {@link overrideHost}. */
  readonly overrideHosts?: readonly string[] | undefined
  /** Where the request was bound for, for {@link originalDestination}. */
  readonly originalDestination?: string | undefined
  /** Ms on any clock that does not go backwards: for slow start and what goes by measured times. */
  readonly now?: number | undefined
  /** The split over priorities of this request alone, as retries that avoid priorities ask for. Policies by hash do not look at it. */
  readonly priorityLoad?: PriorityLoad | undefined
}
