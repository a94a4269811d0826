import { deadlineHeaders, expectedTimeoutMs } from '@meshwright/resilience'
import type { RouterStream } from './router-stream.ts'
import type { Timeouts } from './timeouts.ts'

/** What the upstream is to know of a try. */
export interface TryNews {
  readonly timeouts: Timeouts
  /** Since the end of the request; 0 before. */
  readonly elapsedMs: number
  /** From 1. */
  readonly attempt: number
  /** The try before it has timed out. */
  readonly afterTimeout: boolean
  /** The route bounds `grpc-timeout`, and the upstream is told what is left of that. */
  readonly boundsGrpc: boolean
  readonly suppressEnvoyHeaders: boolean
}

/** Puts into the request how much time there is for the next try, and which it is. */
export function announceTry({ head, match }: RouterStream, news: TryNews): void {
  const { timeouts, elapsedMs, attempt, boundsGrpc, suppressEnvoyHeaders } = news
  const { headers } = head
  const expectedMs = expectedTimeoutMs(timeouts, elapsedMs, timeouts)
  for (const [name, value] of deadlineHeaders(expectedMs, {
    isGrpc: timeouts.isGrpc && boundsGrpc,
  })) {
    if (suppressEnvoyHeaders && name.startsWith('x-envoy-')) continue
    headers.setClean(name, value)
  }
  const { includeRequestAttemptCount, includeIsTimeoutRetryHeader } = match?.virtualHost ?? {}
  if (includeRequestAttemptCount) headers.setClean('x-envoy-attempt-count', `${attempt}`)
  if (includeIsTimeoutRetryHeader && attempt > 1) {
    headers.setClean('x-envoy-is-timeout-retry', String(news.afterTimeout))
  }
}
