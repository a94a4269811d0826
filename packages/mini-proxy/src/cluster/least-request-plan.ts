import type { LeastRequestJson } from '@meshwright/xds-types/envoy/extensions/load_balancing_policies/least_request/v3'
import type { BalancingPolicy } from './policy-plan.ts'
import { compileSlowStart } from './slow-start-plan.ts'

/** Reads least request: the policy, or a cluster's older form, which has some of its fields. */
export function compileLeastRequest(json: LeastRequestJson): BalancingPolicy {
  const { choiceCount, activeRequestBias, selectionMethod, slowStartConfig } = json
  return {
    kind: 'least-request',
    options: {
      ...(choiceCount !== undefined && { choiceCount }),
      ...(activeRequestBias !== undefined && {
        activeRequestBias: activeRequestBias.defaultValue ?? 0,
      }),
      selectionMethod: selectionMethod === 'FULL_SCAN' ? 'full-scan' : 'choices',
      ...compileSlowStart(slowStartConfig),
    },
  }
}
