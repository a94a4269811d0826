export { type AttemptedHosts, attemptedHosts } from './attempted-hosts.ts'
export { type Bulkhead, type BulkheadOptions, bulkhead } from './bulkhead.ts'
export type { Call, CallContext, Policy, Surroundings } from './call.ts'
export { type CancelSignal, type CancelSource, createCancelSource } from './cancel-signal.ts'
export { formatGrpcTimeout, parseGrpcTimeout } from './deadline/grpc-timeout.ts'
export {
  askedTimeoutMs,
  deadlineHeaders,
  expectedTimeoutMs,
  type RequestTimeouts,
  type RouteTimeouts,
  requestTimeouts,
  routeTimeouts,
  type TimeoutFacts,
  timeoutHeaderNames,
} from './deadline/request-timeouts.ts'
export { isResilienceError, ResilienceError, type ResilienceErrorCode } from './errors.ts'
export { type FallbackOptions, fallback } from './fallback.ts'
export {
  type ActiveFaults,
  createFaults,
  type FaultPlan,
  type Faults,
} from './fault/create-faults.ts'
export type {
  AbortFault,
  DelayFault,
  FaultAbort,
  FaultOptions,
  FaultPercentage,
  Share,
  ThroughputFault,
} from './fault/fault-options.ts'
export { type InjectFaultsOptions, injectFaults } from './fault/inject-faults.ts'
export { createPacer, type Pacer } from './fault/pacer.ts'
export { type HedgeOptions, hedge } from './hedge.ts'
export {
  type PreviousPriorities,
  type PriorityAvailability,
  type PriorityShares,
  previousPriorities,
} from './hosts/previous-priorities.ts'
export {
  chooseHost,
  type HostChoice,
  type HostPredicate,
  omitCanaryHosts,
  omitHostMetadata,
  previousHosts,
} from './hosts/retry-hosts.ts'
export type { Outcome } from './outcome.ts'
export { type BackOff, type BackOffOptions, backOff } from './retry/back-off.ts'
export type { RateLimitedBackOffOptions, ResetHeader } from './retry/reset-header.ts'
export type { ResetReason } from './retry/reset-reason.ts'
export { type RetryPlaces, type RetryPolicyOptions, retry } from './retry/retry.ts'
export { type RetryBudget, type RetryBudgetOptions, retryBudget } from './retry/retry-budget.ts'
export type { RetryCondition } from './retry/retry-on.ts'
export type { HeaderLookup, RetryOptions } from './retry/retry-options.ts'
export {
  createRetryState,
  type ResetFacts,
  type ResponseView,
  type RetryAdmission,
  type RetryDecision,
  type RetryPlan,
  type RetryState,
  type RetryStateOptions,
  retryHeaderNames,
  retryPlan,
} from './retry/retry-state.ts'
export {
  type RetryThrottle,
  type RetryThrottleOptions,
  retryThrottle,
} from './retry/retry-throttle.ts'
export type {
  CallGraph,
  ServiceCall,
  ServiceStorm,
  StormReport,
  StormStep,
} from './storm/call-graph.ts'
export { retryStorm } from './storm/retry-storm.ts'
export { type TimeoutOptions, timeout } from './timeout.ts'
export { type CallLimits, compose, withPolicies } from './with-policies.ts'
