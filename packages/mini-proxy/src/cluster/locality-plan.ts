import type { LocalityLbConfigJson } from '@meshwright/xds-types/envoy/extensions/load_balancing_policies/common/v3'
import type { LocalityPlan, ZonePlan } from './policy-plan.ts'

/** Reads how localities are chosen; `warnings` takes what is accepted and not acted on. */
export function compileLocalities(
  json: LocalityLbConfigJson | undefined,
  warnings: string[],
): LocalityPlan {
  const zone = json?.zoneAwareLbConfig
  return {
    localityWeighted: json?.localityWeightedLbConfig !== undefined,
    zoneAware: zone && compileZone(zone, warnings),
  }
}

function compileZone(
  json: NonNullable<LocalityLbConfigJson['zoneAwareLbConfig']>,
  warnings: string[],
): ZonePlan {
  const { minClusterSize, routingEnabled, failTrafficOnPanic = false } = json
  if (json.forceLocalZone !== undefined || json.forceLocalityDirectRouting === true) {
    warnings.push('zone_aware_lb_config.force_local_zone is accepted but does nothing')
  }
  if (json.localityBasis === 'HEALTHY_HOSTS_WEIGHT') {
    warnings.push('zone_aware_lb_config.locality_basis is accepted but does nothing')
  }
  return {
    ...(minClusterSize !== undefined && { minClusterSize: Number(minClusterSize) }),
    // A whole number, as in Envoy.
    ...(routingEnabled !== undefined && {
      routingEnabledPercent: Math.round(routingEnabled.value ?? 0),
    }),
    failTrafficOnPanic,
  }
}
