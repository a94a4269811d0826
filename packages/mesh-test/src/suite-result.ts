/** What a suite of route tests came to. */
export interface SuiteResult {
  readonly passed: number
  readonly failed: number
  /** Percent of the routes that the suite took, 0 to 100; absent if nobody asked. */
  readonly coverage?: number
  readonly cases: readonly CaseResult[]
}

/** What one case came to. */
export interface CaseResult {
  readonly name: string
  readonly ok: boolean
  /** Empty if it is ok. */
  readonly failures: readonly CaseFailure[]
}

/** One thing that was not as the case says. */
export interface CaseFailure {
  /** What was compared: `cluster_name`, `route[0].destination.host`. */
  readonly field: string
  readonly expected: string
  readonly actual: string
}

/** Counts cases into a result. */
export function suiteResult(cases: readonly CaseResult[], coverage?: number): SuiteResult {
  const passed = cases.filter(({ ok }) => ok).length
  return {
    passed,
    failed: cases.length - passed,
    ...(coverage !== undefined && { coverage }),
    cases,
  }
}
