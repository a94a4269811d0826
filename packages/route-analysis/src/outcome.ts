import type { RouteRef } from './route-ref.ts'

/**
 * What happens to a request: all the answers that its draw can lead to. Shares sum to 1; a request that no draw decides
 * about has one.
 */
export interface Outcome {
  readonly shares: readonly OutcomeShare[]
}

export interface OutcomeShare {
  /** Of all draws, in (0, 1]. */
  readonly share: number
  /** Undefined: no route; the proxy answers 404. */
  readonly answer: Answer | undefined
  /** The route that answers, for the witness of the class; undefined without a route. */
  readonly ref: RouteRef | undefined
}

/** Everything that a route does with a request, as plain data; equal answers treat every request alike. */
export interface Answer {
  readonly kind: string
  readonly [field: string]: unknown
}
