import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { refuse, refuseFields } from '../errors.ts'
import { timeoutMs } from '../network/duration.ts'
import { typeNameOf } from '../network/typed-struct.ts'

/** How HTTP is spoken to the hosts of a cluster. */
export interface UpstreamHttpOptions {
  readonly idleTimeoutMs: number
  readonly maxRequestsPerConnection: number
  /** The hosts speak HTTP/2 only, which is not spoken here yet: requests to them fail. */
  readonly http2Only: boolean
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
  const explicit = options.explicitHttpConfig
  const http2Only =
    (explicit?.http2ProtocolOptions ?? explicit?.http3ProtocolOptions) !== undefined ||
    cluster.http2ProtocolOptions !== undefined
  const most = common.maxRequestsPerConnection ?? cluster.maxRequestsPerConnection
  return {
    idleTimeoutMs: timeoutMs(common.idleTimeout, defaultIdleMs),
    maxRequestsPerConnection: most || Number.POSITIVE_INFINITY,
    http2Only,
  }
}

interface HttpProtocolOptionsJson {
  readonly commonHttpProtocolOptions?: {
    readonly idleTimeout?: string
    readonly maxRequestsPerConnection?: number
  }
  readonly upstreamHttpProtocolOptions?: object
  readonly explicitHttpConfig?: {
    readonly http2ProtocolOptions?: object
    readonly http3ProtocolOptions?: object
  }
}

const httpProtocolOptions = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
/** Names to ask for and to verify that come with the request. */
const names = ['autoSni', 'autoSanValidation', 'overrideAutoSniHeader']
/** Envoy's. */
const defaultIdleMs = 3_600_000
