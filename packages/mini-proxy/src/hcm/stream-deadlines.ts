import type { ClusterAction } from '@meshwright/route-matcher'
import type { LocalReply } from '../filters/http-filter.ts'
import type { Deadlines } from '../http/deadlines.ts'
import type { RequestHead } from '../http/stream.ts'
import { reductionMs, type TimeoutFloors } from '../overload/timeout-floors.ts'
import type { HcmOptions } from './hcm-options.ts'
import type { HcmStats } from './hcm-stats.ts'
import { routeDurationMs } from './route-duration.ts'

/** The three limits on how long one request may take, and on how long nothing may happen. */
export class StreamDeadlines {
  readonly #deadlines: Deadlines
  #idleMs: number
  #idle: number
  #request: number
  #whole: number
  readonly #begun: number

  constructor(deadlines: Deadlines, options: HcmOptions) {
    this.#deadlines = deadlines
    this.#idleMs = options.streamIdleTimeoutMs
    this.#begun = deadlines.after(0)
    this.#idle = this.#begun + this.#idleMs
    this.#request = this.#begun + options.requestTimeoutMs
    this.#whole = this.#begun + options.maxStreamDurationMs
  }

  get next(): number {
    return Math.min(this.#idle, this.#request, this.#whole)
  }

  onActivity(): void {
    this.#idle = this.#deadlines.after(this.#idleMs)
  }

  /** The request is whole. */
  onRequestEnd(): void {
    this.#request = Number.POSITIVE_INFINITY
    this.onActivity()
  }

  /** Goes by what the route says: how long nothing may happen, and how long the stream may live. */
  goBy(action: ClusterAction, head: RequestHead): void {
    const idleMs = action.idleTimeoutMs
    if (idleMs !== undefined) {
      this.#idleMs = idleMs === 0 ? Number.POSITIVE_INFINITY : idleMs
      this.onActivity()
    }
    const wholeMs = routeDurationMs(head, action)
    if (wholeMs === undefined) return
    this.#whole = wholeMs === 0 ? Number.POSITIVE_INFINITY : this.#begun + wholeMs
  }

  /** Under pressure less is waited for a stream of which nothing is heard. */
  hurry(share: number, now: number, { streamIdle }: TimeoutFloors): void {
    if (streamIdle === undefined) return
    const sooner = reductionMs(this.#idleMs, streamIdle(this.#idleMs), share)
    if (this.#idle - sooner <= now) this.#idle = now
  }

  /** What to answer now that the next deadline has passed, with Envoy's words. */
  expired(requestEnded: boolean, stats: HcmStats): LocalReply {
    const { next } = this
    if (next === this.#request) {
      stats.requestTimeouts.inc()
      return { status: 408, body: 'request timeout', details: 'request_overall_timeout' }
    }
    const status = requestEnded ? 504 : 408
    if (next === this.#whole) {
      stats.maxDurationReached.inc()
      const details = 'max_duration_timeout'
      // DEADLINE_EXCEEDED to gRPC callers.
      return { status, body: 'downstream duration timeout', details, grpcStatus: 4 }
    }
    stats.idleTimeouts.inc()
    return { status, body: 'stream timeout', details: 'stream_idle_timeout', flag: 'SI' }
  }
}
