export { type AttemptedHosts, attemptedHosts } from './attempted-hosts.ts'
export type { Call, CallContext, Policy, Surroundings } from './call.ts'
export { type CancelSignal, type CancelSource, createCancelSource } from './cancel-signal.ts'
export { isResilienceError, ResilienceError, type ResilienceErrorCode } from './errors.ts'
export { type BackOff, type BackOffOptions, backOff } from './retry/back-off.ts'
export type { RateLimitedBackOffOptions, ResetHeader } from './retry/reset-header.ts'
export type { ResetReason } from './retry/reset-reason.ts'
export { type RetryPlaces, type RetryPolicyOptions, retry } from './retry/retry.ts'
export type { RetryCondition } from './retry/retry-on.ts'
export type { HeaderLookup, RetryOptions } from './retry/retry-options.ts'
export {
  createRetryState,
  type ResetFacts,
  type ResponseView,
  type RetryAdmission,
  type RetryDecision,
  type RetryState,
  type RetryStateOptions,
  retryHeaderNames,
} from './retry/retry-state.ts'
export { type TimeoutOptions, timeout } from './timeout.ts'
export { type CallLimits, compose, withPolicies } from './with-policies.ts'
