import type { ResetReason as RetryReason } from '@meshwright/resilience'
import type { LocalReply } from '../filters/http-filter.ts'
import type { ResetReason } from '../http/stream.ts'
import { durationReply, lateResetDetails, resetReply, timeoutReply } from './reset-reply.ts'

/** A try that is over without an answer. */
export interface TryLoss {
  /** What it counts as for retries. */
  readonly reason: RetryReason
  /** The answer, if there is no other. */
  readonly reply: LocalReply
  /** What the access log says if the response had begun. */
  readonly lateDetails: string
  /** It counts among the cluster's answers. */
  readonly isCharged: boolean
  /** Whatever else is under way, it is answered at once. */
  readonly isFinal: boolean
}

/** The stream was reset. */
export function resetLoss(
  reason: ResetReason,
  retried: boolean,
  transportFailure?: string,
): TryLoss {
  return {
    reason,
    reply: resetReply(reason, retried, transportFailure),
    lateDetails: lateResetDetails(reason),
    isCharged: true,
    isFinal: false,
  }
}

/** The time for one try was up, or nothing came of it for too long. */
export function timeoutLoss(status: 204 | 504, which: 'whole' | 'idle'): TryLoss {
  const details = which === 'idle' ? 'upstream_per_try_idle_timeout' : 'upstream_per_try_timeout'
  const reply = timeoutReply(status, details)
  return { reason: 'per-try-timeout', reply, lateDetails: details, isCharged: true, isFinal: true }
}

/** The stream had lived as long as it may. */
export function durationLoss(requestEnded: boolean): TryLoss {
  const reply = durationReply(requestEnded)
  const { details } = reply
  return { reason: 'local-reset', reply, lateDetails: details, isCharged: false, isFinal: true }
}
