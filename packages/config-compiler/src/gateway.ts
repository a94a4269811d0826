import type { Snapshot } from '@meshwright/mesh-config'
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
  const routes = routesByHost(scope, group)
  const redirected = new Set(
    group.servers
      .filter(({ server }) => server.tls?.httpsRedirect === true)
      .flatMap(({ server }) => serverHosts(server)),
  )
  const hosts = new Set([...routes.keys(), ...redirected])
  if (hosts.size === 0) return [{ name: `blackhole:${group.port}`, domains: ['*'] }]
  return sortedBy(hosts, (host) => host).map((host) => {
    const own = reachable(routes.get(host) ?? [])
    return {
      name: `${host}:${group.port}`,
      domains: [host],
      ...(own.length > 0 && { routes: own }),
      ...(isRedirected(redirected, group, host) && { requireTls: 'ALL' as const }),
      includeRequestAttemptCount: true,
    }
  })
}

/** A narrower host behind a redirecting server is redirected too, unless another server has it. */
function isRedirected(redirected: ReadonlySet<string>, group: ServerGroup, host: string): boolean {
  if (redirected.has(host)) return true
  const serving = group.servers.filter(({ server }) =>
    serverHosts(server).some(
      (pattern) => pattern === '*' || pattern === host || host.endsWith(pattern.replace('*', '')),
    ),
  )
  return serving.length > 0 && serving.every(({ server }) => server.tls?.httpsRedirect === true)
}

/** Several virtual services may share a host: their routes follow each other, oldest first. */
function routesByHost(scope: Scope, group: ServerGroup): ReadonlyMap<string, readonly RouteJson[]> {
  const byHost = new Map<string, RouteJson[]>()
  for (const virtualService of scope.virtualServices) {
    if (virtualService.http.length === 0) continue
    const attached = group.servers.filter(({ gateway }) =>
      virtualService.gateways.includes(gateway),
    )
    if (attached.length === 0) continue
    const compiled = virtualServiceRoutes(contextOf(scope, group), virtualService)
    const hosts = new Set(attached.flatMap((server) => sharedHosts(server, virtualService)))
    for (const host of hosts) byHost.set(host, [...(byHost.get(host) ?? []), ...compiled])
  }
  return byHost
}

function contextOf(scope: Scope, { port, servers }: ServerGroup): RouteContext {
  return { scope, listenerPort: port, gateways: servers.map(({ gateway }) => gateway) }
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
  const context = contextOf(scope, group)
  for (const virtualService of scope.virtualServices) {
    const attached = group.servers.some(
      (server) =>
        virtualService.gateways.includes(server.gateway) &&
        sharedHosts(server, virtualService).length > 0,
    )
    if (!attached) continue
    for (const { match, route } of virtualService.tcp) {
      const applies =
        !match?.length || match.some((one) => requestApplies(context, virtualService, one))
      if (applies && route?.length) return routedTcpProxy(scope, route, group.port)
    }
  }
  return undefined
}
