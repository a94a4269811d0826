import { realNumber, wholeNumber } from '../check-option.ts'
import { BreakerOptionError } from '../errors.ts'

/** Envoy's `GradientControllerConfig`, with its defaults. */
export interface AdaptiveConcurrencyOptions {
  /** Which latency stands for all of a window, 0–100. Default: 50. Envoy: `sample_aggregate_percentile`. */
  readonly sampleAggregatePercentile?: number
  /** The limit never is above. Default: 1000. Envoy: `max_concurrency_limit`. */
  readonly maxConcurrencyLimit?: number
  /** Between two updates of the limit. Envoy: `concurrency_update_interval`. */
  readonly concurrencyUpdateIntervalMs: number
  /** Envoy: `min_rtt_calc_params`. */
  readonly minRtt: {
    /** Between two measurements. This or `fixedMs` is needed. Envoy: `interval`. */
    readonly intervalMs?: number
    /** Known beforehand: nothing is measured. Envoy: `fixed_value`. */
    readonly fixedMs?: number
    /** Calls that make a measurement. Default: 50. Envoy: `request_count`. */
    readonly requestCount?: number
    /** Of the interval, drawn on top of it, 0–100. Default: 15. Envoy: `jitter`. */
    readonly jitterPercent?: number
    /** The limit while measuring, and never is below. Default: 3. Envoy: `min_concurrency`. */
    readonly minConcurrency?: number
    /** By how much longer is not yet slower, 0–100. Default: 25. Envoy: `buffer`. */
    readonly bufferPercent?: number
  }
}

/** {@link AdaptiveConcurrencyOptions} with every default filled in, percentages as ratios. */
export interface AdaptiveConfig {
  readonly percentileRatio: number
  readonly maxConcurrency: number
  readonly updateIntervalMs: number
  /** `Infinity` where minRTT is fixed. */
  readonly minRttIntervalMs: number
  /** 0 where it is measured. */
  readonly fixedMinRttMs: number
  readonly requestCount: number
  readonly jitterRatio: number
  readonly minConcurrency: number
  readonly bufferRatio: number
}

/** Fills in Envoy's defaults and refuses what makes no sense. */
export function resolveAdaptiveOptions(
  options: AdaptiveConcurrencyOptions,
  { now, random }: { readonly now: number; readonly random?: () => number },
): AdaptiveConfig {
  const { minRtt } = options
  if (!Number.isFinite(now)) throw new BreakerOptionError('now', 'a finite number', now)
  if ((minRtt.intervalMs === undefined) === (minRtt.fixedMs === undefined)) {
    throw new BreakerOptionError('minRtt', 'either intervalMs or fixedMs', JSON.stringify(minRtt))
  }
  const isFixed = minRtt.fixedMs !== undefined
  const jitterRatio = ratioOf('minRtt.jitterPercent', minRtt.jitterPercent ?? 15)
  if (!isFixed && jitterRatio > 0 && random === undefined) {
    throw new BreakerOptionError('random', 'a function where there is a jitter', random)
  }
  const minConcurrency = wholeNumber('minRtt.minConcurrency', minRtt.minConcurrency ?? 3, 1)
  return {
    percentileRatio: ratioOf('sampleAggregatePercentile', options.sampleAggregatePercentile ?? 50),
    maxConcurrency: wholeNumber(
      'maxConcurrencyLimit',
      options.maxConcurrencyLimit ?? 1_000,
      minConcurrency,
    ),
    updateIntervalMs: realNumber(
      'concurrencyUpdateIntervalMs',
      options.concurrencyUpdateIntervalMs,
      1,
      maxMs,
    ),
    minRttIntervalMs: isFixed
      ? Infinity
      : realNumber('minRtt.intervalMs', minRtt.intervalMs ?? 0, 1, maxMs),
    fixedMinRttMs: isFixed ? realNumber('minRtt.fixedMs', minRtt.fixedMs ?? 0, 0.001, maxMs) : 0,
    requestCount: wholeNumber('minRtt.requestCount', minRtt.requestCount ?? 50, 1),
    jitterRatio,
    minConcurrency,
    bufferRatio: ratioOf('minRtt.bufferPercent', minRtt.bufferPercent ?? 25),
  }
}

function ratioOf(name: string, percent: number): number {
  return realNumber(name, percent, 0, 100) / 100
}

const maxMs = 4_294_967_295_000
