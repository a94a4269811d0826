import { type ParsedText, suiteError, type TextPosition } from './parsed-text.ts'
import { parseTextProto, type TextProtoField, type TextProtoMessage } from './text-proto.ts'

/** Fields of a test file that may be given more than once. */
const repeated: ReadonlySet<string> = new Set([
  'tests',
  'additional_request_headers',
  'additional_response_headers',
  'dynamic_metadata',
  'request_header_fields',
  'response_header_fields',
  'request_header_matches',
  'response_header_matches',
  'route_metadata',
])

/** Fields that are a message around one value, which JSON writes as the value. */
const wrappers: ReadonlySet<string> = new Set([
  'cluster_name',
  'virtual_cluster_name',
  'virtual_host_name',
  'host_rewrite',
  'path_rewrite',
  'path_redirect',
  'code_redirect',
])

/**
 * Reads a test file in protobuf's text format as the value that the same file in JSON has.
 *
 * @throws {MeshTestError} with line and column.
 */
export function parseTextProtoTests(file: string, text: string): ParsedText {
  const positions = new Map<string, TextPosition>()
  const value = new Converter(file, positions).message(parseTextProto(file, text), '', [])
  return {
    file,
    value,
    positionOf(path) {
      for (let length = path.length; length > 0; length--) {
        const position = positions.get(keyOf(path.slice(0, length)))
        if (position !== undefined) return position
      }
      return { line: 1, column: 1 }
    },
  }
}

type Path = readonly (string | number)[]

class Converter {
  readonly #file: string
  readonly #positions: Map<string, TextPosition>

  constructor(file: string, positions: Map<string, TextPosition>) {
    this.#file = file
    this.#positions = positions
  }

  message(fields: TextProtoMessage, owner: string, path: Path): Record<string, unknown> {
    const result: Record<string, unknown> = {}
    for (const each of fields) {
      const { name } = each
      const list = repeated.has(name) ? ((result[name] as unknown[] | undefined) ?? []) : undefined
      if (list === undefined && Object.hasOwn(result, name)) {
        throw suiteError(this.#file, each, `expected ${name} once, got it again`)
      }
      const at = list === undefined ? [...path, name] : [...path, name, list.length]
      this.#positions.set(keyOf(at), { line: each.line, column: each.column })
      const value = this.#value(each, owner, at)
      list?.push(value)
      define(result, name, list ?? value)
    }
    return result
  }

  #value(each: TextProtoField, owner: string, path: Path): unknown {
    const { name, value } = each
    if (value.kind === 'string') return value.text
    if (value.kind === 'word') return scalar(value.text)
    const isStruct =
      (name === 'value' && owner === 'dynamic_metadata') || (name === 'runtime' && owner === '')
    if (isStruct) return structOf(value.fields)
    const message = this.message(value.fields, name, path)
    return wrappers.has(name) ? (message['value'] ?? defaultOf(name)) : message
  }
}

function defaultOf(name: string): unknown {
  return name === 'code_redirect' ? 0 : ''
}

/** `google.protobuf.Struct` as text: `fields { key: "a" value { string_value: "b" } }`. */
function structOf(fields: TextProtoMessage): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const { value } of fields) {
    if (value.kind !== 'message') continue
    const key = value.fields.find(({ name }) => name === 'key')?.value
    const member = value.fields.find(({ name }) => name === 'value')?.value
    define(
      result,
      key?.kind === 'string' ? key.text : '',
      member?.kind === 'message' ? plainOf(member.fields) : null,
    )
  }
  return result
}

/** `google.protobuf.Value`. */
function plainOf(fields: TextProtoMessage): unknown {
  const [only] = fields
  if (only === undefined) return null
  const { name, value } = only
  if (value.kind === 'string') return value.text
  if (value.kind === 'word') return name === 'null_value' ? null : scalar(value.text)
  if (name === 'struct_value') return structOf(value.fields)
  return value.fields.map((item) =>
    item.value.kind === 'message' ? plainOf(item.value.fields) : null,
  )
}

/** Whole numbers that a double cannot hold stay text, as JSON has them. */
function scalar(word: string): unknown {
  if (/^(?:true|True|t)$/.test(word)) return true
  if (/^(?:false|False|f)$/.test(word)) return false
  const number = Number(word)
  if (word === '' || Number.isNaN(number)) return word
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? word : number
}

/** Sets a member, also one called `__proto__`. */
function define(owner: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(owner, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

function keyOf(path: Path): string {
  return JSON.stringify(path)
}
