import { type JsonLogFields, jsonLog } from './json-log.ts'
import { type LogFields, requestOf } from './log-fields.ts'
import type { LoggedRequest, UnreadableLine } from './logged-request.ts'
import { envoyDefaultFormat, istioDefaultFormat, textLog } from './text-log.ts'

export interface AccessLogOptions {
  /**
   * The format string of text lines (Envoy: `text_format_source`). Default: Istio's and Envoy's own defaults, whichever fits
   * the line.
   */
  readonly format?: string
  /** Where JSON lines keep what. Default: the names that Istio and common Envoy configurations give. */
  readonly json?: JsonLogFields
}

/** Reads the line of the given number. */
export type ReadLogLine = (text: string, line: number) => LoggedRequest | UnreadableLine | undefined

/** Makes a reader of single lines, for whoever has them one by one. A line that is blank is nothing. */
export function accessLogReader(options: AccessLogOptions = {}): ReadLogLine {
  const json = jsonLog(options.json)
  const formats =
    options.format === undefined ? [istioDefaultFormat, envoyDefaultFormat] : [options.format]
  const texts = formats.map(textLog)
  return (raw, line) => {
    const text = raw.trim()
    if (text === '') return undefined
    let problem = ''
    for (const read of text.startsWith('{') ? [json] : texts) {
      const fields: LogFields | string = read(text)
      const found = typeof fields === 'string' ? fields : requestOf(fields, line)
      if (typeof found !== 'string') return found
      problem = found
    }
    return { line, text: text.slice(0, maxText), unreadable: problem }
  }
}

/** Reads the lines of an access log one by one: text in Envoy's formats, JSON, or a mix of both. Blank lines are skipped. */
export function* readAccessLog(
  lines: Iterable<string>,
  options: AccessLogOptions = {},
): Generator<LoggedRequest | UnreadableLine> {
  const read = accessLogReader(options)
  let line = 0
  for (const text of lines) {
    line++
    const entry = read(text, line)
    if (entry !== undefined) yield entry
  }
}

/** Of a line that cannot be read, enough to know it again. */
const maxText = 200
