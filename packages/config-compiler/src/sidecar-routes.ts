import { hostCovers, type MeshService } from '@meshwright/mesh-config'
import type {
  RouteConfigurationJson,
  RouteJson,
  VirtualHostJson,
} from '@meshwright/xds-types/envoy/config/route/v3'
import { domainsOf, withPort } from './domains.ts'
import { isPattern } from './host.ts'
import { defaultRoute, virtualServiceRoutes } from './http-route.ts'
import { compareText } from './order.ts'
import type { OutboundDraft, RouteTable } from './outbound-draft.ts'
import { trafficOf } from './protocol.ts'
import type { RouteContext } from './route-context.ts'
import type { EgressScope, Scope } from './scope.ts'
import { catchAllVirtualHost, routeConfiguration } from './virtual-host.ts'
import { meshGateway } from './virtual-service.ts'

const httpPort = 80

/** The route configurations that the outbound listeners of a sidecar ask for, each once. */
export function sidecarRoutes(
  scope: Scope,
  drafts: readonly OutboundDraft[],
): readonly RouteConfigurationJson[] {
  const tables = new Map<string, RouteTable>()
  for (const { routes } of drafts) if (routes !== undefined) tables.set(routes.name, routes)
  return [...tables.values()].map((table) => routesOf(scope, table))
}

function routesOf(scope: Scope, table: RouteTable): RouteConfigurationJson {
  const isProxy = table.port === undefined
  const virtualHosts = table.egress.services
    .filter(({ hostname }) => table.host === undefined || table.host === hostname)
    .flatMap((service) => serviceVirtualHosts(scope, table, service))
  const extra = table.host === undefined ? hostsWithoutService(scope, table) : []
  const sorted = [...virtualHosts, ...extra].sort(byName)
  // An unknown host in a proxy request has no original destination to pass it on to.
  const refuse = scope.registryOnly || isProxy
  return routeConfiguration(table.name, [...sorted, catchAllVirtualHost(refuse)], !isProxy)
}

/**
 * The routes to a port of a service: those of the first VirtualService that has any there, or
 * straight to its cluster.
 */
export function serviceRoutes(
  context: RouteContext,
  { virtualServicesOf }: EgressScope,
  host: string,
): readonly RouteJson[] {
  for (const virtualService of virtualServicesOf(host)) {
    const routes = virtualServiceRoutes(context, virtualService)
    if (routes.length > 0) return routes
  }
  return [defaultRoute(context, host, context.listenerPort)]
}

function serviceVirtualHosts(
  scope: Scope,
  table: RouteTable,
  service: MeshService,
): readonly VirtualHostJson[] {
  const ports = service.ports.filter(
    ({ number, protocol }) =>
      (table.port === undefined || table.port === number) &&
      (trafficOf(protocol) === 'http' || table.host !== undefined),
  )
  const bare = ports.find(({ number }) => number === httpPort) ?? ports[0]
  return ports.map((port) => {
    const context = { scope, listenerPort: port.number, gateways: [meshGateway] }
    const names = domainsOf(service, scope)
    const proxied = [...(port === bare ? names : []), ...withPort(names, port.number)]
    return {
      name: `${service.hostname}:${port.number}`,
      domains: table.port === undefined ? proxied : names,
      routes: serviceRoutes(context, table.egress, service.hostname),
      includeRequestAttemptCount: true,
    }
  })
}

/** Virtual services may name hosts that no registry knows; they are served on port 80. */
function hostsWithoutService(scope: Scope, table: RouteTable): readonly VirtualHostJson[] {
  if (table.port !== undefined && table.port !== httpPort) return []
  const { services, virtualServices } = table.egress
  const context = { scope, listenerPort: httpPort, gateways: [meshGateway] }
  const known = new Set(services.map(({ hostname }) => hostname))
  const isServed = (host: string): boolean =>
    isPattern(host) ? services.some(({ hostname }) => hostCovers(host, hostname)) : known.has(host)
  return virtualServices
    .filter(({ gateways, http }) => gateways.includes(meshGateway) && http.length > 0)
    .flatMap((virtualService) => {
      const routes = virtualServiceRoutes(context, virtualService)
      if (routes.length === 0) return []
      return virtualService.hosts
        .filter((host) => !isServed(host))
        .map((host) => ({
          name: `${host}:${httpPort}`,
          domains: table.port === undefined ? [host, ...withPort([host], httpPort)] : [host],
          routes,
          includeRequestAttemptCount: true,
        }))
    })
}

function byName(a: VirtualHostJson, b: VirtualHostJson): number {
  return compareText(a.name ?? '', b.name ?? '')
}
