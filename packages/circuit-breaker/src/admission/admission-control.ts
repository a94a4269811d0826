import type { CallGate, CallOutcome } from '../call-gate.ts'
import { realNumber, wholeNumber } from '../check-option.ts'
import { BreakerOptionError, BreakerRefusalError, BreakerSettleError } from '../errors.ts'
import { laterOf } from '../later-of.ts'
import { RequestHistory } from './request-history.ts'

/** Envoy's admission control filter, with its defaults. */
export interface AdmissionControlOptions {
  /** How far back success is looked at; whole seconds, to an hour. Default: 30. Envoy: `sampling_window`. */
  readonly samplingWindowSeconds?: number
  /** The higher, the more is refused at a given success rate; what is below 1 counts as 1. Default: 1. Envoy: `aggression`. */
  readonly aggression?: number
  /** Below this success rate calls are refused, 1–100. Default: 95. Envoy: `sr_threshold`. */
  readonly successRateThresholdPercent?: number
  /** With fewer calls a second nothing is refused. Default: 0. Envoy: `rps_threshold`. */
  readonly rpsThreshold?: number
  /** No more than this share is refused, 0–100. Default: 80. Envoy: `max_rejection_probability`. */
  readonly maxRejectionPercent?: number
}

/**
 * Refuses a share of the calls that grows as fewer of them succeed, so that the other side gets air before anyone's breaker opens:
 * Envoy's admission control. With n calls in the window of which s succeeded, and the threshold t, the share is
 * ((n − s / t) / (n + 1)) ^ (1 / aggression). What is refused does not count among the n.
 *
 * `cancelled` calls are not counted. Memory: one entry for each second of the window.
 */
export class AdmissionControl implements CallGate {
  readonly readsClock = true
  readonly #random: () => number
  readonly #history: RequestHistory
  readonly #exponent: number
  readonly #threshold: number
  readonly #leastRps: number
  readonly #mostRefused: number
  #inFlight = 0
  #rejected = 0
  readonly #latest = new Float64Array([-Infinity])

  /** @throws {BreakerOptionError} when an option makes no sense */
  constructor(options: AdmissionControlOptions, random: () => number) {
    if (typeof random !== 'function') throw new BreakerOptionError('random', 'a function', random)
    const seconds = options.samplingWindowSeconds ?? 30
    this.#random = random
    this.#history = new RequestHistory(wholeNumber('samplingWindowSeconds', seconds, 1, 3_600))
    const aggression = realNumber('aggression', options.aggression ?? 1, 0, Number.MAX_VALUE)
    this.#exponent = 1 / Math.max(1, aggression)
    this.#threshold =
      realNumber('successRateThresholdPercent', options.successRateThresholdPercent ?? 95, 1, 100) /
      100
    this.#leastRps = wholeNumber('rpsThreshold', options.rpsThreshold ?? 0)
    this.#mostRefused =
      realNumber('maxRejectionPercent', options.maxRejectionPercent ?? 80, 0, 100) / 100
  }

  /** How many were refused, ever. Envoy: `rq_rejected`. */
  get rejected(): number {
    return this.#rejected
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** The chance that a call is refused now, 0–1. */
  rejectionProbability(now: number): number {
    const at = this.#seen(now)
    if (this.#history.averageRps(at) < this.#leastRps) return 0
    this.#history.advance(at)
    const { requests, successes } = this.#history
    const share = (requests - successes / this.#threshold) / (requests + 1)
    return share <= 0 ? 0 : Math.min(share ** this.#exponent, this.#mostRefused)
  }

  admit(now: number): number {
    const probability = this.rejectionProbability(now)
    // Envoy's draw knows four digits.
    if (probability > 0 && probability * accuracy > Math.floor(this.#random() * accuracy)) {
      this.#rejected++
      return 0
    }
    this.#inFlight++
    return 1
  }

  settle(ticket: number, outcome: CallOutcome, now: number): void {
    if (ticket !== 1 || this.#inFlight === 0) throw new BreakerSettleError('admission control')
    this.#inFlight--
    if (outcome !== 'cancelled') this.#history.record(outcome === 'success', this.#seen(now))
  }

  /** The next call is another draw, so that there is nothing to wait for. */
  refusal(now: number): BreakerRefusalError {
    const at = this.#seen(now)
    return new BreakerRefusalError('ERR_CIRCUIT_BREAKER_ADMISSION', 'success-rate', at, at)
  }

  #seen(now: number): number {
    const at = laterOf(this.#latest[0] ?? 0, now)
    this.#latest[0] = at
    return at === -Infinity ? 0 : at
  }
}

const accuracy = 10_000
