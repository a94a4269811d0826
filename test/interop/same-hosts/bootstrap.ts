import type { DrawnCluster, DrawnEndpoint, DrawnLocality } from './drawn-cluster.ts'

/** The header that is hashed. */
export const keyHeader = 'x-key'
/** The header by which a request names its cluster. */
export const clusterHeader = 'x-cluster'
/** The header in which Envoy says which host answered. */
export const hostHeader = 'x-host'
/** The header that makes every host answer 503. */
export const failHeader = 'x-fail'

/** How often a failed request is tried again, and how often another host is drawn each time. */
export const retries = { count: 3, hostSelectionAttempts: 4 }

/** A bootstrap (JSON is YAML) with one listener in front of all clusters. */
export function bootstrapOf(clusters: readonly DrawnCluster[]): string {
  return JSON.stringify({
    admin: { address: { socketAddress: { address: '127.0.0.1', portValue: 0 } } },
    staticResources: { listeners: [listener], clusters: clusters.map(cluster) },
  })
}

const of = (type: string): { '@type': string } => ({ '@type': `type.googleapis.com/${type}` })

const listener = {
  name: 'all',
  address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
  filterChains: [
    {
      filters: [
        {
          name: 'hcm',
          typedConfig: {
            ...of(
              'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
            ),
            statPrefix: 'all',
            routeConfig: { virtualHosts: [{ name: 'all', domains: ['*'], routes: [route()] }] },
            httpFilters: [
              {
                name: 'router',
                typedConfig: of('envoy.extensions.filters.http.router.v3.Router'),
              },
            ],
          },
        },
      ],
    },
  ],
}

function route(): object {
  return {
    match: { prefix: '/' },
    route: {
      clusterHeader,
      hashPolicy: [{ header: { headerName: keyHeader } }],
      retryPolicy: {
        retryOn: '5xx',
        numRetries: retries.count,
        hostSelectionRetryMaxAttempts: retries.hostSelectionAttempts,
        retryBackOff: { baseInterval: '0.001s' },
        retryHostPredicate: [
          {
            name: 'previous_hosts',
            typedConfig: of('envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'),
          },
        ],
      },
    },
    responseHeadersToAdd: [{ header: { key: hostHeader, value: '%UPSTREAM_REMOTE_ADDRESS%' } }],
  }
}

function cluster({ name, policy, localities, localityWeighted }: DrawnCluster): object {
  const { commonLbConfig } = policy
  return {
    name,
    // Envoy wants names resolved before it hashes them, of addresses too.
    type: JSON.stringify(policy).includes('"useHostnameForHashing":true') ? 'STRICT_DNS' : 'STATIC',
    dnsLookupFamily: 'V4_ONLY',
    connectTimeout: '5s',
    circuitBreakers: { thresholds: [{ maxRetries: 1000 }] },
    loadAssignment: { clusterName: name, endpoints: localities.map(locality) },
    ...policy,
    commonLbConfig: {
      ...(commonLbConfig as object),
      ...(localityWeighted && { localityWeightedLbConfig: {} }),
    },
  }
}

function locality({ zone, priority, weight, endpoints }: DrawnLocality): object {
  return {
    locality: { zone },
    priority,
    ...(weight > 0 && { loadBalancingWeight: weight }),
    lbEndpoints: endpoints.map(endpoint),
  }
}

function endpoint({ port, hostname, weight, hashKey, health }: DrawnEndpoint): object {
  return {
    endpoint: { hostname, address: { socketAddress: { address: '127.0.0.1', portValue: port } } },
    loadBalancingWeight: weight,
    healthStatus: health,
    ...(hashKey !== undefined && {
      metadata: { filterMetadata: { 'envoy.lb': { hash_key: hashKey } } },
    }),
  }
}
