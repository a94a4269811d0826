import { BreakerStateError } from '../errors.ts'
import type { WindowState } from './call-window.ts'
import type { TripCause } from './trip-rule.ts'

/**
 * - `closed`: calls pass and are counted; leaves when a rule trips
 * - `open`: calls are refused; leaves with the first call after the cool-down
 * - `half-open`: so many calls pass to try it out; leaves for `closed` when enough succeed, for `open` when one fails
 * - `forced-open`, `forced-closed`: as a person wants it; leaves by `release` or `reset`
 */
export type BreakerState = 'closed' | 'open' | 'half-open' | 'forced-open' | 'forced-closed'

/** A breaker's memory in JSON, free of its clock: times are distances. What is in flight is not in it. */
export interface ExportedBreaker {
  readonly version: 1
  readonly state: BreakerState
  /** What opened it last; none before that and after a reset. */
  readonly cause?: TripCause
  /** For `open`: until a probe may go out. */
  readonly retryInMs: number
  /** Of the next opening, before jitter. */
  readonly nextCoolDownMs: number
  readonly failuresInARow: number
  readonly probeSuccesses: number
  /** Only of a breaker that goes by a ratio. */
  readonly window?: WindowState
}

/**
 * Refuses what is no exported breaker.
 * @throws {BreakerStateError}
 */
export function checkExported(value: ExportedBreaker): ExportedBreaker {
  if (typeof value !== 'object' || value === null) {
    throw new BreakerStateError('all of it', 'an object', value)
  }
  if (value.version !== 1) throw new BreakerStateError('version', '1', value.version)
  if (!states.has(value.state)) throw new BreakerStateError('state', 'a state', value.state)
  if (value.cause !== undefined && !causes.has(value.cause)) {
    throw new BreakerStateError('cause', 'a cause or none', value.cause)
  }
  for (const name of ['retryInMs', 'nextCoolDownMs'] as const) {
    const ms: unknown = value[name]
    if (!(typeof ms === 'number' && ms >= 0 && ms < Infinity)) {
      throw new BreakerStateError(name, 'a finite number from 0', ms)
    }
  }
  for (const name of ['failuresInARow', 'probeSuccesses'] as const) {
    const count = value[name]
    if (!(Number.isSafeInteger(count) && count >= 0)) {
      throw new BreakerStateError(name, 'a whole number from 0', count)
    }
  }
  return value
}

const states: ReadonlySet<unknown> = new Set<BreakerState>([
  'closed',
  'open',
  'half-open',
  'forced-open',
  'forced-closed',
])
const causes: ReadonlySet<unknown> = new Set<TripCause>([
  'consecutive-failures',
  'failure-ratio',
  'slow-calls',
  'probe-failed',
  'probe-lost',
  'manual',
])
