import { HostSetError } from './errors.ts'
import type { Locality } from './locality.ts'
import type { ZoneAwareOptions } from './zone-routing.ts'

export interface HostSetOptions {
  /** A priority counts as healthy while its share of available hosts × this percentage is at least 100. Default: 140. */
  readonly overprovisioningFactor?: number
  /** Below this percentage of available hosts, health is ignored. 0 switches panic off. Default: 50. */
  readonly panicThresholdPercent?: number
  /** In panic answer nothing rather than any host. Default: false. */
  readonly failTrafficOnPanic?: boolean
  /** Choose a locality by weight first, then a host in it. Default: false. */
  readonly localityWeighted?: boolean
  /** Reckon the health of a priority in weights rather than in hosts. Envoy: `weighted_priority_health`. Default: false. */
  readonly weightedPriorityHealth?: boolean
  /** Where the caller is: this locality comes first. Default: nowhere. */
  readonly locality?: Locality | undefined
  /** Keep requests in the caller's locality as far as its share of the hosts allows. Default: do not. */
  readonly zoneAware?: ZoneAwareOptions | undefined
}

/** Options with nothing left out. */
export type HostSetSettings = Required<HostSetOptions>

/**
 * Fills in Envoy's defaults.
 *
 * @throws {HostSetError} if a percentage is out of its range.
 */
export function resolveSettings(options: HostSetOptions): HostSetSettings {
  const settings = { ...defaults, ...options }
  checkInteger('overprovisioningFactor', settings.overprovisioningFactor, [100, maxUint32])
  checkInteger('panicThresholdPercent', settings.panicThresholdPercent, [0, 100])
  return settings
}

/** The largest weight. */
export const maxUint32 = 0xffff_ffff

/** @throws {HostSetError} if `value` is not a whole number from `min` to `max`. */
export function checkInteger(
  what: string,
  value: number,
  [min, max]: readonly [min: number, max: number],
): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw new HostSetError(what, `an integer from ${min} to ${max}`, value)
}

/** @throws {HostSetError} if `value` is not from `min` to `max`; NaN is not. */
export function checkNumber(
  what: string,
  value: number,
  [min, max]: readonly [min: number, max: number],
): void {
  if (value >= min && value <= max) return
  throw new HostSetError(what, `a number from ${min} to ${max}`, value)
}

const defaults: HostSetSettings = {
  overprovisioningFactor: 140,
  panicThresholdPercent: 50,
  failTrafficOnPanic: false,
  localityWeighted: false,
  weightedPriorityHealth: false,
  locality: undefined,
  zoneAware: undefined,
}
