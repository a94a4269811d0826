import type {
  ResetReason,
  ResponseView,
  RetryAdmission,
  RetryDecision,
  RetryPlan,
  RetryState,
} from '@meshwright/resilience'
import type { StreamInfo } from '../access-log/stream-info.ts'
import type { Ambient } from '../ambient.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { ClusterCounters } from '../cluster/cluster-counters.ts'
import type { RoutingPriority } from '../cluster/priority-breaker.ts'
import type { RequestHead, ResponseHead } from '../http/stream.ts'
import { Alarm } from './alarm.ts'
import { requestHeader, responseHeader } from './request-header.ts'

/** What came of asking for another try; `refused`: wanted, but there are none left or the cluster bears no more. */
export type RetryAnswer = 'planned' | 'not-wanted' | 'refused'

/** Whom retries are for, and whom they are told. */
export interface RetryParts {
  readonly head: RequestHead
  readonly info: StreamInfo
  readonly cluster: Cluster
  readonly priority: RoutingPriority
  readonly counters: ClusterCounters
  readonly ambient: Pick<Ambient, 'random' | 'timers' | 'wallClock'>
  /** The wait is over: try again. */
  readonly retry: () => void
}

/** The retries of one request: asked after every try, counted and admitted as Envoy does, and made when their wait is over. */
export class PlannedRetries implements RetryAdmission {
  readonly #parts: RetryParts
  readonly #state: RetryState
  /** Undefined: none was ever planned. */
  #wait: Alarm | undefined
  #planned: Extract<RetryDecision, { retry: true }> | undefined
  /** The breaker has admitted one that is not over. */
  #holds = false

  constructor(plan: RetryPlan, parts: RetryParts) {
    const { head, ambient } = parts
    this.#parts = parts
    this.#state = plan.begin((name) => requestHeader(head, name), {
      random: ambient.random,
      wallNow: ambient.wallClock,
      admission: this,
    })
  }

  /** One is planned and not made yet. */
  get waits(): boolean {
    return this.#wait?.isSet === true
  }

  /** Whether an answer is one to be retried; plans nothing. */
  wantsRetryOf(head: ResponseHead): boolean {
    return this.#state.wantsRetryOf(viewOf(head))
  }

  afterResponse(head: ResponseHead): RetryAnswer {
    return this.#settle(this.#state.afterResponse(viewOf(head)))
  }

  /** @param sent whether anything of the request had gone out */
  afterReset(reason: ResetReason, sent: boolean): RetryAnswer {
    return this.#settle(this.#state.afterReset(reason, { sent }))
  }

  /** A try has taken too long, and is to be raced by another. */
  afterHedgedTimeout(): RetryAnswer {
    return this.#settle(this.#state.afterHedgedTimeout())
  }

  admitRetry(): boolean {
    const { cluster, priority } = this.#parts
    this.#release()
    this.#holds = cluster.admitRetry(priority)
    return this.#holds
  }

  /** There are no more. */
  end(): void {
    this.#wait?.stop()
    this.#release()
  }

  #settle(decision: RetryDecision): RetryAnswer {
    const { counters, info } = this.#parts
    if (decision.retry) {
      this.#planned = decision
      this.#wait ??= new Alarm(this.#parts.ambient.timers, () => this.#retry())
      this.#wait.set(decision.delayMs)
      return 'planned'
    }
    // Envoy's view: whatever followed a retry and is not retried was a success.
    if (decision.why === 'not-wanted' && this.#holds) counters.retrySuccesses.inc()
    this.#release()
    if (decision.why === 'not-wanted') return 'not-wanted'
    if (decision.why === 'overflow') info.addFlag('UO')
    else {
      counters.retryLimitExceeded.inc()
      info.addFlag('URX')
    }
    return 'refused'
  }

  /** As Envoy: what was planned counts when it is made. */
  #retry(): void {
    const { counters, retry } = this.#parts
    counters.retries.inc()
    if (this.#planned?.said === true) counters.rateLimitedBackOffs.inc()
    else if (this.#planned?.withoutEarlyData === false) counters.exponentialBackOffs.inc()
    retry()
  }

  #release(): void {
    const { cluster, priority } = this.#parts
    if (this.#holds) cluster.releaseRetry(priority)
    this.#holds = false
  }
}

function viewOf(head: ResponseHead): ResponseView {
  return { status: head.status, header: (name) => responseHeader(head, name) }
}
