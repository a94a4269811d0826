import type { EjectionType } from './ejection-type.ts'

/** A line of Envoy's log of outlier events, with times in ms of the detector's clock and rates not rounded. */
export type OutlierEvent<Host> = EjectEvent<Host> | UnejectEvent<Host>

export interface EjectEvent<Host> {
  readonly action: 'eject'
  readonly host: Host
  readonly at: number
  readonly type: EjectionType
  /** Whether it was ejected, or only would have been. */
  readonly enforced: boolean
  /** How often it was ejected, this time included if enforced. */
  readonly ejections: number
  /** Since it came back the last time. */
  readonly sinceLastActionMs?: number
  /** 0–100; where the type is about rates. */
  readonly successRate?: number
  /** Of all hosts compared; where the type is a success rate. */
  readonly averageSuccessRate?: number
  readonly successRateThreshold?: number
}

export interface UnejectEvent<Host> {
  readonly action: 'uneject'
  readonly host: Host
  readonly at: number
  readonly ejections: number
  /** Since it was ejected. */
  readonly sinceLastActionMs?: number
}
