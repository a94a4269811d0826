import {
  BreakerOptionError,
  OutlierDetector,
  type OutlierOptions,
} from '@meshwright/circuit-breaker'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { refuse } from '../errors.ts'
import { durationMs } from '../network/duration.ts'

/**
 * Reads how a cluster finds hosts that behave unlike the others; undefined if it does not look.
 *
 * @throws {ProxyError} on times and percentages that make no sense
 */
export function compileOutlierDetection(cluster: ClusterJson): OutlierOptions | undefined {
  const json = cluster.outlierDetection
  // What an ORIGINAL_DST cluster reaches is not chosen, so nothing can be left out.
  if (json === undefined || cluster.type === 'ORIGINAL_DST') return undefined
  const options: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(json)) {
    const ms = durations[name]
    if (ms !== undefined) options[ms] = durationMs(value, 0)
    else if (value !== undefined && !unheeded.has(name)) options[name] = value
  }
  // Names and types are those of the message, which was validated; values are checked here.
  return checked(options as OutlierOptions)
}

const durations: Readonly<Record<string, keyof OutlierOptions>> = {
  interval: 'intervalMs',
  baseEjectionTime: 'baseEjectionTimeMs',
  maxEjectionTime: 'maxEjectionTimeMs',
  maxEjectionTimeJitter: 'maxEjectionTimeJitterMs',
}
const unheeded = new Set(['monitors', 'detectDegradedHosts'])

function checked(options: OutlierOptions): OutlierOptions {
  try {
    new OutlierDetector(options, { now: 0, random: () => 0 })
    return options
  } catch (error) {
    if (error instanceof BreakerOptionError) refuse(`outlier_detection: ${error.message}`, error)
    throw error
  }
}
