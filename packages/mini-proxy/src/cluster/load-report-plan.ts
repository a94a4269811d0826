import type { LoadReportOptions } from '@meshwright/lb-algorithms'
import type { ClientSideWeightedRoundRobinJson } from '@meshwright/xds-types/envoy/extensions/load_balancing_policies/client_side_weighted_round_robin/v3'
import { durationMs } from '../network/duration.ts'
import type { BalancingPolicy } from './policy-plan.ts'
import { compileSlowStart } from './slow-start-plan.ts'

/** Reads client-side weighted round robin, which goes by what hosts say of their load in their answers. */
export function compileLoadReports(
  json: ClientSideWeightedRoundRobinJson,
  warnings: string[],
): BalancingPolicy {
  if (json.enableOobLoadReport === true || json.oobReportingConfig !== undefined) {
    warnings.push(
      'client_side_weighted_round_robin.enable_oob_load_report is accepted but does nothing',
    )
  }
  const { metricNamesForComputingUtilization: metricNames, errorUtilizationPenalty } = json
  return {
    kind: 'load-report',
    options: {
      ...periodsOf(json),
      ...(errorUtilizationPenalty !== undefined && { errorUtilizationPenalty }),
      ...(metricNames !== undefined && { metricNames }),
      ...compileSlowStart(json.slowStartConfig),
    },
  }
}

function periodsOf(json: ClientSideWeightedRoundRobinJson): LoadReportOptions {
  const { blackoutPeriod, weightExpirationPeriod, weightUpdatePeriod } = json
  return {
    ...(blackoutPeriod !== undefined && { blackoutPeriodMs: durationMs(blackoutPeriod, 0) }),
    ...(weightExpirationPeriod !== undefined && {
      weightExpirationPeriodMs: durationMs(weightExpirationPeriod, 0),
    }),
    ...(weightUpdatePeriod !== undefined && {
      weightUpdatePeriodMs: Math.max(shortestUpdateMs, durationMs(weightUpdatePeriod, 0)),
    }),
  }
}

/** As Envoy: what asks for more often gets this. */
const shortestUpdateMs = 100
