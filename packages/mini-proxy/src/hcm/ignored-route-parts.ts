import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'

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
      if (route.priority === 'HIGH') ignored.add('route.priority HIGH')
    }
  }
  return [...ignored]
}

/** Takes a virtual host or a route: these fields stand in both. */
function collect(
  { hedgePolicy, retryPolicy }: Pick<VirtualHostJson, 'hedgePolicy' | 'retryPolicy'>,
  ignored: Set<string>,
): void {
  if (hedgePolicy?.hedgeOnPerTryTimeout === true) {
    ignored.add('hedge_policy.hedge_on_per_try_timeout')
  }
  for (const { name = '' } of retryPolicy?.retryHostPredicate ?? []) {
    if (!name.endsWith('previous_hosts')) ignored.add(`retry_policy.retry_host_predicate ${name}`)
  }
}
