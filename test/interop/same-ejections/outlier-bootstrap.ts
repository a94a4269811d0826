import type { OutlierOptions } from '@meshwright/circuit-breaker'
import type { Script } from './script.ts'
import { addressOf } from './upstreams.ts'

const of = (type: string): { '@type': string } => ({ '@type': `type.googleapis.com/${type}` })

/**
 * A cluster for each script. The headers `x-cluster` and `x-host` say which host of which cluster a request goes to, ejected or not:
 * a subset of one host that is ejected is in panic.
 */
export function bootstrapOf(
  scripts: readonly Script[],
  upstreamPort: number,
  eventLog: string,
): string {
  const hosts = [...new Set(scripts.flatMap((it) => it.hosts))]
  return JSON.stringify({
    admin: { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } },
    clusterManager: { outlierDetection: { eventLogPath: eventLog } },
    staticResources: {
      listeners: [listener(hosts)],
      clusters: scripts.map((it) => cluster(it, upstreamPort)),
    },
  })
}

function listener(hosts: readonly string[]): object {
  const hcm = {
    ...of('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
    statPrefix: 'in',
    routeConfig: { virtualHosts: [{ name: 'all', domains: ['*'], routes: hosts.flatMap(routes) }] },
    httpFilters: [
      { name: 'router', typedConfig: of('envoy.extensions.filters.http.router.v3.Router') },
    ],
  }
  return {
    name: 'in',
    address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
    filterChains: [{ filters: [{ name: 'hcm', typedConfig: hcm }] }],
  }
}

function routes(host: string): object[] {
  const is = (name: string, exact: string): object => ({ name, stringMatch: { exact } })
  const action = {
    clusterHeader: 'x-cluster',
    metadataMatch: { filterMetadata: { 'envoy.lb': { host } } },
  }
  return [
    {
      match: { prefix: '/', headers: [is('x-host', host), is('x-answer', 'hang')] },
      route: { ...action, timeout: '0.05s' },
    },
    {
      match: { prefix: '/', headers: [is('x-host', host)] },
      route: { ...action, timeout: '20s' },
    },
  ]
}

function cluster({ name, hosts, options, group }: Script, port: number): object {
  return {
    name,
    type: 'STATIC',
    connectTimeout: '5s',
    outlierDetection: outlierJson(options),
    lbSubsetConfig: { fallbackPolicy: 'NO_FALLBACK', subsetSelectors: [{ keys: ['host'] }] },
    typedExtensionProtocolOptions: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        ...of('envoy.extensions.upstreams.http.v3.HttpProtocolOptions'),
        explicitHttpConfig: { httpProtocolOptions: {} },
        // Each request makes its connection, so that a refusal is one of this request.
        commonHttpProtocolOptions: { maxRequestsPerConnection: 1 },
      },
    },
    loadAssignment: {
      clusterName: name,
      endpoints: [
        {
          lbEndpoints: hosts.map((host) => ({
            endpoint: {
              address: { socketAddress: { address: addressOf(group, host), portValue: port } },
            },
            metadata: { filterMetadata: { 'envoy.lb': { host } } },
          })),
        },
      ],
    },
  }
}

/** Our options are named as Envoy's fields are in JSON, but that times are in ms. */
export function outlierJson(options: OutlierOptions): object {
  const fields = Object.entries(options).map(([name, value]) =>
    name.endsWith('Ms') ? [name.slice(0, -2), `${Number(value) / 1_000}s`] : [name, value],
  )
  return Object.fromEntries(fields)
}
