import type { ProxyView } from '@meshwright/mini-proxy'

const of = (type: string): { '@type': string } => ({ '@type': `type.googleapis.com/envoy.${type}` })

type Listener = NonNullable<ReturnType<ProxyView['listeners']['get']>>
type Cluster = NonNullable<ReturnType<ProxyView['clusters']['get']>>
type Routes = NonNullable<ReturnType<ProxyView['routes']['get']>>
type Endpoints = NonNullable<ReturnType<ProxyView['endpoints']['get']>>

const loopback = (portValue: number) => ({ socketAddress: { address: '127.0.0.1', portValue } })

/** A listener that sends everything to the cluster `backend`, or whose routes come by the name given. */
export function listenerOn(port: number, routeConfigName?: string): Listener {
  const everything = { match: { prefix: '/' }, route: { cluster: 'backend' } }
  const virtualHosts = [{ name: 'all', domains: ['*'], routes: [everything] }]
  const typedConfig = {
    ...of('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    statPrefix: 'in',
    ...(routeConfigName === undefined
      ? { routeConfig: { virtualHosts } }
      : { rds: { routeConfigName, configSource: { ads: {} } } }),
    httpFilters: [{ name: 'router', typedConfig: of('extensions.filters.http.router.v3.Router') }],
  }
  return {
    name: 'in',
    address: loopback(port),
    filterChains: [{ filters: [{ name: 'http', typedConfig }] }],
  }
}

/** The cluster `backend`: one server. */
export function staticCluster(port: number): Cluster {
  return {
    name: 'backend',
    type: 'STATIC',
    connectTimeout: '1s',
    loadAssignment: endpoints('backend', [port]),
  }
}

/** A cluster whose endpoints come by EDS. */
export function edsCluster(name: string): Cluster {
  const edsConfig = { ads: {}, resourceApiVersion: 'V3' as const }
  return { name, type: 'EDS', connectTimeout: '1s', edsClusterConfig: { edsConfig } }
}

/** Servers of a cluster. */
export function endpoints(clusterName: string, ports: readonly number[]): Endpoints {
  const lbEndpoints = ports.map((port) => ({ endpoint: { address: loopback(port) } }))
  return { clusterName, endpoints: [{ lbEndpoints }] }
}

/** Ten routes for each cluster, told apart by path, and one for the rest. */
export function routesTo(name: string, clusters: readonly string[], rest: string): Routes {
  const each = clusters.flatMap((cluster, c) =>
    Array.from({ length: 10 }, (_, i) => ({
      match: { prefix: `/service-${c}/part-${i}/` },
      route: { cluster },
    })),
  )
  const routes = [...each, { match: { prefix: '/' }, route: { cluster: rest } }]
  return { name, virtualHosts: [{ name: 'all', domains: ['*'], routes }] }
}
