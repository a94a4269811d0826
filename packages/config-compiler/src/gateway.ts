import type { GatewayServer, Snapshot } from '@meshwright/mesh-config'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type {
  RouteConfigurationJson,
  RouteJson,
  VirtualHostJson,
} from '@meshwright/xds-types/envoy/config/route/v3'
import { listenerAccessLogs } from './access-log.ts'
import { type ServerGroup, serverGroups, serverHosts, sharedHosts } from './gateway-servers.ts'
import { httpConnectionManager } from './http-connection-manager.ts'
import { virtualServiceRoutes } from './http-route.ts'
import { anyAddress, bound, chain, listenerOn, proxyProtocolFilter } from './listener.ts'
import { sortedBy } from './order.ts'
import type { RouteContext } from './route-context.ts'
import { isCatchAll } from './route-match.ts'
import type { Scope } from './scope.ts'
import { requestApplies } from './source-match.ts'
import { routedTcpProxy } from './tcp-proxy.ts'
import { routeConfiguration } from './virtual-host.ts'
import type { VirtualService } from './virtual-service.ts'

/** The listeners of a gateway; a TCP server that nothing is routed behind has none. */
export function gatewayListeners(snapshot: Snapshot, scope: Scope): readonly ListenerJson[] {
  return serverGroups(snapshot, scope).flatMap((group) => {
    const filter =
      group.traffic === 'http'
        ? httpConnectionManager(scope, {
            statPrefix: `outbound_${group.bind}_${group.listenPort}`,
            routes: routesName(group),
            role: 'gateway',
          })
        : tcpFilter(scope, group)
    if (filter === undefined) return []
    const accessLog = listenerAccessLogs(scope.mesh)
    return [
      {
        ...listenerOn(group.bind, group.listenPort, 'OUTBOUND'),
        ...bound,
        ...(accessLog.length > 0 && { accessLog }),
        ...(scope.mesh.defaultConfig?.gatewayTopology?.proxyProtocol && {
          listenerFilters: [proxyProtocolFilter],
        }),
        filterChains: [chain(filter)],
      },
    ]
  })
}

/** The route configurations of a gateway's HTTP listeners. */
export function gatewayRoutes(snapshot: Snapshot, scope: Scope): readonly RouteConfigurationJson[] {
  return serverGroups(snapshot, scope)
    .filter(({ traffic }) => traffic === 'http')
    .map((group) => routeConfiguration(routesName(group), virtualHosts(scope, group), true))
}

function routesName({ bind, listenPort }: ServerGroup): string {
  return bind === anyAddress ? `http.${listenPort}` : `http.${listenPort}.${bind}`
}

function virtualHosts(scope: Scope, group: ServerGroup): readonly VirtualHostJson[] {
  const hosts = gatewayHosts(scope, group)
  if (hosts.size === 0) return [{ name: `blackhole:${group.port}`, domains: ['*'] }]
  return sortedBy(hosts, ([host]) => host).map(([host, { routes, redirected }]) => ({
    name: `${host}:${group.port}`,
    domains: [host],
    ...(routes.length > 0 && { routes: reachable(routes) }),
    ...(redirected && { requireTls: 'ALL' as const }),
    includeRequestAttemptCount: true,
  }))
}

interface GatewayHost {
  readonly routes: RouteJson[]
  /** One server that asks for HTTPS is enough. */
  redirected: boolean
}

/**
 * What is served by host. Several virtual services may share one: their routes follow each other,
 * in order of precedence; servers on one port may as well, each with the routes of its Gateway.
 */
function gatewayHosts(scope: Scope, group: ServerGroup): ReadonlyMap<string, GatewayHost> {
  const byHost = new Map<string, GatewayHost>()
  const add = (host: string, routes: readonly RouteJson[], redirected: boolean): void => {
    const known = byHost.get(host) ?? { routes: [], redirected: false }
    known.routes.push(...routes)
    known.redirected ||= redirected
    byHost.set(host, known)
  }
  for (const virtualService of scope.virtualServices.filter(({ http }) => http.length > 0)) {
    for (const [host, { routes, redirected }] of hostsOf(scope, group, virtualService)) {
      add(host, [...routes.values()].flat(), redirected)
    }
  }
  for (const { server } of group.servers.filter((attached) => asksForHttps(attached.server))) {
    for (const host of serverHosts(server)) add(host, [], true)
  }
  return byHost
}

interface AttachedHost {
  /** By Gateway: two servers of one give a host the same routes. */
  readonly routes: Map<string, readonly RouteJson[]>
  redirected: boolean
}

/** The hosts of one virtual service behind the servers that it is attached to. */
function hostsOf(
  scope: Scope,
  group: ServerGroup,
  virtualService: VirtualService,
): ReadonlyMap<string, AttachedHost> {
  const hosts = new Map<string, AttachedHost>()
  for (const attached of group.servers) {
    const { gateway, server } = attached
    if (!virtualService.gateways.includes(gateway)) continue
    const routes = virtualServiceRoutes(contextOf(scope, group, gateway), virtualService)
    if (routes.length === 0) continue
    for (const host of sharedHosts(attached, virtualService)) {
      const known = hosts.get(host) ?? { routes: new Map(), redirected: false }
      known.routes.set(gateway, routes)
      known.redirected ||= asksForHttps(server)
      hosts.set(host, known)
    }
  }
  return hosts
}

function asksForHttps({ tls }: GatewayServer): boolean {
  return tls?.httpsRedirect === true
}

function contextOf(scope: Scope, { port }: ServerGroup, gateway: string): RouteContext {
  return { scope, listenerPort: port, gateways: [gateway] }
}

/** Routes for everything go last, and only one of them is ever reached. */
function reachable(routes: readonly RouteJson[]): readonly RouteJson[] {
  const isLast = (route: RouteJson): boolean => isCatchAll(route.match ?? {})
  return [...routes.filter((route) => !isLast(route)), ...routes.filter(isLast).slice(0, 1)]
}

function tcpFilter(
  scope: Scope,
  group: ServerGroup,
): ReturnType<typeof routedTcpProxy> | undefined {
  for (const virtualService of scope.virtualServices) {
    for (const attached of group.servers) {
      if (!virtualService.gateways.includes(attached.gateway)) continue
      if (sharedHosts(attached, virtualService).length === 0) continue
      const context = contextOf(scope, group, attached.gateway)
      const route = virtualService.tcp.find(
        ({ match }) =>
          !match?.length || match.some((one) => requestApplies(context, virtualService, one)),
      )?.route
      if (route?.length) return routedTcpProxy(scope, route, group.port)
    }
  }
  return undefined
}
