import type { RouteConfigurationJson, RouteJson } from '@meshwright/route-matcher'

/**
 * The headers that routes look at, for a log to be checked against: `cookie` stands for all cookies, `:scheme` is the only
 * pseudo-header that a log may lack. Generic matcher trees are not searched.
 */
export function headersLookedAt(configurations: readonly RouteConfigurationJson[]): Set<string> {
  const routes = configurations.flatMap(({ virtualHosts = [] }) =>
    virtualHosts.flatMap((host) => host.routes ?? []),
  )
  const names = routes.flatMap(headersOf).map((name) => name.toLowerCase())
  return new Set(names.filter((name) => name !== '' && !alwaysLogged.has(name)))
}

const alwaysLogged: ReadonlySet<string> = new Set([':method', ':path', ':authority', 'host'])

function headersOf({ match, route }: RouteJson): string[] {
  const clusters = route?.weightedClusters?.clusters ?? []
  return [
    ...(match?.headers ?? []).map(({ name = '' }) => name),
    ...((match?.cookies ?? []).length > 0 ? ['cookie'] : []),
    ...(match?.grpc === undefined ? [] : ['content-type']),
    route?.clusterHeader ?? '',
    route?.weightedClusters?.headerName ?? '',
    ...clusters.map(({ clusterHeader = '' }) => clusterHeader),
  ]
}
