import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ClusterLoadAssignmentJson } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import type { SecretJson } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'

const ads = { ads: {}, resourceApiVersion: 'V3' } as const

/** A cluster that asks for its endpoints over ADS. */
export function edsCluster(
  name: string,
  connectTimeout = '1s',
  initialFetchTimeout = '15s',
): ClusterJson {
  const edsConfig = { ...ads, initialFetchTimeout }
  return { name, type: 'EDS', connectTimeout, edsClusterConfig: { edsConfig } }
}

/** A cluster with its endpoint inside. */
export function staticCluster(name: string, port: number, address = '127.0.0.1'): ClusterJson {
  return {
    name,
    type: 'STATIC',
    connectTimeout: '1s',
    loadAssignment: endpoints(name, port, address),
  }
}

export function endpoints(
  clusterName: string,
  port: number,
  address = '127.0.0.1',
): ClusterLoadAssignmentJson {
  const endpoint = { address: { socketAddress: { address, portValue: port } } }
  return { clusterName, endpoints: [{ lbEndpoints: [{ endpoint }] }] }
}

/** A listener that asks for its routes over ADS. */
export function rdsListener(
  name: string,
  routeConfigName: string,
  initialFetchTimeout = '15s',
): ListenerJson {
  const rds = { routeConfigName, configSource: { ...ads, initialFetchTimeout } }
  return listener(name, { rds })
}

/** A listener with its routes inside. */
export function inlineListener(name: string, cluster: string): ListenerJson {
  return listener(name, { routeConfig: routes(`inline ${name}`, cluster) })
}

function listener(name: string, specifier: Readonly<Record<string, unknown>>): ListenerJson {
  const router = {
    name: 'envoy.filters.http.router',
    typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
  }
  const manager = {
    '@type':
      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    statPrefix: name,
    httpFilters: [router],
    ...specifier,
  }
  return {
    name,
    address: { socketAddress: { address: '127.0.0.1', portValue: 0 } },
    filterChains: [
      {
        filters: [{ name: 'envoy.filters.network.http_connection_manager', typedConfig: manager }],
      },
    ],
  }
}

export function routes(name: string, cluster: string): RouteConfigurationJson {
  const all = { match: { prefix: '/' }, route: { cluster } }
  return { name, virtualHosts: [{ name: 'all', domains: ['*'], routes: [all] }] }
}

/** A TLS context that takes certificate and roots from secrets over ADS. */
export function tlsWaiting(
  direction: 'Upstream' | 'Downstream',
  certificate: string,
  { roots, initialFetchTimeout = '15s' }: { roots?: string; initialFetchTimeout?: string } = {},
): NonNullable<ClusterJson['transportSocket']> {
  const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3'
  const sdsConfig = { ...ads, initialFetchTimeout }
  return {
    name: 'envoy.transport_sockets.tls',
    typedConfig: {
      '@type': `${type}.${direction}TlsContext`,
      commonTlsContext: {
        tlsCertificateSdsSecretConfigs: [{ name: certificate, sdsConfig }],
        ...(roots !== undefined && {
          combinedValidationContext: {
            defaultValidationContext: {},
            validationContextSdsSecretConfig: { name: roots, sdsConfig },
          },
        }),
      },
    },
  }
}

export function secret(name: string, text: string): SecretJson {
  return {
    name,
    tlsCertificate: {
      certificateChain: { inlineString: text },
      privateKey: { inlineString: `key of ${text}` },
    },
  }
}
