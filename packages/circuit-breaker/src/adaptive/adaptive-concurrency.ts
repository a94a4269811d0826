import type { CallGate, CallOutcome } from '../call-gate.ts'
import { BreakerRefusalError, BreakerSettleError } from '../errors.ts'
import { laterOf } from '../later-of.ts'
import {
  type AdaptiveConcurrencyOptions,
  type AdaptiveConfig,
  resolveAdaptiveOptions,
} from './adaptive-options.ts'
import { LatencyHistogram } from './latency-histogram.ts'

/**
 * Limits how many calls are in flight to what the other side takes without getting slower: Envoy's gradient controller.
 *
 * Now and then it lets only few calls through and measures how long they take undisturbed (minRTT). In between it compares with that
 * what calls take (sampleRTT): limit = limit × gradient + √(limit × gradient), gradient = minRTT with a buffer / sampleRTT, within 0.5 and 2.
 *
 * No timers: what is due happens with the next call. Every call must be settled with its duration; one settled without is no sample.
 * https://medium.com/@NetflixTechBlog/performance-under-load-3e6fa9a60581
 */
export class AdaptiveConcurrency implements CallGate {
  readonly readsClock = true
  readonly #config: AdaptiveConfig
  readonly #random: () => number
  readonly #samples = new LatencyHistogram()
  #limit: number
  #inFlight = 0
  #blocked = 0
  /** Calls of an earlier one are no samples: they ran beside more than the few. */
  #epoch = 1
  /** The limit to go back to; 0 outside of a measurement of minRTT. */
  #deferredLimit = 0
  #minRttUs: number
  #sampleRttUs = 0
  #gradient = 0
  #headroom = 0
  #atMinimum = 0
  readonly #times = new Float64Array(timeFields)

  /** @throws {BreakerOptionError} when an option makes no sense */
  constructor(
    options: AdaptiveConcurrencyOptions,
    context: { readonly now: number; readonly random?: () => number },
  ) {
    this.#config = resolveAdaptiveOptions(options, context)
    this.#random = context.random ?? (() => 0)
    this.#limit = this.#config.minConcurrency
    this.#minRttUs = Math.floor(this.#config.fixedMinRttMs * usPerMs)
    this.#times.set([context.now, Infinity, context.now + this.#config.updateIntervalMs])
    if (!this.#hasFixedMinRtt) this.#enterMeasurement()
  }

  /** How many calls may be in flight now. */
  get limit(): number {
    return this.#limit
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Envoy's gauges and its counter, by their names; the gradient in thousandths. */
  get gauges(): Readonly<Record<string, number>> {
    return {
      burst_queue_size: Math.floor(this.#headroom),
      concurrency_limit: this.#limit,
      gradient: Math.floor(this.#gradient * usPerMs),
      min_rtt_calculation_active: this.#isMeasuring ? 1 : 0,
      min_rtt_msecs: Math.floor(this.#minRttUs / usPerMs),
      rq_blocked: this.#blocked,
      sample_rtt_msecs: Math.floor(this.#sampleRttUs / usPerMs),
    }
  }

  admit(now: number): number {
    this.#advance(now)
    if (this.#inFlight >= this.#limit) {
      this.#blocked++
      return 0
    }
    this.#inFlight++
    return this.#epoch
  }

  settle(ticket: number, outcome: CallOutcome, now: number, durationMs?: number): void {
    const isGiven = Number.isInteger(ticket) && ticket > 0 && ticket <= this.#epoch
    if (!isGiven || this.#inFlight === 0) throw new BreakerSettleError('adaptive concurrency')
    this.#advance(now)
    this.#inFlight--
    if (outcome === 'cancelled' || ticket !== this.#epoch) return
    if (durationMs === undefined || !(durationMs >= 0 && durationMs < Infinity)) return
    this.#samples.add(Math.floor(durationMs * usPerMs))
    if (this.#isMeasuring && this.#samples.total >= this.#config.requestCount) {
      this.#leaveMeasurement()
    }
  }

  /** Room can come with the next call that ends, so that there is nothing to wait for. */
  refusal(now: number): BreakerRefusalError {
    const at = laterOf(this.#times[latest] ?? 0, now)
    return new BreakerRefusalError(
      'ERR_CIRCUIT_BREAKER_CONCURRENCY',
      `concurrency-limit ${this.#limit}`,
      at,
      at,
    )
  }

  get #isMeasuring(): boolean {
    return this.#deferredLimit > 0
  }

  get #hasFixedMinRtt(): boolean {
    return this.#config.fixedMinRttMs > 0
  }

  /** Does what has fallen due, in order. */
  #advance(now: number): void {
    const times = this.#times
    const at = laterOf(times[latest] ?? 0, now)
    times[latest] = at
    while (Math.min(times[measureAt] ?? 0, times[sampleAt] ?? 0) <= at) {
      if ((times[measureAt] ?? 0) <= (times[sampleAt] ?? 0)) this.#enterMeasurement()
      else this.#judgeSamples(at)
    }
  }

  #enterMeasurement(): void {
    this.#times[measureAt] = Infinity
    // No sample is judged before the measurement is over.
    this.#times[sampleAt] = Infinity
    this.#deferredLimit = this.#limit
    this.#setLimit(this.#config.minConcurrency)
    this.#samples.clear()
    this.#epoch++
  }

  #leaveMeasurement(): void {
    const now = this.#times[latest] ?? 0
    this.#minRttUs = this.#takeSamples()
    this.#setLimit(this.#deferredLimit)
    this.#deferredLimit = 0
    this.#times[measureAt] = now + this.#drawInterval()
    this.#times[sampleAt] = now + this.#config.updateIntervalMs
  }

  #judgeSamples(now: number): void {
    const due = this.#times[sampleAt] ?? 0
    const { updateIntervalMs } = this.#config
    // Of the times that were missed only the first had samples.
    this.#times[sampleAt] =
      due + updateIntervalMs * (Math.floor((now - due) / updateIntervalMs) + 1)
    if (this.#samples.total === 0) return
    this.#sampleRttUs = this.#takeSamples()
    this.#setLimit(this.#nextLimit(), due)
  }

  #nextLimit(): number {
    const { bufferRatio, minConcurrency, maxConcurrency } = this.#config
    const buffered = this.#minRttUs * (1 + bufferRatio)
    // Calls that took no time at all say that there is room.
    const raw = this.#sampleRttUs === 0 ? Infinity : buffered / this.#sampleRttUs
    this.#gradient = Math.max(leastGradient, Math.min(mostGradient, raw))
    const limit = this.#limit * this.#gradient
    this.#headroom = Math.sqrt(limit)
    const next = Math.floor(limit + this.#headroom)
    return Math.max(minConcurrency, Math.min(maxConcurrency, next))
  }

  #setLimit(limit: number, due = 0): void {
    const least = this.#config.minConcurrency
    const staysLeast = limit === least && this.#limit === least && !this.#isMeasuring
    this.#atMinimum = staysLeast ? this.#atMinimum + 1 : 0
    this.#limit = limit
    // As low as for a measurement and still too slow: what was measured may be wrong.
    if (this.#atMinimum >= suspiciousMinima && !this.#hasFixedMinRtt) this.#times[measureAt] = due
  }

  #takeSamples(): number {
    const us = this.#samples.quantile(this.#config.percentileRatio)
    this.#samples.clear()
    return us
  }

  #drawInterval(): number {
    const { minRttIntervalMs, jitterRatio } = this.#config
    if (jitterRatio === 0) return minRttIntervalMs
    return minRttIntervalMs + Math.floor(this.#random() * Math.ceil(minRttIntervalMs * jitterRatio))
  }
}

const usPerMs = 1_000
const leastGradient = 0.5
const mostGradient = 2
/** Envoy's number of updates at the minimum, in a row. */
const suspiciousMinima = 5
const latest = 0
const measureAt = 1
const sampleAt = 2
const timeFields = 3
