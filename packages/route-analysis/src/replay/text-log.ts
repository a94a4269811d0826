import type { LogFields } from './log-fields.ts'

/** Reads a line into its fields; a string says why it cannot. */
export type ReadLine = (line: string) => LogFields | string

/** What Envoy writes if nobody says otherwise. */
export const envoyDefaultFormat: string =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" ' +
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% ' +
  '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" ' +
  '"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"'

/** What Istio's proxies write with `accessLogEncoding: TEXT` if nobody says otherwise. */
export const istioDefaultFormat: string =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" ' +
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% ' +
  '"%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% ' +
  '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" ' +
  '"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% ' +
  '%UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% ' +
  '%REQUESTED_SERVER_NAME% %ROUTE_NAME%'

/**
 * Makes a reader of lines in an Envoy format string.
 *
 * A value ends where the text that follows it in the format begins; reading is linear in the line. `-` is no value. A value
 * that the format cuts off (`:20`) and that is that long is not to be trusted, so that such a line is not read.
 *
 * @throws {RangeError} if two operators of the format touch, so that nothing tells their values apart.
 */
export function textLog(format: string): ReadLine {
  const { start, fields } = parseFormat(format.trimEnd())
  return (line) =>
    line.startsWith(start)
      ? readValues(line, start.length, fields)
      : `expected ${JSON.stringify(start)} at the start`
}

function readValues(
  line: string,
  start: number,
  fields: readonly FormatField[],
): LogFields | string {
  const found: LogFields = new Map()
  let at = start
  for (const field of fields) {
    const { after } = field
    const end = after === '' ? line.length : line.indexOf(after, at)
    if (end === -1) return `expected ${JSON.stringify(after)} after ${field.name ?? 'a value'}`
    const problem = keep(found, field, line.slice(at, end))
    if (problem !== undefined) return problem
    at = end + after.length
  }
  return at === line.length ? found : 'expected the end of the line'
}

/** Notes a value, or says why it cannot be trusted. */
function keep(
  found: LogFields,
  { name, maxLength }: FormatField,
  value: string,
): string | undefined {
  if (name === undefined) return undefined
  if (value.length >= maxLength) return `${name} is cut off`
  if (value !== '-') found.set(name, value)
  else if (name === 'responseFlags') found.set(name, '')
  return undefined
}

interface FormatField {
  /** Undefined: of no use. */
  readonly name: string | undefined
  /** What follows it; empty: the end of the line. */
  readonly after: string
  readonly maxLength: number
}

function parseFormat(format: string): { start: string; fields: FormatField[] } {
  const operators = [...format.matchAll(/%([A-Z_0-9]+)(?:\(([^)]*)\))?(?::(\d+))?%/g)]
  const fields = operators.map((found, i) => {
    const [text, command = '', argument = '', length] = found
    const end = found.index + text.length
    const after = format.slice(end, operators[i + 1]?.index ?? format.length)
    if (after === '' && i + 1 < operators.length) {
      throw new RangeError(`expected text between ${text} and the operator after it, got none`)
    }
    return {
      name: fieldName(command, argument.toLowerCase()),
      after,
      maxLength: length === undefined ? Number.POSITIVE_INFINITY : Number(length),
    }
  })
  return { start: format.slice(0, operators[0]?.index ?? format.length), fields }
}

function fieldName(command: string, argument: string): string | undefined {
  if (command !== 'REQ') return commands.get(command)
  const [header = '', otherwise] = argument.split('?')
  // With an alternative only pseudo-headers are plain: the other name is what they were before a rewrite.
  const pseudo = pseudoHeaders.get(otherwise ?? header)
  if (pseudo !== undefined) return pseudo
  return otherwise === undefined ? `header:${header}` : undefined
}

const commands: ReadonlyMap<string, string> = new Map([
  ['PROTOCOL', 'protocol'],
  ['RESPONSE_CODE', 'status'],
  ['RESPONSE_FLAGS', 'responseFlags'],
  ['ROUTE_NAME', 'routeName'],
  ['UPSTREAM_CLUSTER', 'upstreamCluster'],
  ['UPSTREAM_CLUSTER_RAW', 'upstreamCluster'],
])

const pseudoHeaders: ReadonlyMap<string, string> = new Map([
  [':method', 'method'],
  [':path', 'path'],
  [':authority', 'authority'],
  ['host', 'authority'],
  [':scheme', 'scheme'],
])
