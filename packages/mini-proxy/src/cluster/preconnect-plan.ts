import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { BalancingPolicy } from './policy-plan.ts'

/** For how many times the requests there is to be room in connections, 1 to 3. */
export interface PreconnectPlan {
  /** At a host, of the requests that are there. */
  readonly perHost: number
  /** In the whole cluster, of all its requests, at the hosts that are chosen next. Above 1 they can be foreseen. */
  readonly predictive: number
  readonly warnings: readonly string[]
}

/** Reads the policy of a cluster that is balanced by `policy`. The range of the ratios was validated with the message. */
export function compilePreconnect(cluster: ClusterJson, policy: BalancingPolicy): PreconnectPlan {
  const { perUpstreamPreconnectRatio: perHost = 1, predictivePreconnectRatio: predictive = 1 } =
    cluster.preconnectPolicy ?? {}
  const unforeseen = predictive > 1 && !isForeseeable(cluster, policy)
  return {
    perHost,
    predictive: unforeseen ? 1 : predictive,
    warnings: unforeseen ? [unforeseeable] : [],
  }
}

/** As in Envoy: choices that go by the request, or by the load at the time, are not known before. */
function isForeseeable({ type, clusterType }: ClusterJson, { kind }: BalancingPolicy): boolean {
  if (type === 'ORIGINAL_DST' || clusterType !== undefined) return false
  return kind === 'round-robin' || kind === 'random' || kind === 'load-report'
}

const unforeseeable =
  'preconnect_policy.predictive_preconnect_ratio does nothing where the next host cannot be foreseen'
