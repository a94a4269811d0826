import type {
  ConnectionPoolSettings,
  LoadBalancerSettings,
  MeshConfig,
  OutlierDetection,
  TrafficPolicy,
} from '@meshwright/mesh-config'
import type { DestinationRule } from './destination-rule.ts'
import { present } from './present.ts'

/** The policy in force for one cluster, all levels merged. */
export interface Policy {
  readonly loadBalancer?: LoadBalancerSettings
  readonly connectionPool?: ConnectionPoolSettings
  readonly outlierDetection?: OutlierDetection
  readonly tunnel?: NonNullable<TrafficPolicy['tunnel']>
  readonly proxyProtocol?: NonNullable<TrafficPolicy['proxyProtocol']>
  readonly retryBudget?: NonNullable<TrafficPolicy['retryBudget']>
}

/**
 * Merges what a destination rule says of a port and a subset.
 *
 * A subset's settings replace those of the rule one by one (load balancer, connection pool,
 * outlier detection). The settings of a port replace all of these at once for that port: what
 * they leave out has its default, it is not inherited.
 */
export function policyFor(
  mesh: MeshConfig,
  rule: DestinationRule | undefined,
  port: number,
  subsetName?: string,
): Policy {
  const subset = rule?.subsets.find(({ name }) => name === subsetName)
  const { connectionPool, outlierDetection } = mesh.defaultTrafficPolicy ?? {}
  const base = present({ connectionPool, outlierDetection })
  return over(over(base, rule?.trafficPolicy, port), subset?.trafficPolicy, port)
}

function over(base: Policy, policy: TrafficPolicy | undefined, port: number): Policy {
  if (policy === undefined) return base
  const ofPort = policy.portLevelSettings?.find((settings) => settings.port.number === port)
  const leading = ofPort ?? policy
  const rest = ofPort === undefined ? base : {}
  return present({
    loadBalancer: leading.loadBalancer ?? rest.loadBalancer,
    connectionPool: leading.connectionPool ?? rest.connectionPool,
    outlierDetection: leading.outlierDetection ?? rest.outlierDetection,
    tunnel: policy.tunnel ?? base.tunnel,
    proxyProtocol: policy.proxyProtocol ?? base.proxyProtocol,
    retryBudget: policy.retryBudget ?? base.retryBudget,
  })
}
