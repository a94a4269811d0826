import type { NodeJson } from '@meshwright/xds-types/envoy/config/core/v3'
import {
  type Clock,
  defaultClock,
  defaultTimers,
  defaultWallClock,
  type Timers,
} from './defaults.ts'
import type { XdsServerEvents } from './events.ts'
import type { ResourceSet } from './resource-set.ts'

/** How much clients may take up. Who asks for more has its stream ended with RESOURCE_EXHAUSTED. */
export interface XdsServerLimits {
  /** Streams at a time. Default: 10,000. */
  readonly maxStreams: number
  /** Resource names that one stream asks for of one type. Default: 100,000. */
  readonly maxNamesPerType: number
  /** Types on one stream. Default: 32. */
  readonly maxTypesPerStream: number
  /** Size of one request. Default: 4 MiB. */
  readonly maxRequestBytes: number
}

/** How a server is made. */
export interface XdsServerOptions {
  /**
   * What the client with this node should have: called when it connects and at every push.
   *
   * `undefined` means not yet: the client is sent away with UNAVAILABLE, or keeps what it has.
   * What it throws when a client connects ends the stream: with INVALID_ARGUMENT and the message
   * if the error has a string `code`, with INTERNAL otherwise.
   */
  readonly resourcesFor: (node: NodeJson) => ResourceSet | undefined
  readonly events?: Partial<XdsServerEvents>
  /** What responses carry as `control_plane.identifier`. Default: nothing. */
  readonly identifier?: string
  readonly limits?: Partial<XdsServerLimits>
  /** Default: `performance`. */
  readonly clock?: Clock
  /** Default: the global timer functions. */
  readonly timers?: Timers
  /** Milliseconds since 1970, for what people read. Default: `Date.now`. */
  readonly wallClock?: () => number
}

/** {@link XdsServerOptions} with nothing left open. */
export interface XdsServerConfig {
  readonly resourcesFor: (node: NodeJson) => ResourceSet | undefined
  readonly events: Partial<XdsServerEvents>
  readonly identifier: string
  readonly limits: XdsServerLimits
  readonly clock: Clock
  readonly timers: Timers
  readonly wallClock: () => number
}

const defaultLimits: XdsServerLimits = {
  maxStreams: 10_000,
  maxNamesPerType: 100_000,
  maxTypesPerStream: 32,
  maxRequestBytes: 4_194_304,
}

/** Fills in the defaults. Throws a `RangeError` for a limit that lets nothing through. */
export function resolveXdsServerOptions(options: XdsServerOptions): XdsServerConfig {
  const limits = { ...defaultLimits, ...options.limits }
  for (const [name, limit] of Object.entries(limits)) {
    if (!(limit >= 1)) throw new RangeError(`limits.${name} must be at least 1, got ${limit}`)
  }
  return {
    resourcesFor: options.resourcesFor,
    events: options.events ?? {},
    identifier: options.identifier ?? '',
    limits,
    clock: options.clock ?? defaultClock,
    timers: options.timers ?? defaultTimers,
    wallClock: options.wallClock ?? defaultWallClock,
  }
}
