import type { Host, HostSet } from './host-set.ts'

/** Chooses hosts. Calls allocate nothing; a balancer has state of its own and belongs to one thread. */
export interface Balancer<H extends Host> {
  /** A host, or undefined if none may be used. */
  pick(context: PickContext<H>): H | undefined
  /** Goes over to another set. */
  update(hosts: HostSet<H>): void
}

/** What a balancer may look at for one request. The caller owns it. */
export interface PickContext<H extends Host> {
  /** Uniform in [0, 1); asked as often as the policy needs. */
  readonly random: () => number
  /** High and low half of the request's 64-bit hash, if its route has a hash policy. */
  readonly hash?: readonly [high: number, low: number] | undefined
  /** Attempts already made; 0 at first. Default: 0. */
  readonly attempt?: number
  /** Hosts already tried: drawn again up to {@link hostSelectionAttempts} times, then taken all the same. */
  readonly tried?: ReadonlySet<H>
  /** Default: 1. Envoy: `host_selection_retry_max_attempts`. */
  readonly hostSelectionAttempts?: number
  /** Metadata that the host must have, for subsets. */
  readonly metadataMatch?: Readonly<Record<string, unknown>> | undefined
}
