import type { HttpConnectionManagerJson } from '@meshwright/xds-types/envoy/extensions/filters/network/http_connection_manager/v3'
import type { Http1Limits } from '../http1/http1-limits.ts'
import { type Http2Options, resolveHttp2Options } from '../http2/http2-options.ts'
import { timeoutMs } from '../network/duration.ts'
import { type IpRange, tryParseRange } from '../network/ip-address.ts'

/** The configuration of a connection manager with its defaults, which are Envoy's. Milliseconds, `Infinity` for never. */
export interface HcmOptions {
  readonly statPrefix: string
  readonly serverName: string
  readonly serverHeader: 'OVERWRITE' | 'APPEND_IF_ABSENT' | 'PASS_THROUGH'
  readonly idleTimeoutMs: number
  readonly streamIdleTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly requestHeadersTimeoutMs: number
  readonly delayedCloseTimeoutMs: number
  readonly maxStreamDurationMs: number
  readonly maxRequestsPerConnection: number
  readonly limits: Http1Limits
  /** `AUTO`: as the first bytes say, or what was agreed on with TLS. */
  readonly codec: 'AUTO' | 'HTTP1' | 'HTTP2'
  readonly http2: Http2Options
  readonly acceptHttp10: boolean
  readonly defaultHostForHttp10: string | undefined
  /** Methods of HTTP/1 that nobody has registered. */
  readonly customMethods: boolean
  readonly proxyContinue: boolean
  readonly edge: EdgeOptions
}

/** What is done to every request on its way in. */
export interface EdgeOptions {
  readonly useRemoteAddress: boolean
  readonly trustedHops: number
  readonly skipXffAppend: boolean
  readonly via: string
  readonly generateRequestId: boolean
  readonly preserveExternalRequestId: boolean
  readonly alwaysSetRequestIdInResponse: boolean
  readonly internalRanges: readonly IpRange[]
  readonly underscores: 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER'
  readonly normalizePath: boolean
  readonly mergeSlashes: boolean
  readonly pathWithEscapedSlashesAction: NonNullable<
    HttpConnectionManagerJson['pathWithEscapedSlashesAction']
  >
  readonly stripPort: 'no' | 'matching' | 'any'
  readonly stripTrailingDot: boolean
  readonly appendForwardedPort: boolean
  readonly schemeToOverwrite: string | undefined
}

const defaultIdleMs = 3_600_000
const defaultStreamIdleMs = 300_000
const defaultDelayedCloseMs = 1000
const defaultHeadKb = 60
const defaultMaxHeaders = 100

/** Fills in the defaults. */
export function resolveHcmOptions(config: HttpConnectionManagerJson): HcmOptions {
  const common = config.commonHttpProtocolOptions ?? {}
  const http1 = config.httpProtocolOptions ?? {}
  const idleTimeoutMs = timeoutMs(common.idleTimeout, defaultIdleMs)
  const streamIdleTimeoutMs = timeoutMs(config.streamIdleTimeout, defaultStreamIdleMs)
  return {
    statPrefix: config.statPrefix ?? '',
    serverName: config.serverName || 'envoy',
    serverHeader: config.serverHeaderTransformation ?? 'OVERWRITE',
    idleTimeoutMs,
    streamIdleTimeoutMs,
    requestTimeoutMs: timeoutMs(config.requestTimeout, Number.POSITIVE_INFINITY),
    // A head that never ends would otherwise hold its connection for ever.
    requestHeadersTimeoutMs: Math.min(
      timeoutMs(config.requestHeadersTimeout, Number.POSITIVE_INFINITY),
      Math.min(streamIdleTimeoutMs, idleTimeoutMs, defaultIdleMs),
    ),
    delayedCloseTimeoutMs: Math.min(
      timeoutMs(config.delayedCloseTimeout, defaultDelayedCloseMs),
      defaultIdleMs,
    ),
    maxStreamDurationMs: timeoutMs(common.maxStreamDuration, Number.POSITIVE_INFINITY),
    maxRequestsPerConnection: common.maxRequestsPerConnection || Number.POSITIVE_INFINITY,
    limits: {
      maxHeadBytes: (config.maxRequestHeadersKb || defaultHeadKb) * 1024,
      maxHeaders: common.maxHeadersCount || defaultMaxHeaders,
      trailers: http1.enableTrailers === true,
    },
    codec: config.codecType === 'HTTP1' || config.codecType === 'HTTP2' ? config.codecType : 'AUTO',
    http2: resolveHttp2Options({
      ...config.http2ProtocolOptions,
      ...(config.streamErrorOnInvalidHttpMessage !== undefined && {
        overrideStreamErrorOnInvalidHttpMessage: config.streamErrorOnInvalidHttpMessage,
      }),
    }),
    acceptHttp10: http1.acceptHttp10 === true,
    defaultHostForHttp10: http1.defaultHostForHttp10 || undefined,
    customMethods: http1.allowCustomMethods === true,
    proxyContinue: config.proxy100Continue === true,
    edge: resolveEdgeOptions(config),
  }
}

function resolveEdgeOptions(config: HttpConnectionManagerJson): EdgeOptions {
  const ranges = config.internalAddressConfig?.cidrRanges ?? []
  return {
    useRemoteAddress: config.useRemoteAddress === true,
    trustedHops: config.xffNumTrustedHops ?? 0,
    skipXffAppend: config.skipXffAppend === true,
    via: config.via ?? '',
    generateRequestId: config.generateRequestId !== false,
    preserveExternalRequestId: config.preserveExternalRequestId === true,
    alwaysSetRequestIdInResponse: config.alwaysSetRequestIdInResponse === true,
    internalRanges: ranges.flatMap(
      (it) => tryParseRange(it.addressPrefix ?? '', it.prefixLen ?? 0) ?? [],
    ),
    underscores: config.commonHttpProtocolOptions?.headersWithUnderscoresAction ?? 'ALLOW',
    normalizePath: config.normalizePath === true,
    mergeSlashes: config.mergeSlashes === true,
    pathWithEscapedSlashesAction: config.pathWithEscapedSlashesAction ?? 'KEEP_UNCHANGED',
    stripPort: stripPortOf(config),
    stripTrailingDot: config.stripTrailingHostDot === true,
    appendForwardedPort: config.appendXForwardedPort === true,
    schemeToOverwrite: config.schemeHeaderTransformation?.schemeToOverwrite,
  }
}

function stripPortOf(config: HttpConnectionManagerJson): EdgeOptions['stripPort'] {
  if (config.stripAnyHostPort === true) return 'any'
  return config.stripMatchingHostPort === true ? 'matching' : 'no'
}
