export { AdaptiveConcurrency } from './adaptive/adaptive-concurrency.ts'
export type { AdaptiveConcurrencyOptions } from './adaptive/adaptive-options.ts'
export { AdmissionControl, type AdmissionControlOptions } from './admission/admission-control.ts'
export { Breaker, type BreakerTransition } from './breaker/breaker.ts'
export type {
  BreakerOptions,
  CoolDownOptions,
  ProbeOptions,
  RatioOptions,
  WindowOptions,
} from './breaker/breaker-options.ts'
export type { BreakerState, ExportedBreaker } from './breaker/breaker-state.ts'
export type { WindowState } from './breaker/call-window.ts'
export type { TripCause } from './breaker/trip-rule.ts'
export type { CallGate, CallOutcome } from './call-gate.ts'
export {
  BreakerOptionError,
  BreakerRefusalError,
  BreakerSettleError,
  BreakerStateError,
  type RefusalCode,
} from './errors.ts'
export type { EjectionType } from './outlier/ejection-type.ts'
export type { HostMonitor, OutlierResult } from './outlier/host-monitor.ts'
export { type OutlierContext, OutlierDetector } from './outlier/outlier-detector.ts'
export type { EjectEvent, OutlierEvent, UnejectEvent } from './outlier/outlier-event.ts'
export type { OutlierOptions } from './outlier/outlier-options.ts'
export type { RateComparison } from './outlier/success-rates.ts'
export {
  type CircuitThresholds,
  createCircuitThresholds,
  createThresholds,
  type ThresholdOptions,
  type Thresholds,
} from './thresholds/circuit-thresholds.ts'
export { ResourceLimit } from './thresholds/resource-limit.ts'
export type { RetryBudgetOptions, RetryLimit } from './thresholds/retry-limit.ts'
export { thresholdGauges } from './thresholds/threshold-gauges.ts'
export { type CancelSignal, type WithBreakerOptions, withBreaker } from './with-breaker.ts'
