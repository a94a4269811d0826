import type { RouteJson } from '@meshwright/xds-types/envoy/config/route/v3'

/** Where in the configuration a compiled route is written. */
export interface RouteOrigin {
  readonly kind: 'VirtualService'
  readonly namespace: string
  readonly name: string
  /** From the root of the resource: `['spec', 'http', 1, 'match', 0]`, without the match if the route has none. */
  readonly path: readonly (string | number)[]
  /** Of a route that was delegated to: the route, or its match, that delegates. */
  readonly via?: RouteOrigin
}

// Beside the resources and not in them: what proxies are told is the same with and without.
const origins = new WeakMap<RouteJson, RouteOrigin>()

/**
 * Tells where a route of {@link compile}'s result is written.
 *
 * By identity: of the objects in that result, not of copies. Undefined for routes that nobody
 * wrote: of services without a VirtualService, of unknown hosts, of inbound listeners.
 */
export function originOf(route: RouteJson): RouteOrigin | undefined {
  return origins.get(route)
}

/** Notes where a new route is written, and hands it back. */
export function withOrigin(route: RouteJson, origin: RouteOrigin | undefined): RouteJson {
  if (origin !== undefined) origins.set(route, origin)
  return route
}
