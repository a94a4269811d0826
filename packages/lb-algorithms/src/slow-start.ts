import type { HostList } from './host-list.ts'
import type { Host, HostEntry } from './host-set.ts'
import { checkNumber } from './host-set-settings.ts'

/** How new hosts take on their share. Envoy: `slow_start_config`; Istio: `warmup`. */
export interface SlowStartOptions {
  /** For how many ms after it became healthy a host takes less. Envoy: `slow_start_window`. */
  readonly windowMs: number
  /** How fast the share rises: 1 as time passes, more for a steeper start. Default: 1. */
  readonly aggression?: number
  /** Percent of its weight that a host takes at least. Default: 10. */
  readonly minWeightPercent?: number
}

/** Slow start with nothing left out. */
export type SlowStart = Required<SlowStartOptions>

/** @throws {HostSetError} if an option is out of its range. */
export function resolveSlowStart(options: SlowStartOptions | undefined): SlowStart | undefined {
  if (options === undefined || options.windowMs === 0) return undefined
  const slowStart = { aggression: 1, minWeightPercent: 10, ...options }
  checkNumber('windowMs', slowStart.windowMs, [0, Number.MAX_VALUE])
  checkNumber('aggression', slowStart.aggression, [Number.MIN_VALUE, Number.MAX_VALUE])
  checkNumber('minWeightPercent', slowStart.minWeightPercent, [0, 100])
  return slowStart
}

/** Whether any of the hosts is still starting. */
export function isAnyStarting(
  list: HostList<Host>,
  slowStart: SlowStart | undefined,
  now: number | undefined,
): boolean {
  if (slowStart === undefined || now === undefined) return false
  return now - list.latestHealthySince <= slowStart.windowMs
}

/**
 * The part of its weight that a host takes at `now`: 1 outside of the window. It rises as (time / window)^(1 / aggression) from
 * the minimum; a clock that goes backwards leads to the minimum.
 */
export function slowStartFactor(
  { windowMs, aggression, minWeightPercent }: SlowStart,
  { healthySince = Number.NEGATIVE_INFINITY, health = 'healthy' }: HostEntry<Host>,
  now: number | undefined,
): number {
  if (now === undefined || health !== 'healthy') return 1
  const elapsedMs = now - healthySince
  if (!(elapsedMs < windowMs)) return 1
  const passed = Math.max(1, elapsedMs) / windowMs
  return Math.min(1, Math.max(passed ** (1 / aggression), minWeightPercent / 100, leastFactor))
}

/** A weight of nothing would never come up again. */
const leastFactor = 1e-9
