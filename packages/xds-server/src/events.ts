import type { NodeJson } from '@meshwright/xds-types/envoy/config/core/v3'
import type { Variant } from './session.ts'

/** One stream and who is at its other end. */
export interface ClientIdentity {
  /** Counts up from 1; a client that reconnects is another one. */
  readonly id: number
  readonly node: NodeJson
  /** Its address as gRPC tells it. */
  readonly peer: string
  readonly variant: Variant
}

/** A response and the client that it went to. */
export interface ResponseEvent {
  readonly client: ClientIdentity
  readonly typeUrl: string
  readonly version: string
  readonly nonce: string
}

/** What became of one push, or of several that ran into each other. */
export interface Convergence {
  /** Why the pushes were made, in order; the first hundred. */
  readonly reasons: readonly string[]
  /** Milliseconds from the first push to the last answer. */
  readonly durationMs: number
  /** Clients that were sent something. */
  readonly pushed: number
  /** Clients that refused something, and still do. */
  readonly rejecting: number
}

/** What a server tells: callbacks that must not throw. */
export interface XdsServerEvents {
  /** A client said who it is. */
  connected(client: ClientIdentity): void
  disconnected(client: ClientIdentity): void
  /** A stream was ended by the server. */
  refused(event: { readonly peer: string; readonly status: string; readonly message: string }): void
  sent(
    event: ResponseEvent & {
      readonly resources: number
      readonly removed: number
      readonly bytes: number
    },
  ): void
  accepted(event: ResponseEvent): void
  rejected(event: ResponseEvent & { readonly message: string }): void
  /** A request was about a response that is not the last one. */
  outdated(event: { readonly client: ClientIdentity; readonly typeUrl: string }): void
  /** A client that was sent something by a push has answered all of it. */
  synced(event: { readonly client: ClientIdentity; readonly durationMs: number }): void
  /** Every client has answered every push. */
  converged(convergence: Convergence): void
  /** A push could not be made for a client, which keeps what it has. */
  failed(event: { readonly client: ClientIdentity; readonly error: unknown }): void
}
