import type { RouteMatchJson } from '@meshwright/route-matcher'
import type { Outcome } from './outcome.ts'
import type { RouteRef } from './route-ref.ts'
import type { Witness } from './witness.ts'

/** Which requests are asked about; members that are set must all hold. */
export interface RequestQuery {
  /** Conditions that the request itself must fit, written as the match of a route. Default: any request. */
  readonly match?: RouteMatchJson
  /** The authority that the request must have, letter by letter. */
  readonly authority?: string
  /** The cluster that it must reach, with some draw. */
  readonly cluster?: string
  /** The route that must answer it, with some draw. */
  readonly route?: RouteRef
  /** Only requests that no route answers, with some draw. Default: false. */
  readonly unanswered?: boolean
}

/** Which requests fit a query. */
export interface RequestAnswer {
  /** `none`: no request fits, proven. `some`: {@link regions} has one at least. */
  readonly verdict: 'none' | 'some' | 'unknown'
  /** One for each route that such requests go to, with the shortest of them. */
  readonly regions: readonly RequestRegion[]
  /** Why something is not known; empty unless the verdict, or whether regions are complete, is unknown. */
  readonly unknown: readonly string[]
  readonly assumptions: readonly string[]
}

export interface RequestRegion {
  /** Undefined: requests that no route answers. */
  readonly ref: RouteRef | undefined
  readonly outcome: Outcome
  readonly witness: Witness
  /** In words: which requests. */
  readonly summary: string
}

/** Whether two routes would take the same request. */
export interface Overlap {
  readonly verdict: 'disjoint' | 'overlapping' | 'unknown'
  /** Fits both routes. */
  readonly witness?: Witness
  readonly reason?: string
  readonly assumptions: readonly string[]
}
