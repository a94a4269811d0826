import type { HttpConnectionManagerJson } from '@meshwright/xds-types/envoy/extensions/filters/network/http_connection_manager/v3'
import { ignoredHttp2Options, unsupportedHttp2Options } from '../http2/http2-options.ts'

type Field = keyof HttpConnectionManagerJson

/** Without them traffic would go another way, or be seen by others, than was asked for. */
const unsupported: readonly Field[] = [
  'scopedRoutes',
  'originalIpDetectionExtensions',
  'earlyHeaderMutationExtensions',
  'typedHeaderValidationConfig',
  'pathNormalizationOptions',
  'proxyStatusConfig',
  'addProxyProtocolConnectionState',
]

/** Without them the same requests get the same answers. */
const ignored: readonly Field[] = [
  'tracing',
  'addUserAgent',
  'http3ProtocolOptions',
  'accessLogOptions',
  'accessLogFlushInterval',
  'flushAccessLogOnNewRequest',
  'drainTimeout',
  'appendLocalOverload',
]

/** Request ids are always UUIDs. */
const uuidType = 'type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig'

/** Fields that ask for what this proxy cannot do, as reasons to refuse the configuration. */
export function unsupportedFields(config: HttpConnectionManagerJson): string[] {
  const fields: string[] = unsupported.filter((field) => isSet(config[field]))
  if (config.codecType === 'HTTP3') fields.push('codecType HTTP3')
  fields.push(...setHttp2Options(config, unsupportedHttp2Options))
  const requestId = config.requestIdExtension?.typedConfig?.['@type']
  if (requestId !== undefined && requestId !== uuidType)
    fields.push(`requestIdExtension ${requestId}`)
  if (config.httpProtocolOptions?.allowChunkedLength === true) fields.push('allowChunkedLength')
  if (config.schemeHeaderTransformation?.matchUpstream === true) {
    fields.push('schemeHeaderTransformation.matchUpstream')
  }
  return fields.map((field) => `http_connection_manager: ${field} is not supported`)
}

/** Fields that are set and make no difference. */
export function ignoredFields(config: HttpConnectionManagerJson): string[] {
  const fields: string[] = ignored.filter((field) => isSet(config[field]))
  fields.push(...setHttp2Options(config, ignoredHttp2Options))
  if (config.httpProtocolOptions?.headerKeyFormat !== undefined) {
    fields.push('httpProtocolOptions.headerKeyFormat')
  }
  if ((config.forwardClientCertDetails ?? 'SANITIZE') !== 'SANITIZE') {
    fields.push('forwardClientCertDetails (x-forwarded-client-cert is always removed)')
  }
  return fields
}

function setHttp2Options(
  { http2ProtocolOptions: http2 = {} }: HttpConnectionManagerJson,
  names: typeof unsupportedHttp2Options,
): string[] {
  return names.filter((it) => isSet(http2[it])).map((it) => `http2ProtocolOptions.${it}`)
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0)
}
