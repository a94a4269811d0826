import { maxUint32, realNumber, wholeNumber } from '../check-option.ts'
import { BreakerOptionError } from '../errors.ts'

/**
 * When hosts are ejected and for how long: Envoy's `outlier_detection`, field by field, with its defaults. Counts are whole numbers to
 * 2^32 − 1, percentages whole numbers to 100, times ms. An `enforcing…` percentage is the chance that what was detected has a consequence.
 */
export interface OutlierOptions {
  /** 5xx in a row; local failures count among them unless they are split off. 0 is never. Default: 5. */
  readonly consecutive5xx?: number
  /** Default: 100. */
  readonly enforcingConsecutive5xx?: number
  /** 502, 503 or 504 in a row. 0 is never. Default: 5. */
  readonly consecutiveGatewayFailure?: number
  /** Default: 0. */
  readonly enforcingConsecutiveGatewayFailure?: number
  /** Connects that failed and timeouts in a row; only where these are split off. 0 is never. Default: 5. */
  readonly consecutiveLocalOriginFailure?: number
  /** Default: 100. */
  readonly enforcingConsecutiveLocalOriginFailure?: number
  /** Whether failures to reach a host are told from its answers, with counters of their own. Default: false. */
  readonly splitExternalLocalOriginErrors?: boolean
  /** Between two passes, above 0. Default: 10 000. */
  readonly intervalMs?: number
  /** Of the first ejection, above 0; the n-th takes n times as long. Default: 30 000. */
  readonly baseEjectionTimeMs?: number
  /** At least the base. Default: 300 000 or the base, whichever is longer. */
  readonly maxEjectionTimeMs?: number
  /** Up to how much longer an ejection is drawn. Default: 0. */
  readonly maxEjectionTimeJitterMs?: number
  /** Of all hosts. Default: 10, which of fewer than ten hosts is none. */
  readonly maxEjectionPercent?: number
  /** Whether one host may be ejected whatever the percentage. Default: false. */
  readonly alwaysEjectOneHost?: boolean
  /** Default: 100. */
  readonly enforcingSuccessRate?: number
  /** The same for local origin, where that is split off. Default: 100. */
  readonly enforcingLocalOriginSuccessRate?: number
  /** With fewer hosts of enough volume no success rates are compared. Default: 5. */
  readonly successRateMinimumHosts?: number
  /** Requests in an interval that make a host comparable. Default: 100. */
  readonly successRateRequestVolume?: number
  /** In thousandths: hosts below mean − factor × standard deviation are outliers. Default: 1900. */
  readonly successRateStdevFactor?: number
  /** Share of failures that makes an outlier. Default: 85. */
  readonly failurePercentageThreshold?: number
  /** Default: 0. */
  readonly enforcingFailurePercentage?: number
  /** The same for local origin, where that is split off. Default: 0. */
  readonly enforcingFailurePercentageLocalOrigin?: number
  /** Default: 5. */
  readonly failurePercentageMinimumHosts?: number
  /** Default: 50. */
  readonly failurePercentageRequestVolume?: number
  /** Whether a passed active health check ends an ejection. Default: true. */
  readonly successfulActiveHealthCheckUnejectHost?: boolean
}

/** {@link OutlierOptions} with every default filled in. */
export type OutlierConfig = Required<OutlierOptions>

/** Fills in Envoy's defaults and refuses what Envoy refuses. */
export function resolveOutlierOptions(options: OutlierOptions): OutlierConfig {
  const base = options.baseEjectionTimeMs ?? defaults.baseEjectionTimeMs
  const config: OutlierConfig = {
    ...defaults,
    maxEjectionTimeMs: Math.max(defaults.maxEjectionTimeMs, base),
    ...options,
  }
  for (const name of counts) wholeNumber(name, config[name])
  for (const name of percentages) wholeNumber(name, config[name], 0, 100)
  for (const name of times) realNumber(name, config[name], 1, maxMs)
  realNumber('maxEjectionTimeJitterMs', config.maxEjectionTimeJitterMs, 0, maxMs)
  if (config.maxEjectionTimeMs < base) {
    const got = config.maxEjectionTimeMs
    throw new BreakerOptionError('maxEjectionTimeMs', `baseEjectionTimeMs (${base}) at least`, got)
  }
  return config
}

const counts = [
  'consecutive5xx',
  'consecutiveGatewayFailure',
  'consecutiveLocalOriginFailure',
  'successRateMinimumHosts',
  'successRateRequestVolume',
  'successRateStdevFactor',
  'failurePercentageMinimumHosts',
  'failurePercentageRequestVolume',
] as const
const percentages = [
  'enforcingConsecutive5xx',
  'enforcingConsecutiveGatewayFailure',
  'enforcingConsecutiveLocalOriginFailure',
  'maxEjectionPercent',
  'enforcingSuccessRate',
  'enforcingLocalOriginSuccessRate',
  'failurePercentageThreshold',
  'enforcingFailurePercentage',
  'enforcingFailurePercentageLocalOrigin',
] as const
const times = ['intervalMs', 'baseEjectionTimeMs', 'maxEjectionTimeMs'] as const
/** The longest duration of protobuf is 315 576 000 000 s, but no sum of times may lose its ms. */
const maxMs = maxUint32 * 1_000

// See config/cluster/v3/outlier_detection.proto.
const defaults: OutlierConfig = {
  consecutive5xx: 5,
  enforcingConsecutive5xx: 100,
  consecutiveGatewayFailure: 5,
  enforcingConsecutiveGatewayFailure: 0,
  consecutiveLocalOriginFailure: 5,
  enforcingConsecutiveLocalOriginFailure: 100,
  splitExternalLocalOriginErrors: false,
  intervalMs: 10_000,
  baseEjectionTimeMs: 30_000,
  maxEjectionTimeMs: 300_000,
  maxEjectionTimeJitterMs: 0,
  maxEjectionPercent: 10,
  alwaysEjectOneHost: false,
  enforcingSuccessRate: 100,
  enforcingLocalOriginSuccessRate: 100,
  successRateMinimumHosts: 5,
  successRateRequestVolume: 100,
  successRateStdevFactor: 1_900,
  failurePercentageThreshold: 85,
  enforcingFailurePercentage: 0,
  enforcingFailurePercentageLocalOrigin: 0,
  failurePercentageMinimumHosts: 5,
  failurePercentageRequestVolume: 50,
  successfulActiveHealthCheckUnejectHost: true,
}
