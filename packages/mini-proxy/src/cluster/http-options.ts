import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { Http2ProtocolOptionsJson } from '@meshwright/xds-types/envoy/config/core/v3'
import { refuse, refuseFields } from '../errors.ts'
import type { UpstreamProtocol } from '../http/pool.ts'
import {
  type Http2Options,
  resolveHttp2Options,
  unsupportedHttp2Options,
} from '../http2/http2-options.ts'
import { timeoutMs } from '../network/duration.ts'
import { typeNameOf } from '../network/typed-struct.ts'

/** How HTTP is spoken to the hosts of a cluster. */
export interface UpstreamHttpOptions {
  readonly idleTimeoutMs: number
  readonly maxRequestsPerConnection: number
  /** `Infinity` for never. */
  readonly maxConnectionMs: number
  readonly protocol: UpstreamProtocol
  readonly http2: Http2Options
}

/**
 * Reads the HTTP options of a cluster, in the present form and the older one.
 *
 * @throws {ProxyError} on what protects and cannot be enforced, and on options of another extension
 */
export function compileHttpOptions(cluster: ClusterJson): UpstreamHttpOptions {
  let options: HttpProtocolOptionsJson = {}
  for (const [key, config] of Object.entries(cluster.typedExtensionProtocolOptions ?? {})) {
    if (typeNameOf(config['@type']) !== httpProtocolOptions) {
      refuse(`typed_extension_protocol_options ${JSON.stringify(key)} is not supported`)
    }
    // The shape was validated with its message type.
    options = config as HttpProtocolOptionsJson
  }
  refuseFields('upstream_http_protocol_options', options.upstreamHttpProtocolOptions ?? {}, names)
  refuseFields('upstream_http_protocol_options', cluster.upstreamHttpProtocolOptions ?? {}, names)
  refuseFields('http_protocol_options', options, ['httpFilters'])
  const common = options.commonHttpProtocolOptions ?? cluster.commonHttpProtocolOptions ?? {}
  const most = common.maxRequestsPerConnection ?? cluster.maxRequestsPerConnection
  return {
    idleTimeoutMs: timeoutMs(common.idleTimeout, defaultIdleMs),
    maxRequestsPerConnection: most || Number.POSITIVE_INFINITY,
    maxConnectionMs: timeoutMs(common.maxConnectionDuration, Number.POSITIVE_INFINITY),
    ...protocolOf(options, cluster),
  }
}

/** HTTP/3 is not spoken: where it is asked for alone, its hosts will refuse HTTP/2 as they would anything else. */
function protocolOf(
  options: HttpProtocolOptionsJson,
  cluster: ClusterJson,
): Pick<UpstreamHttpOptions, 'protocol' | 'http2'> {
  const { explicitHttpConfig: explicit, useDownstreamProtocolConfig: same, autoConfig } = options
  if (same !== undefined) {
    return { protocol: 'downstream', http2: http2OptionsOf(same.http2ProtocolOptions) }
  }
  if (autoConfig !== undefined) {
    return { protocol: 'alpn', http2: http2OptionsOf(autoConfig.http2ProtocolOptions) }
  }
  const json = explicit?.http2ProtocolOptions ?? cluster.http2ProtocolOptions
  const http2 = http2OptionsOf(json)
  if (explicit === undefined && cluster.protocolSelection === 'USE_DOWNSTREAM_PROTOCOL') {
    return { protocol: 'downstream', http2 }
  }
  const only = json !== undefined || explicit?.http3ProtocolOptions !== undefined
  return { protocol: only ? 'http2' : 'http1', http2 }
}

function http2OptionsOf(json: Http2ProtocolOptionsJson | undefined): Http2Options {
  refuseFields('http2_protocol_options', json ?? {}, unsupportedHttp2Options)
  return resolveHttp2Options(json)
}

interface HttpProtocolOptionsJson {
  readonly commonHttpProtocolOptions?: {
    readonly idleTimeout?: string
    readonly maxRequestsPerConnection?: number
    readonly maxConnectionDuration?: string
  }
  readonly upstreamHttpProtocolOptions?: object
  readonly explicitHttpConfig?: {
    readonly http2ProtocolOptions?: Http2ProtocolOptionsJson
    readonly http3ProtocolOptions?: object
  }
  readonly useDownstreamProtocolConfig?: {
    readonly http2ProtocolOptions?: Http2ProtocolOptionsJson
  }
  readonly autoConfig?: { readonly http2ProtocolOptions?: Http2ProtocolOptionsJson }
}

const httpProtocolOptions = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
/** Names to ask for and to verify that come with the request. */
const names = ['autoSni', 'autoSanValidation', 'overrideAutoSniHeader']
/** Envoy's. */
const defaultIdleMs = 3_600_000
