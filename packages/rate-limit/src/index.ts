export { createLimiter, type Limiter } from './create-limiter.ts'
export { RateLimitError, type RateLimitErrorCode } from './errors.ts'
export type { LimitKind, LimitRule, LimitState } from './limit-rule.ts'
export { type TokenBucketOptions, tokenBucket } from './token-bucket.ts'
