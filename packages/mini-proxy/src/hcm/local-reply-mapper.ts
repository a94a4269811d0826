import type { LocalReplyConfigJson } from '@meshwright/xds-types/envoy/extensions/filters/network/http_connection_manager/v3'
import { type AccessLogCondition, compileAccessLogFilter } from '../access-log/access-log-filter.ts'
import type { StreamInfo } from '../access-log/stream-info.ts'
import {
  compileSubstitutionFormat,
  type SubstitutionFormatJson,
} from '../access-log/substitution-format-string.ts'
import type { ResponseHead } from '../http/stream.ts'

/** Rewrites a local reply in place and returns its body. `info.response` is the reply, `info.localReplyBody` its body. */
export type LocalReplyMapper = (head: ResponseHead, info: StreamInfo) => string

/**
 * Compiles `local_reply_config`: the first mapper whose filter holds changes status, body and headers; then the body is
 * formatted.
 *
 * @throws {Error} on filters and formats that are not known
 */
export function compileLocalReplyMapper(
  config: LocalReplyConfigJson,
  random: () => number,
): LocalReplyMapper {
  const mappers = (config.mappers ?? []).map((it) => compileMapper(it, random))
  const format = config.bodyFormat && compileBodyFormat(config.bodyFormat)
  return (head, info) => {
    const mapper = mappers.find((it) => it.holds(info))
    if (mapper !== undefined) applyMapper(mapper, head, info)
    const chosen = mapper?.format ?? format
    const body = chosen === undefined ? (info.localReplyBody ?? '') : chosen.format(info)
    if (chosen !== undefined) head.headers.set('content-type', chosen.contentType)
    else if (body !== '' && !head.headers.has('content-type')) {
      head.headers.set('content-type', 'text/plain')
    }
    if (body !== '') head.headers.set('content-length', `${Buffer.byteLength(body)}`)
    return body
  }
}

interface Mapper {
  readonly holds: AccessLogCondition
  readonly status: number | undefined
  readonly body: string | undefined
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly format: BodyFormat | undefined
}

function applyMapper(
  { status, body, headers }: Mapper,
  head: ResponseHead,
  info: StreamInfo,
): void {
  if (status !== undefined) head.status = status
  if (body !== undefined) info.localReplyBody = body
  for (const [name, value] of headers) head.headers.append(name, value)
}

interface BodyFormat {
  readonly contentType: string
  readonly format: (info: StreamInfo) => string
}

function compileMapper(
  mapper: NonNullable<LocalReplyConfigJson['mappers']>[number],
  random: () => number,
): Mapper {
  const { filter, body } = mapper
  if (filter === undefined) throw new Error('a mapper without filter')
  if (body !== undefined && body.inlineString === undefined) {
    throw new Error('a body that is not an inline string is not supported')
  }
  return {
    holds: compileAccessLogFilter(filter, random),
    status: mapper.statusCode,
    body: body?.inlineString,
    headers: (mapper.headersToAdd ?? []).map(({ header }) => [
      (header?.key ?? '').toLowerCase(),
      header?.value ?? '',
    ]),
    format: mapper.bodyFormatOverride && compileBodyFormat(mapper.bodyFormatOverride),
  }
}

function compileBodyFormat(json: object): BodyFormat {
  // The shape was validated with its message type.
  const format = json as SubstitutionFormatJson
  const plain = format.jsonFormat === undefined ? 'text/plain' : 'application/json'
  return {
    contentType: format.contentType || plain,
    format: compileSubstitutionFormat(format, '%LOCAL_REPLY_BODY%'),
  }
}
