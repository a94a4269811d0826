import type { LocalityLbConfigJson } from '@meshwright/xds-types/envoy/extensions/load_balancing_policies/common/v3'
import type { LocalityPlan, ZonePlan } from './policy-plan.ts'

/** Reads how localities are chosen. */
export function compileLocalities(json: LocalityLbConfigJson | undefined): LocalityPlan {
  const zone = json?.zoneAwareLbConfig
  return {
    localityWeighted: json?.localityWeightedLbConfig !== undefined,
    zoneAware: zone && compileZone(zone),
  }
}

function compileZone(json: NonNullable<LocalityLbConfigJson['zoneAwareLbConfig']>): ZonePlan {
  const { minClusterSize, routingEnabled, failTrafficOnPanic = false } = json
  // The older field forces with any host at all.
  const minSize = json.forceLocalZone?.minSize ?? 1
  const forces = json.forceLocalZone !== undefined || json.forceLocalityDirectRouting === true
  return {
    ...(minClusterSize !== undefined && { minClusterSize: Number(minClusterSize) }),
    // A whole number, as in Envoy.
    ...(routingEnabled !== undefined && {
      routingEnabledPercent: Math.round(routingEnabled.value ?? 0),
    }),
    ...(forces && { forceLocalMinSize: minSize }),
    basis: json.localityBasis === 'HEALTHY_HOSTS_WEIGHT' ? 'weights' : 'hosts',
    failTrafficOnPanic,
  }
}
