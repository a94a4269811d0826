import type {
  ClusterJson,
  LoadBalancingPolicyJson,
} from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ClientSideWeightedRoundRobinJson } from '@meshwright/xds-types/envoy/extensions/load_balancing_policies/client_side_weighted_round_robin/v3'
import type { LocalityLbConfigJson } from '@meshwright/xds-types/envoy/extensions/load_balancing_policies/common/v3'
import type { LeastRequestJson } from '@meshwright/xds-types/envoy/extensions/load_balancing_policies/least_request/v3'
import type { OverrideHostJson } from '@meshwright/xds-types/envoy/extensions/load_balancing_policies/override_host/v3'
import type { RoundRobinJson } from '@meshwright/xds-types/envoy/extensions/load_balancing_policies/round_robin/v3'
import type { SubsetJson } from '@meshwright/xds-types/envoy/extensions/load_balancing_policies/subset/v3'
import type { WrrLocalityJson } from '@meshwright/xds-types/envoy/extensions/load_balancing_policies/wrr_locality/v3'
import { refuse } from '../errors.ts'
import { type TypedConfigJson, typeNameOf, unwrapTypedStruct } from '../network/typed-struct.ts'
import { compileHashing, type HashingFields } from './consistent-hashing.ts'
import { compileLeastRequest } from './least-request-plan.ts'
import { compileLoadReports } from './load-report-plan.ts'
import { compileLocalities } from './locality-plan.ts'
import type { BalancingPolicy, PolicyPlan } from './policy-plan.ts'
import { compileSlowStart } from './slow-start-plan.ts'
import { compileSubsets } from './subset-plan.ts'

/**
 * Reads a list of policies: as in Envoy the first of them that is known counts. `warnings` takes what is accepted and not acted on.
 *
 * @throws {ProxyError} if none is known, and on options that cannot be honored
 */
export function compilePolicies(
  json: LoadBalancingPolicyJson | undefined,
  warnings: string[],
): PolicyPlan {
  for (const { typedExtensionConfig } of json?.policies ?? []) {
    if (typedExtensionConfig?.typedConfig === undefined) continue
    const config = unwrapTypedStruct(typedExtensionConfig.typedConfig)
    const compile = policies.get(typeNameOf(config['@type']))
    if (compile !== undefined) return compile(config, warnings)
  }
  return refuse('load_balancing_policy: none of its policies is supported')
}

/**
 * Refuses what Envoy does not let stand beside a list of policies.
 *
 * @throws {ProxyError} naming it
 */
export function checkBesidePolicies({ lbSubsetConfig, commonLbConfig = {} }: ClusterJson): void {
  const { zoneAwareLbConfig, localityWeightedLbConfig, consistentHashingLbConfig } = commonLbConfig
  const beside = {
    lb_subset_config: lbSubsetConfig,
    'common_lb_config.zone_aware_lb_config': zoneAwareLbConfig,
    'common_lb_config.locality_weighted_lb_config': localityWeightedLbConfig,
    'common_lb_config.consistent_hashing_lb_config': consistentHashingLbConfig,
  }
  for (const [name, value] of Object.entries(beside)) {
    if (value !== undefined) refuse(`load_balancing_policy cannot be combined with ${name}`)
  }
}

type Compile = (config: TypedConfigJson, warnings: string[]) => PolicyPlan

/** Of a policy that has its localities in `locality_lb_config`, and of one without any. */
function local(compile: (config: TypedConfigJson, warnings: string[]) => BalancingPolicy): Compile {
  return (config, warnings) => ({
    policy: compile(config, warnings),
    localities: compileLocalities(
      (config as { localityLbConfig?: LocalityLbConfigJson }).localityLbConfig,
    ),
  })
}

/** Of a policy by hash, whose tables know weights of localities but no zones. */
function hashing(kind: 'ring-hash' | 'maglev'): Compile {
  return (config, warnings) => {
    const { localityWeightedLbConfig, consistentHashingLbConfig } = config as HashingJson
    if ((consistentHashingLbConfig?.hashPolicy ?? []).length > 0) {
      warnings.push('consistent_hashing_lb_config.hash_policy is accepted but does nothing')
    }
    return {
      policy: compileHashing(kind, config as HashingFields),
      localities: {
        localityWeighted: localityWeightedLbConfig !== undefined,
        zoneAware: undefined,
      },
    }
  }
}

interface HashingJson {
  readonly localityWeightedLbConfig?: object
  readonly consistentHashingLbConfig?: { readonly hashPolicy?: readonly object[] }
}

const prefix = 'envoy.extensions.load_balancing_policies'

// Configs have the shapes of their messages, by which they were validated.
const policies: ReadonlyMap<string, Compile> = new Map([
  [
    `${prefix}.round_robin.v3.RoundRobin`,
    local((config) => ({
      kind: 'round-robin',
      options: compileSlowStart((config as RoundRobinJson).slowStartConfig),
    })),
  ],
  [`${prefix}.random.v3.Random`, local(() => ({ kind: 'random' }))],
  [
    `${prefix}.least_request.v3.LeastRequest`,
    local((config) => compileLeastRequest(config as LeastRequestJson)),
  ],
  [`${prefix}.ring_hash.v3.RingHash`, hashing('ring-hash')],
  [`${prefix}.maglev.v3.Maglev`, hashing('maglev')],
  [
    `${prefix}.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin`,
    local((config, warnings) =>
      compileLoadReports(config as ClientSideWeightedRoundRobinJson, warnings),
    ),
  ],
  [`${prefix}.wrr_locality.v3.WrrLocality`, wrrLocality],
  [`${prefix}.subset.v3.Subset`, subset],
  [`${prefix}.override_host.v3.OverrideHost`, overrideHost],
])

function wrrLocality(config: TypedConfigJson, warnings: string[]): PolicyPlan {
  const { endpointPickingPolicy } = config as WrrLocalityJson
  const { policy } = compilePolicies(endpointPickingPolicy, warnings)
  return { policy, localities: { localityWeighted: true, zoneAware: undefined } }
}

function subset(config: TypedConfigJson, warnings: string[]): PolicyPlan {
  const json = config as SubsetJson
  const { policy, localities } = compilePolicies(json.subsetLbPolicy, warnings)
  const options = compileSubsets(json)
  return { policy: { kind: 'subset', options, within: policy }, localities }
}

function overrideHost(config: TypedConfigJson, warnings: string[]): PolicyPlan {
  const { overrideHostSources = [], selectedHostKey, fallbackPolicy } = config as OverrideHostJson
  if (overrideHostSources.some(({ header }) => !header)) {
    warnings.push('override_host.override_host_sources.metadata is accepted but does nothing')
  }
  if (selectedHostKey !== undefined) {
    warnings.push('override_host.selected_host_key is accepted but does nothing')
  }
  const headers = overrideHostSources.flatMap(({ header }) => (header ? header.toLowerCase() : []))
  const { policy, localities } = compilePolicies(fallbackPolicy, warnings)
  return { policy: { kind: 'override-host', headers, fallback: policy }, localities }
}
