import type { Thresholds } from './circuit-thresholds.ts'
import type { ResourceLimit } from './resource-limit.ts'

/**
 * The gauges that Envoy shows below `cluster.<name>.circuit_breakers.<priority>.`, by their names there: what is open as 0 or 1, and
 * what remains if that is tracked. With a retry budget `rq_retry_open` still goes by `maxRetries`, and `remaining_retries` is 0.
 */
export function thresholdGauges(thresholds: Thresholds): Record<string, number> {
  const { connections, pendingRequests, requests, retries, connectionPools } = thresholds
  const open = {
    cx_open: openOf(connections),
    cx_pool_open: openOf(connectionPools),
    rq_open: openOf(requests),
    rq_pending_open: openOf(pendingRequests),
    rq_retry_open: retries.isAtMaxRetries && retries.active > 0 ? 1 : 0,
  }
  if (!thresholds.trackRemaining) return open
  return {
    ...open,
    remaining_cx: connections.remaining,
    remaining_cx_pools: connectionPools.remaining,
    remaining_pending: pendingRequests.remaining,
    remaining_retries: retries.hasBudget ? 0 : retries.remaining,
    remaining_rq: requests.remaining,
  }
}

/** Envoy sets its gauge when something is counted, so that a limit of 0 which never was passed shows as closed. */
function openOf(resource: ResourceLimit): number {
  return resource.isOpen && resource.active > 0 ? 1 : 0
}
