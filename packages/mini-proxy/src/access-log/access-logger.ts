import {
  compileFormat,
  envoyDefaultFormat,
  type FormatContext,
} from '@meshwright/substitution-format'
import type { AccessLogJson } from '@meshwright/xds-types/envoy/config/accesslog/v3'
import { typeNameOf, unwrapTypedStruct } from '../network/typed-struct.ts'
import { compileAccessLogFilter } from './access-log-filter.ts'
import type { StreamInfo } from './stream-info.ts'
import {
  compileSubstitutionFormat,
  type JsonTemplate,
  type SubstitutionFormatJson,
} from './substitution-format-string.ts'

/** Writes one line per request. */
export interface AccessLogger {
  log(info: StreamInfo): void
}

/** Takes finished lines, and the path that the configuration names. */
export type WriteAccessLog = (line: string, path: string) => void

/** Why these access logs cannot be written as they ask to be. */
export function checkAccessLogs(logs: readonly AccessLogJson[]): string[] {
  const reasons: string[] = []
  for (const log of logs) {
    try {
      createAccessLogger(
        log,
        () => undefined,
        () => 0,
      )
    } catch (error) {
      reasons.push(`access log ${JSON.stringify(log.name ?? '')}: ${messageOf(error)}`)
    }
  }
  return reasons
}

/**
 * The logger that `log` asks for.
 *
 * @throws {Error} if it is of a kind or has a format that is not known
 */
export function createAccessLogger(
  log: AccessLogJson,
  write: WriteAccessLog,
  random: () => number,
): AccessLogger {
  const wanted = log.filter === undefined ? () => true : compileAccessLogFilter(log.filter, random)
  if (log.typedConfig === undefined) throw new Error('there is no typed_config')
  const config = unwrapTypedStruct(log.typedConfig) as SinkJson
  const kind = typeNameOf(config['@type'])
  const path = kind === fileType ? config.path : streams[kind]
  if (path === undefined) throw new Error(`type ${kind} is not supported`)
  const format = compileLogFormat(config)
  return {
    log(info) {
      if (wanted(info)) write(format(info), path)
    },
  }
}

/** What file and stream loggers have in common, in proto3 JSON. */
interface SinkJson {
  readonly '@type': string
  readonly path?: string
  readonly format?: string
  readonly jsonFormat?: JsonTemplate
  readonly typedJsonFormat?: JsonTemplate
  readonly logFormat?: SubstitutionFormatJson
}

const fileType = 'envoy.extensions.access_loggers.file.v3.FileAccessLog'
const streams: Readonly<Record<string, string>> = {
  'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog': '/dev/stdout',
  'envoy.extensions.access_loggers.stream.v3.StderrAccessLog': '/dev/stderr',
}

function compileLogFormat(config: SinkJson): (context: FormatContext) => string {
  if (config.logFormat !== undefined) {
    return compileSubstitutionFormat(config.logFormat, envoyDefaultFormat)
  }
  const format = compileFormat(
    config.typedJsonFormat ?? config.jsonFormat ?? (config.format || envoyDefaultFormat),
  )
  return (context) => format.format(context)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
