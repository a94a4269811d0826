import { expectedTimeoutMs, formatGrpcTimeout } from '@meshwright/resilience'
import type { ForwardingPlan } from './forwarding-plan.ts'

/** What the upstream is to know of a try. */
export interface TryNews {
  /** Since the end of the request; 0 before. */
  readonly elapsedMs: number
  /** From 1. */
  readonly attempt: number
  /** The try before it has timed out. */
  readonly afterTimeout: boolean
}

/** Puts into the request how much time there is for the next try, and which it is. */
export function announceTry(plan: ForwardingPlan, news: TryNews): void {
  const { stream, timeouts } = plan
  const expectedMs = expectedTimeoutMs(timeouts, news.elapsedMs, timeouts)
  if (expectedMs !== undefined) announceTime(plan, expectedMs)
  const { match } = stream
  if (match === undefined) return
  const { headers } = stream.head
  const { includeRequestAttemptCount, includeIsTimeoutRetryHeader } = match.virtualHost
  if (includeRequestAttemptCount) headers.setClean('x-envoy-attempt-count', `${news.attempt}`)
  if (includeIsTimeoutRetryHeader && news.attempt > 1) {
    headers.setClean('x-envoy-is-timeout-retry', String(news.afterTimeout))
  }
}

function announceTime({ stream, to, timeouts, context }: ForwardingPlan, expectedMs: number): void {
  const { headers } = stream.head
  const ms = Math.max(1, Math.floor(expectedMs))
  if (!context.suppressEnvoyHeaders) headers.setClean('x-envoy-expected-rq-timeout-ms', `${ms}`)
  // A route that bounds `grpc-timeout` tells the upstream what is left of that.
  if (timeouts.isGrpc && to.action.maxGrpcTimeoutMs !== undefined) {
    headers.setClean('grpc-timeout', formatGrpcTimeout(ms))
  }
}
