import type { Bootstrap } from './bootstrap/bootstrap.ts'
import { systemClock, systemRandom, systemTimers, systemWallClock } from './defaults.ts'
import type { Log } from './log.ts'
import { noStats, type XdsStats } from './stats.ts'
import type { Clock, Timers } from './time.ts'
import type { XdsClientOptions, XdsLimits } from './xds-client.ts'
import type { XdsView } from './xds-view.ts'

const defaultLimits: Required<XdsLimits> = {
  maxMessageBytes: 64 * 1024 * 1024,
  maxResources: 100_000,
}

/** {@link XdsClientOptions} with their defaults filled in. */
export interface ResolvedOptions {
  readonly bootstrap: Bootstrap
  readonly onUpdate: (view: XdsView) => void
  readonly check: (typeUrl: string, resource: unknown) => string | undefined
  readonly persist: string | undefined
  readonly stats: XdsStats
  readonly log: Log
  readonly limits: Required<XdsLimits>
  readonly clock: Clock
  readonly timers: Timers
  readonly wallClock: () => number
  readonly random: () => number
}

/** Fills in the defaults and refuses what makes no sense. */
export function resolveOptions(options: XdsClientOptions): ResolvedOptions {
  const limits = { ...defaultLimits, ...options.limits }
  for (const [name, value] of Object.entries(limits)) {
    if (!(value > 0)) throw new RangeError(`expected ${name} to be greater than 0, got ${value}`)
  }
  return {
    bootstrap: options.bootstrap,
    onUpdate: options.onUpdate,
    check: options.check ?? (() => undefined),
    persist: options.persist,
    stats: options.stats ?? noStats,
    log: options.log ?? (() => undefined),
    limits,
    clock: options.clock ?? systemClock,
    timers: options.timers ?? systemTimers,
    wallClock: options.wallClock ?? systemWallClock,
    random: options.random ?? systemRandom,
  }
}
