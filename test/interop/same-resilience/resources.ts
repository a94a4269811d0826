import type { Scenario } from './scenarios.ts'

/** Where the hosts of clusters are. */
export interface Ports {
  readonly upstream: number
  /** Nobody listens there. */
  readonly closed: number
}

const of = (type: string): { '@type': string } => ({ '@type': `type.googleapis.com/${type}` })

/** The header by which a request says who it is. */
export const idHeader = 'x-id'

/** What access logs say of a request, in one line of parts without spaces. */
const logFormat = [
  `%REQ(${idHeader})%`,
  '%RESPONSE_CODE%',
  '%RESPONSE_FLAGS%',
  '%RESPONSE_CODE_DETAILS%',
  '%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
  '%UPSTREAM_HOST%',
  '%UPSTREAM_REMOTE_ADDRESS%',
  '%UPSTREAM_CLUSTER%',
].join(' ')

/** Listener, routes and clusters: the authority of a request says which scenario it belongs to. */
export function resourcesFor(
  scenarios: readonly Scenario[],
  ports: Ports,
  logPath: string,
  filters: readonly object[] = [],
): { listeners: object[]; clusters: object[] } {
  const hcm = {
    ...of('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    statPrefix: 'in',
    useRemoteAddress: true,
    // So that headers that steer retries are not taken out as those of strangers.
    internalAddressConfig: { cidrRanges: [{ addressPrefix: '127.0.0.0', prefixLen: 8 }] },
    routeConfig: { name: 'all', virtualHosts: scenarios.map(hostOf) },
    accessLog: [
      {
        name: 'log',
        typedConfig: {
          ...of('envoy.extensions.access_loggers.file.v3.FileAccessLog'),
          path: logPath,
          logFormat: { textFormatSource: { inlineString: `${logFormat}\n` } },
        },
      },
    ],
    httpFilters: [
      ...filters,
      { name: 'router', typedConfig: of('envoy.extensions.filters.http.router.v3.Router') },
    ],
  }
  const listener = {
    name: 'in',
    address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
    filterChains: [{ filters: [{ name: 'hcm', typedConfig: hcm }] }],
  }
  const clusters = scenarios.flatMap((it) => [
    clusterOf(it, ports),
    ...(it.mirrors ?? []).map((name) => clusterOf({ name, requests: [] }, ports)),
  ])
  return { listeners: [listener], clusters }
}

function hostOf({ name, route, routeFields, host }: Scenario): object {
  const { perRequestBufferLimitBytes, ...fields } = {
    perRequestBufferLimitBytes: undefined,
    ...host,
  }
  return {
    name,
    domains: [name],
    ...fields,
    routes: [
      {
        match: { prefix: '/' },
        ...(perRequestBufferLimitBytes !== undefined && { perRequestBufferLimitBytes }),
        ...routeFields,
        route: { cluster: name, ...route },
      },
    ],
  }
}

function clusterOf({ name, cluster, refusing = 0, hosts = 1 }: Scenario, ports: Ports): object {
  const lbEndpoints = Array.from({ length: hosts }, (_, i) => {
    const portValue = i < refusing ? ports.closed : ports.upstream
    return { endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } } }
  })
  return {
    name,
    type: 'STATIC',
    connectTimeout: '5s',
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints }] },
    ...cluster,
  }
}
