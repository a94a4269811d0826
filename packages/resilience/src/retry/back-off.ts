import { badOption, checkMs } from '../check-option.ts'

/** How long to wait before a retry. */
export interface BackOffOptions {
  /** The first wait is below it. At least 1. Default: 25. Envoy: `retry_back_off.base_interval`. */
  readonly baseMs?: number
  /** No wait is as long. At least the base. Default: ten times the base. Envoy: `retry_back_off.max_interval`. */
  readonly maxMs?: number
}

/** Envoy's own, unless its runtime says otherwise. */
const defaultBaseMs = 25
const maxOverBase = 10

/** The waits of one request. */
export interface BackOff {
  /** Whole milliseconds before the next retry. */
  nextMs(random: () => number): number
}

/**
 * Waits with full jitter, as Envoy's: each is drawn from 0 to below an interval that begins at the base and doubles, and is the
 * maximum from where it would come to more.
 *
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 */
export function backOff(options: BackOffOptions = {}): BackOff {
  const { baseMs, maxMs } = resolveBackOff(options)
  let interval = baseMs
  return {
    nextMs(random) {
      const wait = Math.floor(random() * interval)
      interval = interval < maxMs / 2 ? interval * 2 : maxMs
      return wait
    },
  }
}

/** The options with their defaults. */
export function resolveBackOff(options: BackOffOptions): Required<BackOffOptions> {
  const baseMs = checkMs('backOff.baseMs', options.baseMs ?? defaultBaseMs)
  if (baseMs < 1) throw badOption('backOff.baseMs', 'at least 1 ms', baseMs)
  const maxMs = checkMs('backOff.maxMs', options.maxMs ?? baseMs * maxOverBase)
  if (maxMs < baseMs) throw badOption('backOff.maxMs', `at least ${baseMs} ms`, maxMs)
  return { baseMs, maxMs }
}
