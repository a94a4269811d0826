import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import { isUnknownPriority, unknownPredicates } from '../router/retry-rules.ts'

type VirtualHostJson = NonNullable<RouteConfigurationJson['virtualHosts']>[number]

/**
 * Fields of a route configuration that the router accepts and does not act on. What the route matcher does not act on, it
 * tells itself.
 */
export function ignoredRouteParts(configuration: RouteConfigurationJson): string[] {
  const ignored = new Set<string>()
  for (const host of configuration.virtualHosts ?? []) {
    collect(host, ignored)
    for (const { route } of host.routes ?? []) {
      if (route === undefined) continue
      collect(route, ignored)
      collectOfRoute(route, ignored)
    }
  }
  return [...ignored]
}

type CommonParts = Pick<VirtualHostJson, 'hedgePolicy' | 'retryPolicy' | 'rateLimits'>
type RouteActionJson = NonNullable<NonNullable<VirtualHostJson['routes']>[number]['route']>

function collectOfRoute(route: RouteActionJson, ignored: Set<string>): void {
  const handled = route.internalRedirectAction === 'HANDLE_INTERNAL_REDIRECT'
  if (route.internalRedirectPolicy !== undefined || handled) {
    ignored.add('route.internal_redirect_policy')
  }
  if (route.flushTimeout !== undefined) ignored.add('route.flush_timeout')
  if (route.earlyDataPolicy !== undefined) ignored.add('route.early_data_policy')
}

/** Takes a virtual host or a route: these fields stand in both. */
function collect(
  { hedgePolicy, retryPolicy, rateLimits = [] }: CommonParts,
  ignored: Set<string>,
): void {
  if (rateLimits.some((it) => (it.xRatelimitOption ?? 'UNSPECIFIED') !== 'UNSPECIFIED')) {
    ignored.add('rate_limits.x_ratelimit_option')
  }
  // As in Envoy, which has these two fields and does nothing with them.
  if ((hedgePolicy?.initialRequests ?? 1) > 1) ignored.add('hedge_policy.initial_requests')
  if (hedgePolicy?.additionalRequestChance !== undefined) {
    ignored.add('hedge_policy.additional_request_chance')
  }
  if (isUnknownPriority(retryPolicy?.retryPriority)) ignored.add('retry_policy.retry_priority')
  for (const { name = '' } of retryPolicy?.retryOptionsPredicates ?? []) {
    ignored.add(`retry_policy.retry_options_predicates ${name}`)
  }
  for (const name of unknownPredicates(retryPolicy?.retryHostPredicate ?? [])) {
    ignored.add(`retry_policy.retry_host_predicate ${name}`)
  }
}
