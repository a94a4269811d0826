import type { RouteAnswer } from '@meshwright/route-matcher'
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
  /**
   * With one cluster of those that weights choose from, unless something else than the draw chooses. Undefined: no route;
   * the proxy answers 404.
   */
  readonly answer: RouteAnswer | undefined
  /** The route that answers; undefined without one. Its place -1 is the redirect of `require_tls`. */
  readonly ref: RouteRef | undefined
}
