import { assign, type MessageValue } from './message-value.ts'
import type { Path } from './path.ts'

/** Any JSON as a `google.protobuf.Value`. */
export function valueFromJson(json: unknown, path: Path): MessageValue {
  path.open()
  const kind = valueKind(json, path)
  path.close()
  return { kind }
}

/** A JSON object as a `google.protobuf.Struct`. */
export function structFromJson(json: object, path: Path): MessageValue {
  const fields: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(json)) {
    if (value === undefined) continue
    path.key(key)
    assign(fields, key, valueFromJson(value, path))
    path.leave()
  }
  return Object.keys(fields).length === 0 ? {} : { fields }
}

/** A JSON array as a `google.protobuf.ListValue`. */
export function listFromJson(json: readonly unknown[], path: Path): MessageValue {
  const values = json.map((value, i) => {
    path.index(i)
    const message = valueFromJson(value, path)
    path.leave()
    return message
  })
  return values.length === 0 ? {} : { values }
}

/** The JSON of a `google.protobuf.Value`; one that is not set has none and becomes null. */
export function valueToJson(message: MessageValue, path: Path): unknown {
  const kind = message['kind'] as { case: string; value: unknown } | undefined
  path.open()
  const json = kindToJson(kind, path)
  path.close()
  return json
}

/** The JSON of a `google.protobuf.Struct`, its keys in order. */
export function structToJson(message: MessageValue, path: Path): Record<string, unknown> {
  const fields = (message['fields'] ?? {}) as Readonly<Record<string, MessageValue>>
  const json: Record<string, unknown> = {}
  for (const key of Object.keys(fields).sort())
    assign(json, key, valueToJson(fields[key] ?? {}, path))
  return json
}

/** The JSON of a `google.protobuf.ListValue`. */
export function listToJson(message: MessageValue, path: Path): unknown[] {
  const values = (message['values'] ?? []) as readonly MessageValue[]
  return values.map((value) => valueToJson(value, path))
}

function valueKind(json: unknown, path: Path): { case: string; value: unknown } {
  if (json === null) return { case: 'nullValue', value: 0 }
  if (typeof json === 'string') return { case: 'stringValue', value: json }
  if (typeof json === 'boolean') return { case: 'boolValue', value: json }
  if (typeof json === 'number' && Number.isFinite(json)) return { case: 'numberValue', value: json }
  if (Array.isArray(json)) return { case: 'listValue', value: listFromJson(json, path) }
  if (typeof json === 'object') return { case: 'structValue', value: structFromJson(json, path) }
  throw path.error('ERR_XDS_TYPES_JSON', `must be a JSON value, got ${String(json)}`)
}

function kindToJson(kind: { case: string; value: unknown } | undefined, path: Path): unknown {
  if (kind === undefined || kind.case === 'nullValue') return null
  if (kind.case === 'structValue') return structToJson(kind.value as MessageValue, path)
  if (kind.case === 'listValue') return listToJson(kind.value as MessageValue, path)
  if (kind.case === 'numberValue' && !Number.isFinite(kind.value)) {
    throw path.error('ERR_XDS_TYPES_JSON', 'a number in a Value must be finite')
  }
  return kind.value
}
