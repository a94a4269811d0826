import {
  BreakerOptionError,
  type CircuitThresholds,
  createCircuitThresholds,
  type ThresholdOptions,
} from '@meshwright/circuit-breaker'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { refuse, refuseFields } from '../errors.ts'

/** Limits of each routing priority; Envoy's defaults where none are given. */
export interface BreakerPlan {
  readonly default: ThresholdOptions
  readonly high: ThresholdOptions
  /** Connections to one host at most; undefined: no limit but that of all. Envoy: `per_host_thresholds`. */
  readonly perHost: Readonly<Record<'default' | 'high', number | undefined>>
}

type ThresholdsJson = NonNullable<NonNullable<ClusterJson['circuitBreakers']>['thresholds']>[number]

/**
 * Reads the circuit breakers of a cluster.
 *
 * @throws {ProxyError} on limits that make no sense
 */
export function compileBreakers(json: ClusterJson['circuitBreakers']): BreakerPlan {
  const all = json?.thresholds ?? []
  // As Envoy: the first of a priority counts.
  const of = (priority: string): ThresholdOptions =>
    thresholdOptions(all.find((it) => (it.priority ?? 'DEFAULT') === priority) ?? {})
  const perHost = json?.perHostThresholds ?? []
  for (const { priority: _, maxConnections: __, ...others } of perHost) {
    refuseFields('circuit_breakers.per_host_thresholds', others, Object.keys(others))
  }
  const mostOf = (priority: string): number | undefined =>
    perHost.find((it) => (it.priority ?? 'DEFAULT') === priority)?.maxConnections
  const plan = {
    default: of('DEFAULT'),
    high: of('HIGH'),
    perHost: { default: mostOf('DEFAULT'), high: mostOf('HIGH') },
  }
  startThresholds(plan)
  return plan
}

/** Tallies at zero for a plan. */
export function startThresholds(plan: BreakerPlan): CircuitThresholds {
  try {
    return createCircuitThresholds(plan)
  } catch (error) {
    if (error instanceof BreakerOptionError) refuse(`circuit_breakers: ${error.message}`, error)
    throw error
  }
}

function thresholdOptions(json: ThresholdsJson): ThresholdOptions {
  const { maxConnections, maxPendingRequests, maxRequests, maxRetries, retryBudget } = json
  const percent = retryBudget?.budgetPercent
  const least = retryBudget?.minRetryConcurrency
  return {
    ...(maxConnections !== undefined && { maxConnections }),
    ...(maxPendingRequests !== undefined && { maxPendingRequests }),
    ...(maxRequests !== undefined && { maxRequests }),
    ...(maxRetries !== undefined && { maxRetries }),
    ...(retryBudget !== undefined && {
      retryBudget: {
        ...(percent !== undefined && { budgetPercent: percent.value ?? 0 }),
        ...(least !== undefined && { minRetryConcurrency: least }),
      },
    }),
    trackRemaining: json.trackRemaining ?? false,
  }
}
