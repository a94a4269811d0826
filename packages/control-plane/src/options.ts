import type { SourceFile } from '@meshwright/mesh-config'
import type { Convergence, ListenOptions, XdsServerLimits } from '@meshwright/xds-server'
import type { CurrentConfig, Refusal } from './config-loop.ts'
import type { ConfigSource } from './config-source.ts'
import { type DebounceOptions, defaultDebounce } from './debounce.ts'
import {
  type Clock,
  defaultClock,
  defaultTimers,
  defaultWallClock,
  type Timers,
} from './defaults.ts'
import { directorySource } from './directory-source.ts'
import type { Log } from './log.ts'
import { memorySource } from './memory-source.ts'

/** Where a control plane listens. Hosts are loopback unless told otherwise; port 0 picks a free one. */
export interface ControlPlaneListen {
  /** Discovery. Default: 127.0.0.1:15010, Istio's port for plain text. */
  readonly xds?: ListenOptions
  /** Debug pages, readiness and metrics. Default: 127.0.0.1:8080, Istio's. */
  readonly debug?: { readonly host?: string; readonly port?: number }
}

/** What a control plane tells: callbacks that must not throw. */
export interface ControlPlaneEvents {
  /** Configuration came into force. */
  accepted(config: CurrentConfig): void
  /** Configuration was refused; what was in force still is. */
  refused(refusal: Refusal): void
  /** Every proxy has answered what follows from the last changes. */
  converged(convergence: Convergence): void
}

/** How a control plane is made. */
export interface ControlPlaneOptions {
  /** A directory, files in memory, or a source of your own. */
  readonly config: string | readonly SourceFile[] | ConfigSource
  readonly listen?: ControlPlaneListen
  /**
   * A directory of its own where the accepted configuration is kept, so that a restart with broken
   * configuration goes on with the last good one. Default: it is not kept.
   */
  readonly stateDir?: string
  /** Reject the start if there is nothing good to serve, rather than wait for it. Default: false. */
  readonly strict?: boolean
  /** The domain of the cluster. Default: `cluster.local`. */
  readonly domain?: string
  readonly debounce?: DebounceOptions
  readonly limits?: Partial<XdsServerLimits>
  readonly events?: Partial<ControlPlaneEvents>
  /** Default: nothing is logged. */
  readonly log?: Log
  readonly clock?: Clock
  readonly timers?: Timers
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly wallClock?: () => number
}

/** {@link ControlPlaneOptions} with nothing left open. */
export interface ControlPlaneConfig {
  readonly source: ConfigSource
  readonly xds: ListenOptions
  readonly debug: { readonly host: string; readonly port: number }
  readonly stateDir: string | undefined
  readonly strict: boolean
  readonly domain: string | undefined
  readonly debounce: Required<DebounceOptions>
  readonly limits: Partial<XdsServerLimits>
  readonly events: Partial<ControlPlaneEvents>
  readonly log: Log
  readonly time: Clock & Timers
  readonly wallClock: () => number
}

const defaultDebug = { host: '127.0.0.1', port: 8_080 }

/** Fills in the defaults. */
export function resolveControlPlaneOptions(options: ControlPlaneOptions): ControlPlaneConfig {
  const { clock = defaultClock, timers = defaultTimers } = options
  return {
    source: sourceOf(options.config, timers),
    xds: options.listen?.xds ?? {},
    debug: { ...defaultDebug, ...options.listen?.debug },
    stateDir: options.stateDir,
    strict: options.strict ?? false,
    domain: options.domain,
    debounce: { ...defaultDebounce, ...options.debounce },
    limits: options.limits ?? {},
    events: options.events ?? {},
    log:
      options.log ??
      (() => {
        // Nobody listens.
      }),
    time: {
      now: () => clock.now(),
      setTimeout: (run, ms) => timers.setTimeout(run, ms),
      clearTimeout: (timer) => timers.clearTimeout(timer),
    },
    wallClock: options.wallClock ?? defaultWallClock,
  }
}

function sourceOf(config: ControlPlaneOptions['config'], timers: Timers): ConfigSource {
  if (typeof config === 'string') return directorySource(config, { timers })
  return isFiles(config) ? memorySource(config) : config
}

function isFiles(config: readonly SourceFile[] | ConfigSource): config is readonly SourceFile[] {
  return Array.isArray(config)
}
