import type { Delivery, RequestError, Settlement } from './delivery.ts'
import type { Interest } from './interest.ts'
import type { TypeResources } from './type-resources.ts'
import type { WireResource } from './wire-resource.ts'

/** A request of either protocol, decoded. */
export interface DiscoveryMessage {
  readonly typeUrl: string
  readonly nonce: string
  readonly error?: RequestError
  /** State of the world: all names wanted. Delta: the names added. */
  readonly subscribe: readonly string[]
  /** Delta only. */
  readonly unsubscribe: readonly string[]
  /** Delta only: what the client has from an earlier stream, name to version. */
  readonly initialVersions: ReadonlyMap<string, string>
}

/** What a response carries. */
export interface ResponseContent {
  readonly version: string
  readonly resources: readonly WireResource[]
  /** Those of `resources` that the client did not have like this before. */
  readonly changed: readonly WireResource[]
  /** Delta only: names the client has to drop. */
  readonly removed: readonly string[]
}

/** Which half of a push: what is there, or what is gone. */
export type PushPass = 'updates' | 'removals'

/** One type on one stream. A state machine without I/O: requests and resources go in, responses come out. */
export interface Subscription {
  readonly typeUrl: string
  readonly delivery: Delivery
  readonly interest: Interest
  /** Whether the client asked for something that it has not been answered yet. */
  readonly asked: boolean
  /** Whether the pass has something to send. */
  due(pass: PushPass): boolean
  /** Takes a request in. Throws {@link XdsServerError} at the limit of names. */
  receive(message: DiscoveryMessage, atWallMs: number): Settlement
  /** The resources are these now. Adds up until the next response. */
  update(resources: TypeResources): void
  /** Names to send again even if they did not change, as far as the client wants them. */
  refresh(names: Iterable<string>): void
  /** What to send now; nothing while a response is in flight or when there is nothing to say. */
  take(pass: PushPass): ResponseContent | undefined
}
