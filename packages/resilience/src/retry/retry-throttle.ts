import { badOption } from '../check-option.ts'
import type { RetryAdmission } from './retry-state.ts'

/** When failures stop retries. */
export interface RetryThrottleOptions {
  /** From 1 to 1000. Retries stop when half of it is used up. gRPC: `retryThrottling.maxTokens`. */
  readonly maxTokens: number
  /** What a success gives back; thousandths are kept. gRPC: `retryThrottling.tokenRatio`. */
  readonly tokenRatio: number
}

/** See {@link retryThrottle}. */
export interface RetryThrottle extends RetryAdmission {
  readonly tokens: number
  succeeded(): void
  /** Tells of a failure that could be retried. */
  failed(): void
}

const most = 1000
/** As in gRPC, so that sums stay exact. */
const perToken = 1000

/**
 * The throttle of gRPC: each failure takes a token, each success gives some of one back, and there are retries while more than
 * half are there.
 *
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 * @see https://github.com/grpc/proposal/blob/master/A6-client-retries.md
 */
export function retryThrottle({ maxTokens, tokenRatio }: RetryThrottleOptions): RetryThrottle {
  if (!(Number.isInteger(maxTokens) && maxTokens >= 1 && maxTokens <= most)) {
    throw badOption('maxTokens', `a whole number from 1 to ${most}`, maxTokens)
  }
  const ratio = Math.floor(tokenRatio * perToken)
  if (!(ratio > 0 && ratio < Infinity)) {
    throw badOption('tokenRatio', 'at least a thousandth', tokenRatio)
  }
  const full = maxTokens * perToken
  let level = full
  return {
    get tokens() {
      return level / perToken
    },
    succeeded() {
      level = Math.min(full, level + ratio)
    },
    failed() {
      level = Math.max(0, level - perToken)
    },
    admitRetry: () => level > full / 2,
  }
}
