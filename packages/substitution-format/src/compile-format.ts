import type { FormatContext } from './context.ts'
import { FormatError, type FormatFault } from './errors.ts'
import type { Format, FormatOptions, JsonFormat, JsonFormatValue } from './format.ts'
import { plainOperators } from './operators.ts'
import { operatorsWithArgument } from './operators-with-argument.ts'
import type { Read } from './read.ts'
import { parseTemplate, type TemplatePart } from './template.ts'

/**
 * Compiles a text or a JSON template with Envoy's `%…%` operators.
 *
 * In JSON, a leaf that is one operator alone keeps its type: numbers stay numbers, structures stay structures, and what is
 * missing is null. A leaf with more around it is a text, as everything is in a text format; there, what is missing is `-`.
 *
 * @throws {FormatError} if an operator is unknown or its argument makes no sense; it names every fault and its place.
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage
 *
 * @example
 * ```ts
 * const format = compileFormat('%REQ(:METHOD)% %RESPONSE_CODE% %ROUTE_NAME%')
 * format.format({ requestHeader: () => 'GET', responseCode: 200 }) // => 'GET 200 -'
 * ```
 */
export function compileFormat(format: string | JsonFormat, options: FormatOptions = {}): Format {
  const faults: FormatFault[] = []
  const omitEmpty = options.omitEmptyValues === true
  const print =
    typeof format === 'string'
      ? compileText(format, { path: '', omitEmpty, faults })
      : compileJsonLine(format, { path: '', omitEmpty, faults })
  if (faults.length > 0) throw new FormatError(faults)
  return { format: print }
}

interface Place {
  readonly path: string
  readonly omitEmpty: boolean
  readonly faults: FormatFault[]
}

type Print = (context: FormatContext) => string

function compileText(text: string, place: Place): Print {
  const parts = parseTemplate(text, place.path, place.faults).map((part) => printPart(part, place))
  const [first, ...more] = parts
  if (first !== undefined && more.length === 0) return first
  return (context) => {
    let result = ''
    for (const part of parts) result += part(context)
    return result
  }
}

function printPart(part: TemplatePart, place: Place): Print {
  if (part.kind === 'text') {
    const { text } = part
    return () => text
  }
  const read = compileOperator(part, place)
  const missing = place.omitEmpty ? '' : '-'
  return (context) => {
    const value = read(context)
    return value === undefined || value === null ? missing : textOf(value)
  }
}

type Operator = TemplatePart & { readonly kind: 'operator' }

function compileOperator(part: Operator, place: Place): Read {
  const read = findOperator(part)
  if (typeof read === 'string') {
    const message = `${part.name}: ${read}`
    place.faults.push({ path: place.path, position: part.position, message })
    return () => undefined
  }
  const { maxLength } = part
  if (maxLength === undefined) return read
  return (context) => {
    const value = read(context)
    return value === undefined || value === null ? value : textOf(value).slice(0, maxLength)
  }
}

function findOperator({ name, argument, maxLength }: Operator): Read | string {
  const factory = operatorsWithArgument.get(name)
  if (factory !== undefined) return factory(argument)
  const plain = plainOperators.get(name)
  if (plain === undefined) return 'unknown operator'
  if (argument !== undefined) return `expected no argument, got (${argument})`
  if (maxLength !== undefined) return `expected no length, got ${maxLength}`
  return (context) => {
    const value = plain(context)
    // A name that is empty is none.
    return value === '' ? undefined : value
  }
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

type ReadJson = (context: FormatContext) => unknown

function compileJsonLine(format: JsonFormat, place: Place): Print {
  const read = compileJson(format, place)
  return (context) => `${JSON.stringify(read(context) ?? {})}\n`
}

function compileJson(value: JsonFormatValue, place: Place): ReadJson {
  if (typeof value === 'string') return compileLeaf(value, place)
  if (Array.isArray(value)) return compileJsonList(value, place)
  if (typeof value === 'object' && value !== null) return compileJsonObject(value, place)
  return () => value
}

function compileLeaf(text: string, place: Place): ReadJson {
  const [only, ...more] = parseTemplate(text, place.path, [])
  if (only?.kind !== 'operator' || more.length > 0) return compileText(text, place)
  const read = compileOperator(only, place)
  return (context) => read(context) ?? null
}

function compileJsonList(values: readonly JsonFormatValue[], place: Place): ReadJson {
  const reads = values.map((value, i) =>
    compileJson(value, { ...place, path: `${place.path}[${i}]` }),
  )
  return (context) => {
    const list = reads.map((read) => read(context) ?? null)
    return place.omitEmpty ? list.filter((it) => it !== null) : list
  }
}

function compileJsonObject(object: object, place: Place): ReadJson {
  const reads = Object.entries(object).map(([key, value]): [string, ReadJson] => [
    key,
    compileJson(value, { ...place, path: place.path === '' ? key : `${place.path}.${key}` }),
  ])
  return (context) => {
    const result: [string, unknown][] = []
    for (const [key, read] of reads) {
      const value = read(context) ?? null
      if (value !== null || !place.omitEmpty) result.push([key, value])
    }
    return Object.fromEntries(result)
  }
}
