import { hashOfKeys, hostSet, ringHash } from '@meshwright/lb-algorithms'
import { outlierJson } from './outlier-bootstrap.ts'
import type { Script } from './script.ts'
import { addressOf } from './upstreams.ts'

/** The header that is hashed. */
export const keyHeader = 'x-key'
/** The header in which a proxy says which host it asked. */
export const askedHeader = 'x-asked'

/** A script, and whether ejected hosts are left out; otherwise the cluster is in panic from the first ejection on, and goes on asking them. */
export interface Steered extends Script {
  readonly leavesOut: boolean
}

const of = (type: string): { '@type': string } => ({ '@type': `type.googleapis.com/${type}` })

/** Listener and clusters for scripts: a ring per cluster, so that a key leads to its host. `x-cluster` names the cluster. */
export function steeredResources(
  scripts: readonly Steered[],
  port: number,
): { listeners: object[]; clusters: object[] } {
  return { listeners: [listener], clusters: scripts.map((it) => cluster(it, port)) }
}

/** Keys by the host that they lead to while all are in the ring. */
export function keysOf({ hosts, group }: Script, port: number): ReadonlyMap<string, string> {
  const entries = hosts.map((name) => ({
    host: { name, address: `${addressOf(group, name)}:${port}` },
  }))
  const ring = ringHash(hostSet([{ hosts: entries }]))
  const keys = new Map<string, string>()
  for (let i = 0; keys.size < hosts.length; i++) {
    const hash = hashOfKeys([[`key-${i}`]])
    const host = hash && ring.pick({ hash, random: () => 0 })
    if (host !== undefined && !keys.has(host.name)) keys.set(host.name, `key-${i}`)
  }
  return keys
}

function route(more: object, timeout: string): object {
  return {
    match: { prefix: '/', ...more },
    route: {
      clusterHeader: 'x-cluster',
      timeout,
      hashPolicy: [{ header: { headerName: keyHeader } }],
    },
    responseHeadersToAdd: [{ header: { key: askedHeader, value: '%UPSTREAM_HOST%' } }],
  }
}

const hcm = {
  ...of('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
  statPrefix: 'in',
  routeConfig: {
    virtualHosts: [
      {
        name: 'all',
        domains: ['*'],
        routes: [
          route({ headers: [{ name: 'x-answer', stringMatch: { exact: 'hang' } }] }, '0.05s'),
          route({}, '20s'),
        ],
      },
    ],
  },
  httpFilters: [
    { name: 'router', typedConfig: of('envoy.extensions.filters.http.router.v3.Router') },
  ],
}

const listener = {
  name: 'in',
  address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
  filterChains: [{ filters: [{ name: 'hcm', typedConfig: hcm }] }],
}

function cluster({ name, hosts, options, group, leavesOut }: Steered, port: number): object {
  return {
    name,
    type: 'STATIC',
    connectTimeout: '5s',
    lbPolicy: 'RING_HASH',
    commonLbConfig: {
      healthyPanicThreshold: { value: leavesOut ? 0 : 100 },
      // Otherwise Envoy waits up to a second before it acts on a second ejection.
      updateMergeWindow: '0s',
    },
    outlierDetection: outlierJson(options),
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
      // Then fewer hosts than all are too few.
      policy: { overprovisioningFactor: leavesOut ? 140 : 100 },
      endpoints: [
        {
          lbEndpoints: hosts.map((host) => ({
            endpoint: {
              address: { socketAddress: { address: addressOf(group, host), portValue: port } },
            },
          })),
        },
      ],
    },
  }
}
