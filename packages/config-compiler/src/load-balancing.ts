import type { LoadBalancerSettings, OutlierDetection } from '@meshwright/mesh-config'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { present } from './present.ts'
import type { Policy } from './traffic-policy.ts'

// Istio's default; Envoy's is the same.
const defaultRingSize = '1024'

type BalancingFields = Pick<
  ClusterJson,
  | 'lbPolicy'
  | 'ringHashLbConfig'
  | 'maglevLbConfig'
  | 'leastRequestLbConfig'
  | 'roundRobinLbConfig'
  | 'commonLbConfig'
>

/** How a cluster spreads requests over its endpoints. */
export function loadBalancing(policy: Policy, weighted: boolean): BalancingFields {
  const panic = policy.outlierDetection?.minHealthPercent
  return {
    ...algorithm(policy.loadBalancer),
    commonLbConfig: {
      // Endpoints known to be bad stay unused even when few are left, unless a rule says when.
      healthyPanicThreshold: panic === undefined ? {} : { value: panic },
      ...(weighted && { localityWeightedLbConfig: {} }),
    },
  }
}

/** Whether a policy hands connections to wherever they were going. */
export function isPassthrough(policy: Policy): boolean {
  return policy.loadBalancer?.simple === 'PASSTHROUGH'
}

/** When endpoints that fail are left out for a while. */
export function outlierDetection(
  settings: OutlierDetection | undefined,
): Pick<ClusterJson, 'outlierDetection'> {
  if (settings === undefined) return {}
  const consecutive5xx = settings.consecutive5xxErrors ?? settings.consecutiveErrors
  const gateway = settings.consecutiveGatewayErrors
  const local = settings.splitExternalLocalOriginErrors
    ? settings.consecutiveLocalOriginFailures
    : undefined
  return {
    outlierDetection: present({
      consecutive5xx,
      enforcingConsecutive5xx: enforced(consecutive5xx),
      consecutiveGatewayFailure: gateway,
      enforcingConsecutiveGatewayFailure: enforced(gateway),
      splitExternalLocalOriginErrors: settings.splitExternalLocalOriginErrors || undefined,
      consecutiveLocalOriginFailure: local,
      enforcingConsecutiveLocalOriginFailure: enforced(local),
      enforcingSuccessRate: 0,
      interval: settings.interval,
      baseEjectionTime: settings.baseEjectionTime,
      maxEjectionPercent: settings.maxEjectionPercent,
    }),
  }
}

function algorithm(settings: LoadBalancerSettings | undefined): BalancingFields {
  const hash = settings?.consistentHash
  if (hash?.maglev !== undefined) {
    const tableSize = hash.maglev.tableSize
    return {
      lbPolicy: 'MAGLEV',
      ...(tableSize !== undefined && { maglevLbConfig: { tableSize: String(tableSize) } }),
    }
  }
  if (hash !== undefined) {
    const size = hash.ringHash?.minimumRingSize ?? hash.minimumRingSize
    return {
      lbPolicy: 'RING_HASH',
      ringHashLbConfig: { minimumRingSize: size ? String(size) : defaultRingSize },
    }
  }
  return simple(settings)
}

function simple(settings: LoadBalancerSettings | undefined): BalancingFields {
  const slowStart = slowStartConfig(settings)
  switch (settings?.simple) {
    case 'RANDOM':
      return { lbPolicy: 'RANDOM' }
    case 'ROUND_ROBIN':
      return {
        lbPolicy: 'ROUND_ROBIN',
        ...(slowStart && { roundRobinLbConfig: { slowStartConfig: slowStart } }),
      }
    default:
      return {
        lbPolicy: 'LEAST_REQUEST',
        ...(slowStart && { leastRequestLbConfig: { slowStartConfig: slowStart } }),
      }
  }
}

type SlowStart = NonNullable<NonNullable<ClusterJson['roundRobinLbConfig']>['slowStartConfig']>

function slowStartConfig(settings: LoadBalancerSettings | undefined): SlowStart | undefined {
  const warmup = settings?.warmup
  const slowStartWindow = warmup?.duration ?? settings?.warmupDurationSecs
  if (slowStartWindow === undefined) return undefined
  return present({
    slowStartWindow,
    aggression:
      warmup?.aggression === undefined
        ? undefined
        : {
            defaultValue: warmup.aggression,
            // Envoy requires a key; nothing sets it.
            runtimeKey: 'upstream.slow_start.aggression',
          },
    minWeightPercent:
      warmup?.minimumPercent === undefined ? undefined : { value: warmup.minimumPercent },
  })
}

function enforced(count: number | undefined): number | undefined {
  if (count === undefined) return undefined
  return count > 0 ? 100 : 0
}
