import type { ConnectionPoolSettings, MeshConfig } from '@meshwright/mesh-config'
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { HttpProtocolOptionsJson } from '@meshwright/xds-types/envoy/extensions/upstreams/http/v3'
import { typeUrl } from './names.ts'
import { present } from './present.ts'
import type { Policy } from './traffic-policy.ts'

const httpProtocolOptions = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
// Envoy's own limits are 1024 and 3; Istio lifts them all unless a rule sets them.
const unlimited = 4_294_967_295
const defaultConnectTimeout = '10s'

/** Limits, timeouts and protocol of the connections of a cluster. */
export function connectionPool(
  { connectionPool: pool, retryBudget }: Policy,
  mesh: MeshConfig,
): Pick<ClusterJson, 'connectTimeout' | 'circuitBreakers' | 'upstreamConnectionOptions'> {
  const { tcp, http } = pool ?? {}
  const keepalive = tcp?.tcpKeepalive ?? mesh.tcpKeepalive
  return present({
    connectTimeout: tcp?.connectTimeout ?? mesh.connectTimeout ?? defaultConnectTimeout,
    circuitBreakers: {
      thresholds: [
        present({
          maxConnections: limit(tcp?.maxConnections),
          maxPendingRequests: limit(http?.http1MaxPendingRequests),
          maxRequests: limit(http?.http2MaxRequests),
          maxRetries: limit(http?.maxRetries),
          retryBudget:
            retryBudget &&
            present({
              budgetPercent: { value: retryBudget.percent ?? 20 },
              minRetryConcurrency: retryBudget.minRetryConcurrency,
              budgetInterval: retryBudget.budgetInterval,
            }),
        }),
      ],
    },
    upstreamConnectionOptions: keepalive && {
      tcpKeepalive: present({
        keepaliveProbes: keepalive.probes,
        keepaliveTime: wholeSeconds(keepalive.time),
        keepaliveInterval: wholeSeconds(keepalive.interval),
      }),
    },
  })
}

/** The HTTP side of a cluster's connections; nothing where Envoy's defaults say the same. */
export function httpProtocol(
  pool: ConnectionPoolSettings | undefined,
  http2: boolean,
  mesh: MeshConfig,
): Pick<ClusterJson, 'typedExtensionProtocolOptions'> {
  const http = pool?.http
  const common = present({
    idleTimeout: http?.idleTimeout,
    maxRequestsPerConnection: http?.maxRequestsPerConnection || undefined,
    maxConnectionDuration: pool?.tcp?.maxConnectionDuration,
  })
  const hasCommon = Object.keys(common).length > 0
  const upgrade = http?.h2UpgradePolicy ?? mesh.h2UpgradePolicy
  const speaksHttp2 = http2 || upgrade === 'UPGRADE'
  if (!hasCommon && !speaksHttp2 && http?.useClientProtocol !== true) return {}
  const options: HttpProtocolOptionsJson = {
    ...(hasCommon && { commonHttpProtocolOptions: common }),
    ...(http?.useClientProtocol === true
      ? {
          useDownstreamProtocolConfig: {
            httpProtocolOptions: {},
            http2ProtocolOptions: http2Options(http),
          },
        }
      : {
          explicitHttpConfig: speaksHttp2
            ? { http2ProtocolOptions: http2Options(http) }
            : { httpProtocolOptions: {} },
        }),
  }
  return httpOptions(options)
}

/** Puts HTTP options where a cluster carries them. */
export function httpOptions(
  options: HttpProtocolOptionsJson,
): Pick<ClusterJson, 'typedExtensionProtocolOptions'> {
  return {
    typedExtensionProtocolOptions: {
      [httpProtocolOptions]: { '@type': typeUrl(httpProtocolOptions), ...options },
    },
  }
}

function http2Options(http: ConnectionPoolSettings['http']): {
  readonly maxConcurrentStreams?: number
  readonly connectionKeepalive?: { readonly interval?: string; readonly timeout?: string }
} {
  const keepalive = http?.http2KeepAlive
  return present({
    maxConcurrentStreams: http?.maxConcurrentStreams || undefined,
    connectionKeepalive:
      keepalive && present({ interval: keepalive.interval, timeout: keepalive.timeout }),
  })
}

function limit(value: number | undefined): number {
  return value === undefined || value <= 0 ? unlimited : value
}

function wholeSeconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : Math.trunc(Number.parseFloat(duration))
}
