import type { HostSetOptions } from '@meshwright/lb-algorithms'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { refuse } from '../errors.ts'
import { typeNameOf } from '../network/typed-struct.ts'
import {
  type ConsistentHashing,
  compileHashing,
  type HashingFields,
  hashingFields,
} from './consistent-hashing.ts'

/** How a cluster chooses among its hosts. */
export interface BalancingPlan {
  readonly policy: BalancingPolicy
  readonly hostSet: HostSetOptions
  readonly warnings: readonly string[]
}

type BalancingPolicy =
  | { readonly kind: 'round-robin' }
  | { readonly kind: 'random' }
  | { readonly kind: 'least-request'; readonly choiceCount: number }
  | ConsistentHashing

/**
 * Reads a cluster's balancing policy.
 *
 * @throws {ProxyError} on a policy that is not known
 */
export function compileBalancing(cluster: ClusterJson): BalancingPlan {
  const common = cluster.commonLbConfig ?? {}
  const warnings: string[] = []
  const policy = compilePolicy(cluster, warnings)
  const panic = common.healthyPanicThreshold?.value
  if (common.zoneAwareLbConfig !== undefined)
    warnings.push('zone_aware_lb_config is accepted but does nothing')
  return {
    policy,
    warnings,
    hostSet: {
      ...(panic !== undefined && { panicThresholdPercent: Math.round(panic) }),
      localityWeighted: common.localityWeightedLbConfig !== undefined,
    },
  }
}

function compilePolicy(cluster: ClusterJson, warnings: string[]): BalancingPolicy {
  const { loadBalancingPolicy, lbPolicy = 'ROUND_ROBIN' } = cluster
  if (loadBalancingPolicy !== undefined) return compileExtension(loadBalancingPolicy, warnings)
  switch (lbPolicy) {
    case 'LEAST_REQUEST':
      return leastRequest(cluster.leastRequestLbConfig?.choiceCount)
    case 'RANDOM':
      return { kind: 'random' }
    case 'RING_HASH':
      return compileHashing('ring-hash', hashingFields(cluster, 'ring-hash'), warnings)
    case 'MAGLEV':
      return compileHashing('maglev', hashingFields(cluster, 'maglev'), warnings)
    // Of an ORIGINAL_DST cluster, which balances nothing.
    case 'CLUSTER_PROVIDED':
    case 'ROUND_ROBIN':
      return { kind: 'round-robin' }
    default:
      return refuse(`lb_policy ${JSON.stringify(lbPolicy)} is not supported`)
  }
}

/** As Envoy: the first policy of the list that is known. */
function compileExtension(
  extension: NonNullable<ClusterJson['loadBalancingPolicy']>,
  warnings: string[],
): BalancingPolicy {
  const configs = (extension.policies ?? []).flatMap(
    (it) => it.typedExtensionConfig?.typedConfig ?? [],
  )
  const prefix = 'envoy.extensions.load_balancing_policies'
  for (const config of configs) {
    switch (typeNameOf(config['@type'])) {
      case `${prefix}.round_robin.v3.RoundRobin`:
        return { kind: 'round-robin' }
      case `${prefix}.random.v3.Random`:
        return { kind: 'random' }
      case `${prefix}.least_request.v3.LeastRequest`:
        return leastRequest((config as { choiceCount?: number }).choiceCount)
      case `${prefix}.ring_hash.v3.RingHash`:
        return compileHashing('ring-hash', config as HashingFields, warnings)
      case `${prefix}.maglev.v3.Maglev`:
        return compileHashing('maglev', config as HashingFields, warnings)
      default:
    }
  }
  return refuse('load_balancing_policy: none of its policies is supported')
}

function leastRequest(choiceCount: number | undefined): BalancingPolicy {
  return { kind: 'least-request', choiceCount: choiceCount ?? 2 }
}
