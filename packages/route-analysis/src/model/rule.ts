import type { RouteRef } from '../route-ref.ts'
import type { Formula } from './formulas.ts'

/** A route, or the redirect of `require_tls`, as one in a list of which the first whose condition holds wins. */
export interface Rule {
  /** Route -1: the redirect of `require_tls`. */
  readonly ref: RouteRef
  readonly condition: Formula
}
