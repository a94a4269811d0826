import type { MeshConfig } from '@meshwright/mesh-config'
import type { FilterJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import type {
  HttpConnectionManagerJson,
  HttpFilterJson,
} from '@meshwright/xds-types/envoy/extensions/filters/network/http_connection_manager/v3'
import { accessLogs } from './access-log.ts'
import { typeUrl } from './names.ts'
import { present } from './present.ts'
import type { Scope } from './scope.ts'

/** What differs from one HTTP connection manager to the next. */
export interface HttpOptions {
  readonly statPrefix: string
  /** The name of a route configuration to ask for, or the configuration itself. */
  readonly routes: string | RouteConfigurationJson
  readonly role: 'inbound' | 'outbound' | 'gateway' | 'http-proxy'
}

/** The network filter that serves HTTP. */
export function httpConnectionManager(scope: Scope, options: HttpOptions): FilterJson {
  const { mesh } = scope
  const logs = accessLogs(mesh)
  const config: HttpConnectionManagerJson = {
    statPrefix: options.statPrefix,
    ...routeSource(options.routes),
    httpFilters,
    ...(logs.length > 0 && { accessLog: logs }),
    ...pathNormalization(mesh),
    ...byRole(options.role, mesh),
    streamIdleTimeout: '0s',
    upgradeConfigs: [{ upgradeType: 'websocket' }],
    proxy100Continue: true,
    requestIdExtension: {
      typedConfig: {
        '@type': typeUrl('envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig'),
        useRequestIdForTraceSampling: true,
      },
    },
  }
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typedConfig: {
      '@type': typeUrl(
        'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      ),
      ...config,
    },
  }
}

const httpFilters: readonly HttpFilterJson[] = [
  {
    name: 'envoy.filters.http.grpc_stats',
    typedConfig: {
      '@type': typeUrl('envoy.extensions.filters.http.grpc_stats.v3.FilterConfig'),
      emitFilterState: true,
      statsForAllMethods: false,
    },
  },
  {
    name: 'envoy.filters.http.fault',
    typedConfig: { '@type': typeUrl('envoy.extensions.filters.http.fault.v3.HTTPFault') },
  },
  {
    name: 'envoy.filters.http.cors',
    typedConfig: { '@type': typeUrl('envoy.extensions.filters.http.cors.v3.Cors') },
  },
  {
    name: 'envoy.filters.http.router',
    typedConfig: { '@type': typeUrl('envoy.extensions.filters.http.router.v3.Router') },
  },
]

function routeSource(
  routes: HttpOptions['routes'],
): Pick<HttpConnectionManagerJson, 'rds' | 'routeConfig'> {
  if (typeof routes !== 'string') return { routeConfig: routes }
  return {
    rds: {
      routeConfigName: routes,
      configSource: { ads: {}, initialFetchTimeout: '0s', resourceApiVersion: 'V3' },
    },
  }
}

function byRole(role: HttpOptions['role'], mesh: MeshConfig): HttpConnectionManagerJson {
  switch (role) {
    case 'inbound':
      return {
        serverName: 'istio-envoy',
        useRemoteAddress: false,
        forwardClientCertDetails: 'APPEND_FORWARD',
        setCurrentClientCertDetails: { subject: true, dns: true, uri: true },
      }
    case 'gateway': {
      const { numTrustedProxies, forwardClientCertDetails } =
        mesh.defaultConfig?.gatewayTopology ?? {}
      const forwarded = forwardClientCertDetails === 'UNDEFINED' ? '' : forwardClientCertDetails
      return present({
        serverName: 'istio-envoy',
        useRemoteAddress: true,
        xffNumTrustedHops: numTrustedProxies || undefined,
        forwardClientCertDetails: forwarded || 'SANITIZE_SET',
        setCurrentClientCertDetails: { subject: true, cert: true, dns: true, uri: true },
        httpProtocolOptions: {},
      })
    }
    case 'http-proxy':
      return { useRemoteAddress: false, httpProtocolOptions: { allowAbsoluteUrl: true } }
    case 'outbound':
      return { useRemoteAddress: false }
  }
}

function pathNormalization(mesh: MeshConfig): HttpConnectionManagerJson {
  const keep = { pathWithEscapedSlashesAction: 'KEEP_UNCHANGED' } as const
  switch (mesh.pathNormalization?.normalization) {
    case 'NONE':
      return { normalizePath: false, ...keep }
    case 'MERGE_SLASHES':
      return { normalizePath: true, mergeSlashes: true, ...keep }
    case 'DECODE_AND_MERGE_SLASHES':
      return {
        normalizePath: true,
        mergeSlashes: true,
        pathWithEscapedSlashesAction: 'UNESCAPE_AND_FORWARD',
      }
    default:
      return { normalizePath: true, ...keep }
  }
}
