import type { Bootstrap } from './bootstrap/bootstrap.ts'
import type { Log } from './log.ts'
import type { XdsStats } from './stats.ts'
import type { Clock, Timers } from './time.ts'
import type { XdsView } from './xds-view.ts'

/** What an {@link XdsClient} needs, and what it may be given. Durations are in milliseconds. */
export interface XdsClientOptions {
  readonly bootstrap: Bootstrap
  /** Takes each new view; the first, with the static resources, comes from within `start`. */
  readonly onUpdate: (view: XdsView) => void
  /**
   * Says why one resource, sound by the rules of its type, cannot be used; undefined: it can. The reason goes into the
   * NACK. For static resources it makes `start` fail. Default: everything can be used.
   */
  readonly check?: (typeUrl: string, resource: unknown) => string | undefined
  /** A file that keeps the accepted resources, for a start while the control plane cannot be reached. Default: none. */
  readonly persist?: string
  readonly stats?: XdsStats
  readonly log?: Log
  readonly limits?: XdsLimits
  /** Default: `performance`. */
  readonly clock?: Clock
  /** Default: the timers of Node. */
  readonly timers?: Timers
  /** Milliseconds since the epoch, for dumps and the persisted file. Default: `Date.now`. */
  readonly wallClock?: () => number
  /** Uniform in [0, 1), for the back-off. Default: `Math.random`. */
  readonly random?: () => number
}

/** What a control plane may make the client hold. */
export interface XdsLimits {
  /** Largest response in bytes; a larger one ends the stream. Default: 64 MiB, or what the bootstrap says. */
  readonly maxMessageBytes?: number
  /** Most resources of one type; a response that leads beyond is rejected. Default: 100 000. */
  readonly maxResources?: number
}

/** A connection to a control plane that keeps the last good configuration, whatever happens to the other side. */
export interface XdsClient {
  /**
   * Hands over the static resources and connects. Resolves once that is done, without waiting for the control plane.
   *
   * @throws {XdsClientError} if `check` refuses a static resource.
   */
  start(): Promise<void>
  /** Resolves when the first configuration is complete: every source answered or its wait ended. Rejects on `close`. */
  readonly ready: Promise<void>
  /** The view handed over last. */
  readonly view: XdsView
  /** How it stands with the control plane and with each resource. */
  status(): XdsStatus
  /** Ends the stream and all timers, and saves what is not saved yet. The view stays. */
  close(): Promise<void>
}

/** How it stands with the control plane. */
export interface XdsStatus {
  /** Whether a stream is open that the control plane has taken. */
  readonly connected: boolean
  /** What the control plane calls itself; empty if it does not say. */
  readonly controlPlane: string
  readonly types: readonly XdsTypeStatus[]
  /** Dynamic resources only; sorted by type and name. */
  readonly resources: readonly XdsResourceStatus[]
}

/** How it stands with one type of resource. */
export interface XdsTypeStatus {
  readonly typeUrl: string
  /** The version last accepted as a whole; empty: none yet. */
  readonly version: string
  /** Why the last response was rejected; undefined if it was not. */
  readonly error: string | undefined
}

/** How it stands with one resource. */
export interface XdsResourceStatus {
  readonly typeUrl: string
  readonly name: string
  /** Of the last good one; empty if there is none. */
  readonly version: string
  readonly state: 'requested' | 'warming' | 'active'
  /** The last good one, in proto3 JSON. */
  readonly resource: unknown
  /** Milliseconds since the epoch at which it was accepted; 0 if it never was. */
  readonly lastUpdated: number
  /** Why a later version of it was refused. */
  readonly error:
    | { readonly details: string; readonly version: string; readonly at: number }
    | undefined
}
