import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ConfigSourceJson } from '@meshwright/xds-types/envoy/config/core/v3'
import type {
  FilterChainJson,
  FilterJson,
  ListenerJson,
} from '@meshwright/xds-types/envoy/config/listener/v3'
import type {
  RouteActionJson,
  RouteConfigurationJson,
} from '@meshwright/xds-types/envoy/config/route/v3'
import type { HttpConnectionManagerJson } from '@meshwright/xds-types/envoy/extensions/filters/network/http_connection_manager/v3'
import type { TcpProxyJson } from '@meshwright/xds-types/envoy/extensions/filters/network/tcp_proxy/v3'

const extensions = 'type.googleapis.com/envoy.extensions.filters.network'
const httpConnectionManagerUrl = `${extensions}.http_connection_manager.v3.HttpConnectionManager`
const tcpProxyUrl = `${extensions}.tcp_proxy.v3.TcpProxy`

/** The name under which a cluster's endpoints are asked for; undefined if the cluster is not of type EDS. */
export function edsNameOf(cluster: ClusterJson): string | undefined {
  if (cluster.type !== 'EDS') return undefined
  return cluster.edsClusterConfig?.serviceName || cluster.name
}

/** A route configuration that a listener asks for by name. */
export interface RouteReference {
  readonly name: string
  readonly source: ConfigSourceJson | undefined
}

/** The route configurations that a listener asks for by name, in the order of its filter chains. */
export function routeReferencesOf(listener: ListenerJson): readonly RouteReference[] {
  return connectionManagersOf(listener).flatMap(({ rds }) =>
    rds?.routeConfigName ? [{ name: rds.routeConfigName, source: rds.configSource }] : [],
  )
}

/** The clusters that a route configuration can send requests to, as far as it names them. */
export function clustersOfRoutes(routes: RouteConfigurationJson): ReadonlySet<string> {
  const actions = (routes.virtualHosts ?? []).flatMap((host) =>
    (host.routes ?? []).map(({ route }) => route),
  )
  return new Set(
    actions.flatMap((action) => (action === undefined ? [] : clustersOfAction(action))),
  )
}

/** The clusters that a listener names itself: in inline routes and in TCP proxies. */
export function clustersOfListener(listener: ListenerJson): ReadonlySet<string> {
  const inline = connectionManagersOf(listener).flatMap(({ routeConfig }) =>
    routeConfig === undefined ? [] : [...clustersOfRoutes(routeConfig)],
  )
  const proxies = filtersOf(listener).flatMap((filter) => {
    const config = configOf<TcpProxyJson>(filter, tcpProxyUrl)
    return config === undefined ? [] : namesOf(config.cluster, config.weightedClusters?.clusters)
  })
  return new Set([...inline, ...proxies])
}

function clustersOfAction(action: RouteActionJson): readonly string[] {
  const mirrors = (action.requestMirrorPolicies ?? []).map(({ cluster }) => cluster)
  return [...namesOf(action.cluster, action.weightedClusters?.clusters), ...mirrors].filter(isName)
}

function namesOf(
  cluster: string | undefined,
  weighted: readonly { readonly name?: string }[] | undefined,
): readonly string[] {
  return [cluster, ...(weighted ?? []).map(({ name }) => name)].filter(isName)
}

function isName(name: string | undefined): name is string {
  return name !== undefined && name !== ''
}

function connectionManagersOf(listener: ListenerJson): readonly HttpConnectionManagerJson[] {
  return filtersOf(listener).flatMap((filter) => {
    const config = configOf<HttpConnectionManagerJson>(filter, httpConnectionManagerUrl)
    return config === undefined ? [] : [config]
  })
}

function filtersOf(listener: ListenerJson): readonly FilterJson[] {
  const chains: readonly FilterChainJson[] = [
    ...(listener.filterChains ?? []),
    ...(listener.defaultFilterChain === undefined ? [] : [listener.defaultFilterChain]),
  ]
  return chains.flatMap((chain) => chain.filters ?? [])
}

// The JSON came from decoding this very message type, so its shape is known once the URL is.
function configOf<Json>(filter: FilterJson, typeUrl: string): Json | undefined {
  const { typedConfig } = filter
  return typedConfig?.['@type'] === typeUrl ? (typedConfig as Json) : undefined
}
