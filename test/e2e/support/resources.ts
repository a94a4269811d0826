import type { ResourceSet } from '@meshwright/xds-server'

/** Resources of xDS as proto3 JSON. */
export interface Resources {
  listeners: NonNullable<ResourceSet['listeners']>
  routes: NonNullable<ResourceSet['routes']>
  clusters: NonNullable<ResourceSet['clusters']>
  endpoints: NonNullable<ResourceSet['endpoints']>
}

type Listener = NonNullable<ResourceSet['listeners']>[number]
type Routes = NonNullable<ResourceSet['routes']>[number]
type Cluster = NonNullable<ResourceSet['clusters']>[number]
type Endpoints = NonNullable<ResourceSet['endpoints']>[number]
type Filter = NonNullable<NonNullable<Listener['filterChains']>[number]['filters']>[number]

const extensions = 'type.googleapis.com/envoy.extensions'

/** An address for a listener or an endpoint. */
export function at(port: number, address = '127.0.0.1'): NonNullable<Listener['address']> {
  return { socketAddress: { address, portValue: port } }
}

/** Serves HTTP by the route configuration of this name, which comes over ADS. */
export function httpManager(routeConfigName: string, more: object = {}): Filter {
  return {
    name: 'http',
    typedConfig: {
      '@type': `${extensions}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      statPrefix: routeConfigName,
      rds: { routeConfigName, configSource: { ads: {}, resourceApiVersion: 'V3' } },
      httpFilters: [
        {
          name: 'router',
          typedConfig: { '@type': `${extensions}.filters.http.router.v3.Router` },
        },
      ],
      ...more,
    },
  }
}

/** A listener on a free port of loopback. */
export function httpListener(name: string, routeConfigName: string, more: object = {}): Listener {
  return {
    name,
    address: at(0),
    filterChains: [{ filters: [httpManager(routeConfigName, more)] }],
  }
}

/** Everything goes to one cluster. */
export function routesTo(name: string, cluster: string): Routes {
  const routes = [{ match: { prefix: '/' }, route: { cluster } }]
  return { name, virtualHosts: [{ name: 'all', domains: ['*'], routes }] }
}

/** A cluster whose endpoints come over ADS. */
export function edsCluster(name: string, more: Partial<Cluster> = {}): Cluster {
  const edsConfig = { ads: {}, resourceApiVersion: 'V3' } as const
  return { name, type: 'EDS', connectTimeout: '1s', edsClusterConfig: { edsConfig }, ...more }
}

export function endpointsOf(clusterName: string, ...ports: readonly number[]): Endpoints {
  const lbEndpoints = ports.map((port) => ({ endpoint: { address: at(port) } }))
  return { clusterName, endpoints: [{ lbEndpoints }] }
}

/** A transport socket for TLS. */
export function tls(direction: 'Upstream' | 'Downstream', context: object): Transport {
  return {
    name: 'envoy.transport_sockets.tls',
    typedConfig: {
      '@type': `${extensions}.transport_sockets.tls.v3.${direction}TlsContext`,
      ...context,
    },
  }
}

type Transport = NonNullable<Cluster['transportSocket']>
