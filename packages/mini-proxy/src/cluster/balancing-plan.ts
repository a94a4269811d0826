import { HostSetError, type HostSetOptions, hostSet } from '@meshwright/lb-algorithms'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { refuse } from '../errors.ts'
import { createBalancer } from './balancer.ts'
import { compileHashing, hashingFields } from './consistent-hashing.ts'
import type { EndpointSpec } from './endpoint-spec.ts'
import { compileLeastRequest } from './least-request-plan.ts'
import { compileLocalities } from './locality-plan.ts'
import { checkBesidePolicies, compilePolicies } from './policy-extensions.ts'
import type { BalancingPolicy, PolicyPlan, ZonePlan } from './policy-plan.ts'
import { compilePreconnect, type PreconnectPlan } from './preconnect-plan.ts'
import { compileSlowStart } from './slow-start-plan.ts'
import { compileSubsets } from './subset-plan.ts'

/** How a cluster chooses among its hosts. */
export interface BalancingPlan {
  readonly policy: BalancingPolicy
  readonly hostSet: HostSetOptions
  /** Undefined: zones do not count. */
  readonly zoneAware: ZonePlan | undefined
  /** Which hosts a request may ask for by address. */
  readonly overridable: readonly EndpointSpec['health'][]
  readonly preconnect: PreconnectPlan
  readonly warnings: readonly string[]
}

/**
 * Reads a cluster's balancing policy, in the present form and the older one.
 *
 * @throws {ProxyError} on a policy that is not known, and on options that make no sense
 */
export function compileBalancing(cluster: ClusterJson): BalancingPlan {
  const { healthyPanicThreshold: panic, overrideHostStatus } = cluster.commonLbConfig ?? {}
  const warnings: string[] = []
  const { policy, localities } = compilePolicy(cluster, warnings)
  const { localityWeighted, zoneAware } = localities
  const preconnect = compilePreconnect(cluster, policy)
  warnings.push(...preconnect.warnings)
  const plan: BalancingPlan = {
    policy,
    warnings,
    zoneAware,
    overridable: overridable(overrideHostStatus?.statuses),
    preconnect,
    hostSet: {
      // A whole number, as in Envoy.
      ...(panic !== undefined && { panicThresholdPercent: Math.round(panic.value ?? 0) }),
      localityWeighted,
      failTrafficOnPanic: zoneAware?.failTrafficOnPanic ?? false,
    },
  }
  check(plan)
  return plan
}

function compilePolicy(cluster: ClusterJson, warnings: string[]): PolicyPlan {
  const { loadBalancingPolicy, lbSubsetConfig } = cluster
  if (loadBalancingPolicy !== undefined) {
    checkBesidePolicies(cluster)
    return compilePolicies(loadBalancingPolicy, warnings)
  }
  const policy = olderPolicy(cluster)
  const all = compileLocalities(cluster.commonLbConfig)
  const hashes = policy.kind === 'ring-hash' || policy.kind === 'maglev'
  // Tables of hashes know no zones.
  const localities = hashes ? { ...all, zoneAware: undefined } : all
  const options = lbSubsetConfig && compileSubsets(lbSubsetConfig)
  // As in Envoy there are no subsets without selectors, whatever the fallback.
  if (options === undefined || options.selectors.length === 0) return { policy, localities }
  return { policy: { kind: 'subset', options, within: policy }, localities }
}

function olderPolicy(cluster: ClusterJson): BalancingPolicy {
  const { lbPolicy = 'ROUND_ROBIN' } = cluster
  switch (lbPolicy) {
    case 'LEAST_REQUEST':
      return compileLeastRequest(cluster.leastRequestLbConfig ?? {})
    case 'RANDOM':
      return { kind: 'random' }
    case 'RING_HASH':
      return compileHashing('ring-hash', hashingFields(cluster, 'ring-hash'))
    case 'MAGLEV':
      return compileHashing('maglev', hashingFields(cluster, 'maglev'))
    // Of an ORIGINAL_DST cluster, which balances nothing.
    case 'CLUSTER_PROVIDED':
    case 'ROUND_ROBIN': {
      const options = compileSlowStart(cluster.roundRobinLbConfig?.slowStartConfig)
      return { kind: 'round-robin', options }
    }
    default:
      return refuse(`lb_policy ${JSON.stringify(lbPolicy)} is not supported`)
  }
}

function overridable(statuses: readonly string[] | undefined): EndpointSpec['health'][] {
  if (statuses === undefined) return ['healthy', 'degraded']
  return [...new Set(statuses.flatMap((it) => healthByStatus[it] ?? []))]
}

const healthByStatus: Readonly<Record<string, EndpointSpec['health'] | undefined>> = {
  UNKNOWN: 'healthy',
  HEALTHY: 'healthy',
  DEGRADED: 'degraded',
  UNHEALTHY: 'unhealthy',
  DRAINING: 'unhealthy',
  TIMEOUT: 'unhealthy',
}

/** Builds everything once for its verdict. */
function check(plan: BalancingPlan): void {
  const zones = plan.zoneAware && { zoneAware: { ...plan.zoneAware, peers: [] }, locality: {} }
  try {
    createBalancer(plan, hostSet([], { ...plan.hostSet, ...zones }), () => 0)
  } catch (error) {
    if (error instanceof HostSetError)
      refuse(`lb_policy ${plan.policy.kind}: ${error.message}`, error)
    throw error
  }
}
