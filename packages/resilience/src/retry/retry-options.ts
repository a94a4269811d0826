import { checkCount, checkMs } from '../check-option.ts'
import { type BackOffOptions, resolveBackOff } from './back-off.ts'
import { type RateLimitedBackOffOptions, resolveRateLimited } from './reset-header.ts'

/** Looks a header up by its name in lower case. */
export type HeaderLookup = (lowerName: string) => string | undefined

/** When and how to try again; the retry policy of a route as `@meshwright/route-matcher` compiles it is one. */
export interface RetryOptions {
  /** Conditions by Envoy's names; unknown ones are passed over. Default: none. Envoy: `retry_on`. */
  readonly retryOn?: readonly string[]
  /** Tries after the first, up to 2³² − 1. Default: 1. Envoy: `num_retries`. */
  readonly numRetries?: number
  /** 0: none. Default: 0. Envoy: `per_try_timeout`. */
  readonly perTryTimeoutMs?: number
  /** For `retriable-status-codes`. Default: none. */
  readonly retriableStatusCodes?: readonly number[]
  /** Default: from 25 ms to 250 ms. Envoy: `retry_back_off`. */
  readonly backOff?: BackOffOptions
  /** Envoy: `rate_limited_retry_back_off`. */
  readonly rateLimitedBackOff?: RateLimitedBackOffOptions | undefined
  /** Whether the headers of a response ask for a retry, for `retriable-headers`. Default: no. Envoy: `retriable_headers`. */
  isRetriableResponse?(header: HeaderLookup): boolean
  /** Whether a request may be retried at all. Default: yes. Envoy: `retriable_request_headers`. */
  isRetriableRequest?(header: HeaderLookup): boolean
}

/** A policy with its defaults filled in and everything checked. */
export type RetryConfig = {
  readonly [Key in keyof Required<RetryOptions>]: Key extends 'backOff' | 'rateLimitedBackOff'
    ? unknown
    : Required<RetryOptions>[Key]
} & {
  readonly backOff: Required<BackOffOptions>
  readonly rateLimitedBackOff: Required<RateLimitedBackOffOptions> | undefined
}

/**
 * Fills in what Envoy would.
 *
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 */
export function resolveRetry(options: RetryOptions): RetryConfig {
  const { rateLimitedBackOff } = options
  return {
    retryOn: options.retryOn ?? [],
    numRetries: checkCount('numRetries', options.numRetries ?? 1),
    perTryTimeoutMs: checkMs('perTryTimeoutMs', options.perTryTimeoutMs ?? 0),
    retriableStatusCodes: options.retriableStatusCodes ?? [],
    backOff: resolveBackOff(options.backOff ?? {}),
    rateLimitedBackOff:
      rateLimitedBackOff === undefined ? undefined : resolveRateLimited(rateLimitedBackOff),
    isRetriableResponse: (header) => options.isRetriableResponse?.(header) ?? false,
    isRetriableRequest: (header) => options.isRetriableRequest?.(header) ?? true,
  }
}
