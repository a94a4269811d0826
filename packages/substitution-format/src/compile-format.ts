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

/** An operator in a text. */
interface Piece {
  readonly read: Read
  /** What an empty value prints as. */
  readonly empty: string
  /** The literal text up to the next operator. */
  readonly after: string
}

function compileText(text: string, place: Place): Print {
  const { start, pieces } = piecesOf(parseTemplate(text, place.path, place.faults), place)
  const missing = missingIn(place)
  return (context) => {
    let result = start
    for (const { read, empty, after } of pieces) {
      const value = read(context)
      if (typeof value !== 'string') result += textOf(value) ?? missing
      else result += value === '' ? empty : value
      result += after
    }
    return result
  }
}

function piecesOf(
  parts: readonly TemplatePart[],
  place: Place,
): { readonly start: string; readonly pieces: readonly Piece[] } {
  const textAt = (index: number): string => {
    const part = parts[index]
    return part?.kind === 'text' ? part.text : ''
  }
  const pieces = parts.flatMap((part, i): Piece[] => {
    if (part.kind === 'text') return []
    const { read, emptyIsMissing } = compileOperator(part, place)
    return [{ read, empty: emptyIsMissing ? missingIn(place) : '', after: textAt(i + 1) }]
  })
  return { start: textAt(0), pieces }
}

function missingIn({ omitEmpty }: Place): string {
  return omitEmpty ? '' : '-'
}

type Operator = TemplatePart & { readonly kind: 'operator' }

interface CompiledOperator {
  readonly read: Read
  /** A name that is empty is none; a header that is empty is there. */
  readonly emptyIsMissing: boolean
}

function compileOperator(part: Operator, place: Place): CompiledOperator {
  const found = findOperator(part)
  if (typeof found === 'string') {
    const message = `${part.name}: ${found}`
    place.faults.push({ path: place.path, position: part.position, message })
    return { read: () => undefined, emptyIsMissing: false }
  }
  const { maxLength } = part
  if (maxLength === undefined) return found
  const { read } = found
  return { ...found, read: (context) => textOf(read(context))?.slice(0, maxLength) }
}

function findOperator({ name, argument, maxLength }: Operator): CompiledOperator | string {
  const factory = operatorsWithArgument.get(name)
  if (factory !== undefined) {
    const read = factory(argument)
    return typeof read === 'string' ? read : { read, emptyIsMissing: false }
  }
  const read = plainOperators.get(name)
  if (read === undefined) return 'unknown operator'
  if (argument !== undefined) return `expected no argument, got (${argument})`
  if (maxLength !== undefined) return `expected no length, got ${maxLength}`
  return { read, emptyIsMissing: true }
}

/** Undefined: the value is missing. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return `${value}`
  if (value === undefined || value === null) return undefined
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
  const { read, emptyIsMissing } = compileOperator(only, place)
  return (context) => {
    const value = read(context)
    return value === '' && emptyIsMissing ? null : (value ?? null)
  }
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
