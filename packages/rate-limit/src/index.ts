export {
  type Concurrency,
  type ConcurrencyOptions,
  createConcurrency,
  createKeyedConcurrency,
  type KeyedConcurrency,
  type KeyedConcurrencyOptions,
} from './concurrency.ts'
export { createLimiter, type Limiter } from './create-limiter.ts'
export { RateLimitError, type RateLimitErrorCode } from './errors.ts'
export { fixedWindow } from './fixed-window.ts'
export { type GcraOptions, gcra } from './gcra.ts'
export { createKeyedLimiter, type KeyedLimiter, type KeyedLimiterOptions } from './keyed-limiter.ts'
export type { LimitKind, LimitRule, LimitState } from './limit-rule.ts'
export {
  createMemoryStore,
  type LimitAnswer,
  type LimitRequest,
  type LimitStore,
  type MemoryStore,
} from './limit-store.ts'
export type { DescriptorEntry, RequestDescriptor } from './local/descriptor.ts'
export {
  createLocalRateLimit,
  type LocalBucketState,
  type LocalDescriptor,
  type LocalRateLimit,
  type LocalRateLimitAnswer,
  type LocalRateLimitOptions,
} from './local/local-rate-limit.ts'
export { rateLimitHeaders } from './local/rate-limit-headers.ts'
export { createQuota, type Quota } from './quota/create-quota.ts'
export type {
  QuotaAmount,
  QuotaGrant,
  QuotaLimit,
  QuotaOptions,
  QuotaRequest,
} from './quota/quota-options.ts'
export { slidingCounter } from './sliding-counter.ts'
export { slidingLog } from './sliding-log.ts'
export { type TokenBucketOptions, tokenBucket } from './token-bucket.ts'
export type { WindowOptions } from './window-options.ts'
