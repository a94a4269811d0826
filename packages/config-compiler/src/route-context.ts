import type { Scope } from './scope.ts'

/** Where a route is going to serve. */
export interface RouteContext {
  readonly scope: Scope
  /** The port that requests come in by. */
  readonly listenerPort: number
  /** `mesh` for a sidecar, otherwise the gateways (`namespace/name`) behind the listener. */
  readonly gateways: readonly string[]
}
