import type { SlowStartOptions } from '@meshwright/lb-algorithms'
import type { SlowStartConfigJson } from '@meshwright/xds-types/envoy/extensions/load_balancing_policies/common/v3'
import { durationMs } from '../network/duration.ts'

/** Reads how hosts begin: an option to be spread into those of a policy, none if they begin at once. */
export function compileSlowStart(json: SlowStartConfigJson | undefined): {
  readonly slowStart?: SlowStartOptions
} {
  if (json === undefined) return {}
  const { slowStartWindow, aggression, minWeightPercent } = json
  return {
    slowStart: {
      windowMs: durationMs(slowStartWindow, 0),
      ...(aggression !== undefined && { aggression: aggression.defaultValue ?? 0 }),
      ...(minWeightPercent !== undefined && { minWeightPercent: minWeightPercent.value ?? 0 }),
    },
  }
}
