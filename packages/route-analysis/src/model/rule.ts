import type { RouteMatchJson } from '@meshwright/route-matcher'
import type { RouteRef } from '../route-ref.ts'
import type { Formula } from './formulas.ts'

/** A route, or the redirect of `require_tls`, as one in a list of which the first whose condition holds wins. */
export interface Rule {
  /** Its place in the list of routes, or one of the numbers below 0 here. Of a matcher tree, a route may have several rules. */
  readonly ref: RouteRef
  readonly condition: Formula
  /** Of a route. */
  readonly match?: RouteMatchJson
}

/** The place of the redirect of `require_tls`. */
export const tlsRule = -1

/** The place of what no route answers: an action of a matcher tree was chosen of which no route takes the request. */
export const endOfAction = -2

/** The route of a rule, or the redirect of `require_tls`; undefined if the rule says that there is none. */
export function routeOf(rule: Rule | undefined): RouteRef | undefined {
  return rule === undefined || rule.ref.route === endOfAction ? undefined : rule.ref
}
