import type { LocalReply } from '../filters/http-filter.ts'
import type { Deadlines } from '../http/deadlines.ts'
import type { HcmOptions } from './hcm-options.ts'
import type { HcmStats } from './hcm-stats.ts'

/** The three limits on how long one request may take, and on how long nothing may happen. */
export class StreamDeadlines {
  readonly #deadlines: Deadlines
  #idleMs: number
  #idle: number
  #request: number
  readonly #whole: number

  constructor(deadlines: Deadlines, options: HcmOptions) {
    this.#deadlines = deadlines
    this.#idleMs = options.streamIdleTimeoutMs
    this.#idle = deadlines.after(this.#idleMs)
    this.#request = deadlines.after(options.requestTimeoutMs)
    this.#whole = deadlines.after(options.maxStreamDurationMs)
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

  /** A route's own idle timeout; 0 for none, undefined leaves it as it is. */
  setIdle(ms: number | undefined): void {
    if (ms === undefined) return
    this.#idleMs = ms === 0 ? Number.POSITIVE_INFINITY : ms
    this.onActivity()
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
      return { status, body: 'downstream duration timeout', details, flag: 'DT' }
    }
    stats.idleTimeouts.inc()
    return { status, body: 'stream timeout', details: 'stream_idle_timeout', flag: 'SI' }
  }
}
