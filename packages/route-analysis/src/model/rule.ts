import type { RouteRef } from '../route-ref.ts'
import type { Formula } from './formulas.ts'

/** A route, or the redirect of `require_tls`, as one in a list of which the first whose condition holds wins. */
export interface Rule {
  /** Its place in the list of routes, or one of the numbers below 0 here. */
  readonly ref: RouteRef
  readonly condition: Formula
}

/** The place of the redirect of `require_tls`. */
export const tlsRule = -1

/** The place of a whole matcher tree, of which it is not known what it does. */
export const matcherRule = -2
