import type { CompileOptions } from '@meshwright/route-matcher'

/** How configurations are read and how much work an answer may take. */
export interface AnalysisOptions extends CompileOptions {
  /**
   * Steps of the search; what needs more is answered `unknown`. One step looks at one rule in one region of requests.
   * Default: 200,000,000.
   */
  readonly maxSteps?: number
  /** Most classes of a diff; where there are more, those that were not listed are one unknown class. Default: 10,000. */
  readonly maxClasses?: number
}
