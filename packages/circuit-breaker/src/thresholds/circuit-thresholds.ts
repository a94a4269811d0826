import { noLimit, ResourceLimit } from './resource-limit.ts'
import { type RetryBudgetOptions, RetryLimit } from './retry-limit.ts'

/** The limits of one priority. Every number is whole, from 0 (nothing at all) to 2^32 − 1. */
export interface ThresholdOptions {
  /** Default: 1024. Envoy: `max_connections`. */
  readonly maxConnections?: number
  /** Requests that wait for a connection. Default: 1024. Envoy: `max_pending_requests`. */
  readonly maxPendingRequests?: number
  /** Default: 1024. Envoy: `max_requests`. */
  readonly maxRequests?: number
  /** Default: 3. No say where there is a budget. Envoy: `max_retries`. */
  readonly maxRetries?: number
  /** Default: no limit. Envoy: `max_connection_pools`. */
  readonly maxConnectionPools?: number
  /** Default: none. Envoy: `retry_budget`. */
  readonly retryBudget?: RetryBudgetOptions
  /** Whether {@link thresholdGauges} says what remains. Default: false. Envoy: `track_remaining`. */
  readonly trackRemaining?: boolean
}

/** What is in flight in one priority, each kind against its limit. */
export interface Thresholds {
  readonly connections: ResourceLimit
  readonly pendingRequests: ResourceLimit
  readonly requests: ResourceLimit
  readonly retries: RetryLimit
  readonly connectionPools: ResourceLimit
  readonly trackRemaining: boolean
}

/** Envoy's two routing priorities; each has limits and tallies of its own. */
export interface CircuitThresholds {
  readonly default: Thresholds
  readonly high: Thresholds
}

/**
 * The circuit breakers of a cluster as Envoy has them: not states that open and close, but limits on what is in flight.
 * @throws {BreakerOptionError} when a limit is no whole number in its range
 *
 * @example
 * ```ts
 * const { requests } = createCircuitThresholds({ default: { maxRequests: 1 } }).default
 * requests.admit() // => true
 * requests.admit() // => false
 * requests.settle()
 * requests.admit() // => true
 * ```
 */
export function createCircuitThresholds(
  options: { readonly default?: ThresholdOptions; readonly high?: ThresholdOptions } = {},
): CircuitThresholds {
  return { default: createThresholds(options.default), high: createThresholds(options.high) }
}

/** The limits of a single priority; also for one host (Envoy: `per_host_thresholds`). */
export function createThresholds(options: ThresholdOptions = {}): Thresholds {
  const pendingRequests = new ResourceLimit(
    'maxPendingRequests',
    options.maxPendingRequests ?? defaultLimit,
  )
  const requests = new ResourceLimit('maxRequests', options.maxRequests ?? defaultLimit)
  return {
    connections: new ResourceLimit('maxConnections', options.maxConnections ?? defaultLimit),
    pendingRequests,
    requests,
    retries: new RetryLimit(
      options.maxRetries ?? defaultRetries,
      options.retryBudget,
      requests,
      pendingRequests,
    ),
    connectionPools: new ResourceLimit('maxConnectionPools', options.maxConnectionPools ?? noLimit),
    trackRemaining: options.trackRemaining ?? false,
  }
}

// Envoy's, see config/cluster/v3/circuit_breaker.proto.
const defaultLimit = 1024
const defaultRetries = 3
