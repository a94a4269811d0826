import type { FilterChainJson, ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import { httpConnectionManager } from './http-connection-manager.ts'
import { type InboundPort, inboundPorts } from './inbound-ports.ts'
import {
  anyAddress,
  bound,
  httpInspector,
  listenerOn,
  plainHttp,
  tlsInspector,
} from './listener.ts'
import { inboundCluster, inboundPassthroughCluster } from './names.ts'
import { everyRequest } from './route-match.ts'
import type { Scope } from './scope.ts'
import { tcpProxy } from './tcp-proxy.ts'

/** The listeners of a sidecar that take requests to its workload on addresses of their own. */
export function boundInboundListeners(scope: Scope): readonly ListenerJson[] {
  return inboundPorts(scope).flatMap((inbound) =>
    inbound.bind === undefined ? [] : [boundListener(scope, inbound, inbound.bind)],
  )
}

function boundListener(scope: Scope, inbound: InboundPort, bind: string): ListenerJson {
  const chains = portChains(scope, inbound, bind)
  const detects = inbound.traffic === 'auto'
  return {
    ...listenerOn(bind, inbound.port, 'INBOUND'),
    ...bound,
    continueOnListenerFiltersTimeout: true,
    listenerFiltersTimeout: '0s',
    ...(detects && { listenerFilters: [tlsInspector, httpInspector] }),
    // Where the protocol is declared nothing is inspected, so nothing can be matched either.
    filterChains: detects ? chains : chains.slice(0, 1).map(({ filters = [] }) => ({ filters })),
  }
}

/** The filter chains of captured inbound traffic, those of undeclared ports first. */
export function capturedInboundChains(scope: Scope): readonly FilterChainJson[] {
  const declared = inboundPorts(scope).filter(({ bind }) => bind === undefined)
  return [
    ...undeclaredChains(scope),
    ...declared.flatMap((inbound) =>
      portChains(scope, inbound, anyAddress).map(({ filterChainMatch, ...chain }) => ({
        ...chain,
        name: `${anyAddress}_${inbound.port}`,
        filterChainMatch: { destinationPort: inbound.port, ...filterChainMatch },
      })),
    ),
  ]
}

/** Plain text only: chains that end TLS come with the identity of workloads. */
function portChains(
  scope: Scope,
  inbound: InboundPort,
  address: string,
): readonly FilterChainJson[] {
  const cluster = inboundCluster(inbound.port)
  const { connectionPool } = inbound
  const tcp = { filters: [tcpProxy(scope, cluster, connectionPool && { connectionPool })] }
  const http = {
    filters: [
      httpConnectionManager(scope, {
        statPrefix: `inbound_${address}_${inbound.port}`,
        routes: inboundRoutes(inbound, cluster),
        role: 'inbound',
      }),
    ],
  }
  const raw = { transportProtocol: 'raw_buffer' }
  switch (inbound.traffic) {
    case 'http':
      return [{ filterChainMatch: raw, ...http }]
    case 'auto':
      return [
        { filterChainMatch: plainHttp, ...http },
        { filterChainMatch: raw, ...tcp },
        { filterChainMatch: { transportProtocol: 'tls' }, ...tcp },
      ]
    default:
      return [
        { filterChainMatch: raw, ...tcp },
        { filterChainMatch: { transportProtocol: 'tls' }, ...tcp },
      ]
  }
}

function undeclaredChains(scope: Scope): readonly FilterChainJson[] {
  const cluster = inboundPassthroughCluster
  const http = httpConnectionManager(scope, {
    statPrefix: cluster,
    routes: routeTo(cluster, cluster, { host: '', port: 0 }),
    role: 'inbound',
  })
  const filters = [tcpProxy(scope, cluster)]
  const name = 'virtualInbound'
  return [
    { name: `${name}-catchall-http`, filterChainMatch: plainHttp, filters: [http] },
    { name, filterChainMatch: { transportProtocol: 'raw_buffer' }, filters },
    { name, filterChainMatch: { transportProtocol: 'tls' }, filters },
  ]
}

function inboundRoutes(inbound: InboundPort, cluster: string): RouteConfigurationJson {
  const host = inbound.service?.hostname ?? ''
  return routeTo(cluster, cluster, { host, port: inbound.servicePort })
}

function routeTo(
  name: string,
  cluster: string,
  { host, port }: { readonly host: string; readonly port: number },
): RouteConfigurationJson {
  return {
    name,
    validateClusters: false,
    virtualHosts: [
      {
        name: `inbound|http|${port}`,
        domains: ['*'],
        routes: [
          {
            name: 'default',
            match: everyRequest,
            route: {
              cluster,
              timeout: '0s',
              maxStreamDuration: { maxStreamDuration: '0s', grpcTimeoutHeaderMax: '0s' },
              // Safe for any request: nothing of it has reached the application.
              retryPolicy: { retryOn: 'reset-before-request', numRetries: 2 },
            },
            decorator: { operation: `${host}:${port}/*` },
          },
        ],
      },
    ],
  }
}
