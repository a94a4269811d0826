import {
  hostCovers,
  type MeshService,
  type RouteDestination,
  type ServicePortSpec,
} from '@meshwright/mesh-config'
import type { FilterChainJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import { chain } from './listener.ts'
import { outboundCluster } from './names.ts'
import type { EgressScope, Scope } from './scope.ts'
import { requestApplies } from './source-match.ts'
import { routedTcpProxy, tcpProxy } from './tcp-proxy.ts'
import { policyFor } from './traffic-policy.ts'
import { meshGateway } from './virtual-service.ts'

/** A chain for connections to certain server names; to any, if there are none. */
export interface NamedChain {
  readonly serverNames: readonly string[]
  readonly chain: FilterChainJson
}

/** The chain for a TCP service: what the first VirtualService that applies says, or its cluster. */
export function tcpChain(
  scope: Scope,
  { virtualServices }: EgressScope,
  service: MeshService,
  port: ServicePortSpec,
): FilterChainJson {
  const context = { scope, listenerPort: port.number, gateways: [meshGateway] }
  for (const virtualService of virtualServices) {
    if (!speaksFor(virtualService, service)) continue
    for (const { match, route } of virtualService.tcp) {
      const applies =
        !match?.length || match.some((one) => requestApplies(context, virtualService, one))
      if (applies && route?.length) return chain(routedTcpProxy(scope, route, port.number))
    }
  }
  return chain(straight(scope, service, port))
}

/** The chains for a TLS service, by server name where that is what tells services apart. */
export function tlsChains(
  scope: Scope,
  { virtualServices }: EgressScope,
  service: MeshService,
  port: ServicePortSpec,
): readonly NamedChain[] {
  const context = { scope, listenerPort: port.number, gateways: [meshGateway] }
  const chains = virtualServices
    .filter((virtualService) => speaksFor(virtualService, service))
    .flatMap((virtualService) =>
      virtualService.tls.flatMap(({ match, route }) =>
        (match ?? [])
          .filter((one) => requestApplies(context, virtualService, one))
          .map(({ sniHosts }) => byName(scope, sniHosts ?? [], route ?? [], port.number)),
      ),
    )
  if (chains.length > 0) return chains
  const serverNames = service.addresses.length > 0 ? [] : [service.hostname]
  return [{ serverNames, chain: chain(straight(scope, service, port)) }]
}

function byName(
  scope: Scope,
  serverNames: readonly string[],
  route: readonly RouteDestination[],
  port: number,
): NamedChain {
  return { serverNames, chain: chain(routedTcpProxy(scope, route, port)) }
}

function speaksFor(
  { gateways, hosts }: EgressScope['virtualServices'][number],
  service: MeshService,
): boolean {
  const matches = hosts.some((host) => hostCovers(host, service.hostname))
  return matches && gateways.includes(meshGateway)
}

function straight(
  scope: Scope,
  service: MeshService,
  port: ServicePortSpec,
): ReturnType<typeof tcpProxy> {
  const policy = policyFor(scope.mesh, scope.destinationRuleOf(service), port.number)
  return tcpProxy(scope, outboundCluster(service.hostname, port.number), policy)
}
