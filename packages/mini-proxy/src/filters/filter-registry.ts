import { corsFilter } from './cors.ts'
import { faultFilter } from './fault.ts'
import type { HttpFilterType } from './http-filter.ts'
import { inertFilterTypes } from './inert.ts'
import { localRateLimitFilter } from './local-rate-limit.ts'
import { statefulSessionFilter } from './stateful-session.ts'

/** The HTTP filters one proxy knows, by the name of the message that configures them. */
export interface FilterRegistry {
  get(messageName: string): HttpFilterType | undefined
  /** By the message that a route configures them with. */
  forRoute(messageName: string): HttpFilterType | undefined
}

/** The built-in filters and the user's own, which win. */
export function createFilterRegistry(
  customFilters: readonly HttpFilterType[] = [],
): FilterRegistry {
  const byType = new Map<string, HttpFilterType>()
  const byRouteType = new Map<string, HttpFilterType>()
  for (const filter of [
    corsFilter,
    faultFilter,
    localRateLimitFilter,
    statefulSessionFilter,
    ...inertFilterTypes,
    ...customFilters,
  ]) {
    for (const type of filter.configTypes) byType.set(type, filter)
    for (const type of filter.routeConfigTypes ?? []) byRouteType.set(type, filter)
  }
  return {
    get: (messageName) => byType.get(messageName),
    forRoute: (messageName) => byRouteType.get(messageName),
  }
}
