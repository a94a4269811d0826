import type { Destination } from '@meshwright/mesh-config'
import { outboundCluster } from './names.ts'
import type { Scope } from './scope.ts'
import { type Policy, policyFor } from './traffic-policy.ts'

/** Where a route sends requests. */
export interface ResolvedDestination {
  readonly cluster: string
  readonly policy: Policy
}

/**
 * The cluster that a destination means. Without a port of its own it is the service's only one,
 * or else the port of the listener.
 */
export function resolveDestination(
  scope: Scope,
  { host, port, subset }: Destination,
  listenerPort: number,
): ResolvedDestination {
  const service = scope.services.get(host)
  const only = service?.ports.length === 1 ? service.ports[0] : undefined
  const number = port?.number ?? only?.number ?? listenerPort
  const rule = service && scope.destinationRuleOf(service)
  return {
    cluster: outboundCluster(host, number, subset),
    policy: policyFor(scope.mesh, rule, number, subset),
  }
}
