import type { EjectionType } from './ejection-type.ts'
import type { OutlierConfig } from './outlier-options.ts'
import { RequestTally } from './request-tally.ts'

/**
 * What came of a request, or of the attempt to make it:
 * - `request-succeeded`, `request-failed`: the host answered, well or badly; for protocols without a status
 * - `connected`: reached, the answer is still to come; `connected-final`: reached, and that is all there will be
 * - `connect-failed`, `local-timeout`: not reached, or gave no answer in time
 */
export type OutlierResult =
  | 'request-succeeded'
  | 'request-failed'
  | 'connected'
  | 'connected-final'
  | 'connect-failed'
  | 'local-timeout'

/** What a monitor tells its detector. */
export interface MonitorOwner<Host> {
  readonly config: OutlierConfig
  tripped(monitor: HostMonitor<Host>, type: EjectionType, now: number): void
  passedHealthCheck(monitor: HostMonitor<Host>, now: number): void
}

/** Takes what comes of the requests to one host. Nothing is allocated unless a host is ejected. */
export class HostMonitor<Host> {
  readonly host: Host
  readonly #owner: MonitorOwner<Host>
  /** Answers of the host; local failures too unless they are split off. */
  readonly #external = new RequestTally()
  readonly #local = new RequestTally()
  #consecutive5xx = 0
  #consecutiveGatewayFailure = 0
  #consecutiveLocalOriginFailure = 0
  #isEjected = false
  #ejections = 0
  #backOff = 0
  #ejectedAt: number | undefined
  #unejectedAt: number | undefined
  #jitterMs = 0

  /** @internal Made by a detector. */
  constructor(host: Host, owner: MonitorOwner<Host>) {
    this.host = host
    this.#owner = owner
  }

  get isEjected(): boolean {
    return this.#isEjected
  }

  /** How often it was ejected. */
  get ejections(): number {
    return this.#ejections
  }

  get ejectedAt(): number | undefined {
    return this.#ejectedAt
  }

  get unejectedAt(): number | undefined {
    return this.#unejectedAt
  }

  /** When the ejection is over; the first pass after that ends it. `undefined` if it is not ejected. */
  get ejectedUntil(): number | undefined {
    if (!this.#isEjected || this.#ejectedAt === undefined) return undefined
    const { baseEjectionTimeMs, maxEjectionTimeMs } = this.#owner.config
    const ms = Math.min(baseEjectionTimeMs * this.#backOff, maxEjectionTimeMs)
    return this.#ejectedAt + ms + this.#jitterMs
  }

  /** The status of an answer. Below 500 and from 600 on is success. */
  httpStatus(status: number, now: number): void {
    const failed = status >= 500 && status < 600
    this.#external.add(!failed)
    if (!failed) {
      this.#consecutive5xx = 0
      this.#consecutiveGatewayFailure = 0
      return
    }
    const { consecutive5xx, consecutiveGatewayFailure } = this.#owner.config
    if (status === 502 || status === 503 || status === 504) {
      this.#consecutiveGatewayFailure++
      // Exactly at the threshold, not from it on: an ejected host goes on counting, and is not ejected again.
      if (this.#consecutiveGatewayFailure === consecutiveGatewayFailure) {
        this.#owner.tripped(this, 'CONSECUTIVE_GATEWAY_FAILURE', now)
      }
    } else {
      this.#consecutiveGatewayFailure = 0
    }
    this.#consecutive5xx++
    if (this.#consecutive5xx === consecutive5xx) this.#owner.tripped(this, 'CONSECUTIVE_5XX', now)
  }

  /** What is known without a status. `status`, if given, says what it counts as where local origin is not split off. */
  record(result: OutlierResult, now: number, status?: number): void {
    if (this.#owner.config.splitExternalLocalOriginErrors) {
      this.#recordSplit(result, now)
      return
    }
    const countsAs = status ?? statusOf[result]
    if (countsAs !== undefined) this.httpStatus(countsAs, now)
  }

  /** An active health check passed; the host is healthy by it. */
  healthCheckPassed(now: number): void {
    this.#owner.passedHealthCheck(this, now)
  }

  /** @internal */
  tally(origin: 'external' | 'local'): RequestTally {
    return origin === 'external' ? this.#external : this.#local
  }

  /** @internal */
  eject(now: number, jitterMs: number): void {
    const { baseEjectionTimeMs, maxEjectionTimeMs } = this.#owner.config
    this.#isEjected = true
    this.#ejections++
    this.#ejectedAt = now
    this.#jitterMs = jitterMs
    // As far as the cap and one step on, so that what is waited off counts down from there.
    if (this.#backOff * baseEjectionTimeMs < maxEjectionTimeMs + baseEjectionTimeMs) this.#backOff++
  }

  /** @internal */
  uneject(now: number): void {
    this.#isEjected = false
    this.#unejectedAt = now
    this.#consecutive5xx = 0
    this.#consecutiveGatewayFailure = 0
    this.#consecutiveLocalOriginFailure = 0
  }

  /** @internal A run of failures was looked into: it is over. */
  forgetRun(type: EjectionType): void {
    if (type === 'CONSECUTIVE_5XX') this.#consecutive5xx = 0
    if (type === 'CONSECUTIVE_GATEWAY_FAILURE') this.#consecutiveGatewayFailure = 0
    if (type === 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE') this.#consecutiveLocalOriginFailure = 0
  }

  /** @internal A whole interval without ejection shortens the next one. */
  calmDown(now: number): void {
    if (this.#isEjected || this.#unejectedAt === undefined || this.#backOff === 0) return
    if (now - this.#unejectedAt >= this.#owner.config.intervalMs) this.#backOff--
  }

  #recordSplit(result: OutlierResult, now: number): void {
    if (result === 'request-failed') {
      this.httpStatus(503, now)
      return
    }
    if (result === 'request-succeeded') this.httpStatus(200, now)
    const failed = result === 'connect-failed' || result === 'local-timeout'
    this.#local.add(!failed)
    if (!failed) {
      this.#consecutiveLocalOriginFailure = 0
      return
    }
    this.#consecutiveLocalOriginFailure++
    if (this.#consecutiveLocalOriginFailure === this.#owner.config.consecutiveLocalOriginFailure) {
      this.#owner.tripped(this, 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE', now)
    }
  }
}

/** What results count as where local origin is not split off. */
const statusOf: Readonly<Record<OutlierResult, number | undefined>> = {
  'request-succeeded': 200,
  'request-failed': 500,
  connected: undefined,
  'connected-final': 200,
  'connect-failed': 503,
  'local-timeout': 504,
}
