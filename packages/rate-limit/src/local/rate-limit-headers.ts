import type { LocalBucketState } from './local-rate-limit.ts'

/** The headers that tell a client of its limit, as Envoy with `enable_x_ratelimit_headers: DRAFT_VERSION_03`. */
export function rateLimitHeaders({
  maxTokens,
  remaining,
  waitMs,
}: LocalBucketState): readonly (readonly [name: string, value: string])[] {
  return [
    ['x-ratelimit-limit', String(maxTokens)],
    ['x-ratelimit-remaining', String(remaining)],
    // Envoy cuts the seconds off.
    ['x-ratelimit-reset', String(Math.floor(waitMs / 1000))],
  ]
}
