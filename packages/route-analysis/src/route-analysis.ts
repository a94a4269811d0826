import type { RouteRef } from './route-ref.ts'
import type { Witness } from './witness.ts'

/** What is proven of every route of a configuration. */
export interface RouteAnalysis {
  /** One for each route, in the order of the configuration. */
  readonly routes: readonly RouteFinding[]
  /** Those of {@link routes} that no request takes. */
  readonly unreachable: readonly UnreachableRoute[]
  /** Virtual hosts that no request comes to, and those that answer every request with 404. */
  readonly virtualHosts: readonly VirtualHostFinding[]
  /** Which earlier routes take requests that `ref` would take too, each with such a request. Computed when asked. */
  partlyShadowed(ref: RouteRef): readonly Shadow[]
  /** What the proofs rest on, each a sentence. */
  readonly assumptions: readonly string[]
}

export type RouteFinding = ReachableRoute | UnreachableRoute | UndecidedRoute

/** Some request takes this route. */
export interface ReachableRoute {
  readonly ref: RouteRef
  readonly status: 'reachable'
  /**
   * No request that takes the route has a shorter path, and none with as short a path has fewer headers; but for requests of
   * which, for a construct outside the algebra, it is not known whether they take it.
   */
  readonly witness: Witness
}

/** No request takes this route, proven. */
export interface UnreachableRoute {
  readonly ref: RouteRef
  readonly status: 'unreachable'
  /** The routes that take what it would take; empty if there is nothing that it would take. A route -1 is the redirect of `require_tls`. */
  readonly coveredBy: readonly RouteRef[]
  /** In words. */
  readonly reason: string
}

/** Nothing is proven of this route. */
export interface UndecidedRoute {
  readonly ref: RouteRef
  readonly status: 'unknown'
  /** In words: the construct outside the algebra, or the bound that was hit. */
  readonly reason: string
}

export interface VirtualHostFinding {
  readonly virtualHost: string
  readonly virtualHostIndex: number
  readonly kind: 'unreachable' | 'no-routes'
  /** In words. */
  readonly reason: string
}

/** A route that is before another one and takes some of its requests. */
export interface Shadow {
  readonly by: RouteRef
  /** A request that fits both and goes to {@link by}. */
  readonly witness: Witness
}
