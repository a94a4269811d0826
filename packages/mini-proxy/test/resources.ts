import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'

type FilterChain = NonNullable<ListenerJson['filterChains']>[number]
type Filter = NonNullable<FilterChain['filters']>[number]

/** A listener on a loopback port that the system chooses, with one filter chain unless told otherwise. */
export function listener(
  name: string,
  filters: readonly Filter[],
  more: Partial<ListenerJson> = {},
): ListenerJson {
  return {
    name,
    address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
    filterChains: [{ filters }],
    ...more,
  }
}

/** A filter that says `text` and closes. */
export function saying(text: string): Filter {
  return {
    name: 'direct_response',
    typedConfig: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config',
      response: { inlineString: text },
    },
  }
}

/** A filter that relays to a cluster. */
export function tcpProxy(cluster: string, more: object = {}): Filter {
  return {
    name: 'tcp_proxy',
    typedConfig: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
      statPrefix: 'test',
      cluster,
      ...more,
    },
  }
}

/** A STATIC cluster with one host per port on loopback. */
export function cluster(
  name: string,
  ports: readonly number[],
  more: Partial<ClusterJson> = {},
): ClusterJson {
  return {
    name,
    type: 'STATIC',
    connectTimeout: '1s',
    loadAssignment: {
      clusterName: name,
      endpoints: [{ lbEndpoints: ports.map((port) => endpoint('127.0.0.1', port)) }],
    },
    ...more,
  }
}

export function endpoint(address: string, portValue: number): object {
  return { endpoint: { address: { socketAddress: { address, portValue } } } }
}

/** The transport socket of a TLS context, up or down by its fields' type. */
export function tls(
  direction: 'Upstream' | 'Downstream',
  context: object,
): {
  name: string
  typedConfig: { '@type': string; [field: string]: unknown }
} {
  return {
    name: 'envoy.transport_sockets.tls',
    typedConfig: {
      '@type': `type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${direction}TlsContext`,
      ...context,
    },
  }
}

type RouteConfiguration =
  import('@meshwright/xds-types/envoy/config/route/v3').RouteConfigurationJson

/** A filter that serves HTTP by the route configuration of this name. */
export function http(routeConfigName: string, more: object = {}): Filter {
  const prefix = 'type.googleapis.com/envoy.extensions.filters'
  return {
    name: 'http',
    typedConfig: {
      '@type': `${prefix}.network.http_connection_manager.v3.HttpConnectionManager`,
      statPrefix: 'test',
      rds: { routeConfigName, configSource: { ads: {} } },
      httpFilters: [
        { name: 'router', typedConfig: { '@type': `${prefix}.http.router.v3.Router` } },
      ],
      ...more,
    },
  }
}

/** Routes that send everything to one cluster. */
export function routesTo(name: string, clusterName: string): RouteConfiguration {
  const routes = [{ match: { prefix: '/' }, route: { cluster: clusterName } }]
  return { name, virtualHosts: [{ name: 'all', domains: ['*'], routes }] }
}
