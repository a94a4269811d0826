import { bytesFromBase64 } from './base64.ts'
import {
  enumCode,
  type FieldDescriptor,
  type MessageDescriptor,
  messageCode,
} from './descriptor.ts'
import { encodeMessage } from './encode-message.ts'
import type { Violation } from './errors.ts'
import { assign, type MessageValue, setFieldValue } from './message-value.ts'
import { Path } from './path.ts'
import { enumNamed, findMessage, messageNamed } from './registry.ts'
import { expectedJson, scalarFromJson } from './scalar-json.ts'
import { scalarCodec } from './scalars.ts'
import { listFromJson, structFromJson, valueFromJson } from './struct-json.ts'
import { typeNameFromUrl } from './type-url.ts'
import { hasOwnJsonForm, textForms, wrappers } from './well-known.ts'

/** How JSON is read. */
export interface FromJsonOptions {
  /** What becomes of keys that the type does not have. Default: `'refuse'`. */
  readonly unknownFields?: 'drop' | 'refuse'
  /**
   * What becomes of an Any whose type is not known: dropped with all that it holds, refused, or kept
   * if it is in the opaque form `{ '@type', value: base64 }` that `toJson` gives such an Any.
   * Default: `'refuse'`.
   */
  readonly unknownTypes?: 'drop' | 'keep' | 'refuse'
  /** Told of every unknown field and type that was dropped. */
  readonly onDrop?: (violation: Violation) => void
}

/**
 * Reads canonical proto3 JSON; field names may be camelCase or snake_case.
 *
 * @throws {XdsTypesError} if the JSON is not such a message.
 */
export function messageFromJson(
  descriptor: MessageDescriptor,
  json: unknown,
  options: FromJsonOptions = {},
): MessageValue {
  return new JsonReader(options).message(descriptor, json)
}

class JsonReader {
  readonly #options: FromJsonOptions
  readonly #path = new Path()

  constructor(options: FromJsonOptions) {
    this.#options = options
  }

  message(descriptor: MessageDescriptor, json: unknown): MessageValue {
    this.#path.open()
    const special = this.#wellKnown(descriptor, json)
    const message = special ?? this.#fields(descriptor, this.#object(json, descriptor.typeName))
    this.#path.close()
    return message
  }

  #fields(descriptor: MessageDescriptor, json: Readonly<Record<string, unknown>>): MessageValue {
    const message: MessageValue = {}
    const seen: string[] = []
    for (const [key, value] of Object.entries(json)) {
      if (value === undefined) continue
      const field = descriptor.byName.get(key)
      if (field === undefined) {
        this.#unknownField(descriptor, key)
        continue
      }
      this.#path.field(field.protoName)
      if (value !== null || takesNull(field)) {
        this.#claim(field, seen)
        const read = this.#field(field, value)
        if (read !== undefined) setFieldValue(message, field, read)
      }
      this.#path.leave()
    }
    return message
  }

  /** A field may be given once, and one member of a oneof. */
  #claim(field: FieldDescriptor, seen: string[]): void {
    if (seen.includes(field.name)) throw this.#fault('must not be given twice')
    seen.push(field.name)
    if (field.oneof === undefined) return
    const rival = `oneof ${field.oneof}`
    if (seen.includes(rival))
      throw this.#fault(`must not stand beside another member of ${field.oneof}`)
    seen.push(rival)
  }

  /** Undefined if the value says no more than an absent field. */
  #field(field: FieldDescriptor, json: unknown): unknown {
    if (field.mapKey !== undefined) return this.#map(field, json)
    if (field.repeated) return this.#list(field, json)
    const value = this.#value(field, json)
    if (field.presence || field.type === messageCode) return value
    return isUnset(value) ? undefined : value
  }

  #list(field: FieldDescriptor, json: unknown): unknown {
    if (!Array.isArray(json)) throw this.#fault(`must be a list, got ${describe(json)}`)
    const list = json.map((element: unknown, i) => {
      this.#path.index(i)
      const value = this.#value(field, element)
      this.#path.leave()
      return value
    })
    return list.length === 0 ? undefined : list
  }

  #map(field: FieldDescriptor, json: unknown): unknown {
    const map: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(this.#object(json, 'a map'))) {
      if (value === undefined) continue
      this.#path.key(key)
      assign(map, this.#mapKey(field, key), this.#value(field, value))
      this.#path.leave()
    }
    return Object.keys(map).length === 0 ? undefined : map
  }

  #mapKey(field: FieldDescriptor, key: string): string {
    const codec = scalarCodec(field.mapKey ?? 0)
    if (codec.holds === 'string') return key
    const json =
      codec.holds === 'boolean' ? (key === 'true' || key === 'false' ? key === 'true' : key) : key
    const value = scalarFromJson(codec, json, false)
    if (value === undefined) throw this.#fault(`a key must be ${expectedJson(codec)}`)
    return String(value)
  }

  #value(field: FieldDescriptor, json: unknown): unknown {
    if (json === null && field.typeName === 'google.protobuf.NullValue') return 0
    if (field.type === messageCode) return this.message(messageNamed(field.typeName), json)
    if (field.type === enumCode) return this.#enum(field, json)
    return this.#scalar(field.type, json)
  }

  #scalar(type: number, json: unknown): unknown {
    const codec = scalarCodec(type)
    const value = scalarFromJson(codec, json, type === 2)
    if (value === undefined) {
      throw this.#fault(`must be ${expectedJson(codec)}, got ${describe(json)}`)
    }
    return value
  }

  #enum(field: FieldDescriptor, json: unknown): number {
    const known = enumNamed(field.typeName).numbers
    const number =
      typeof json === 'string'
        ? known.get(json)
        : scalarFromJson(scalarCodec(enumCode), json, false)
    if (typeof number === 'number') return number
    throw this.#fault(`must be one of ${[...known.keys()].join(', ')}, got ${describe(json)}`)
  }

  /** The message if its type has a JSON form of its own. */
  #wellKnown(descriptor: MessageDescriptor, json: unknown): MessageValue | undefined {
    const { typeName } = descriptor
    if (!hasOwnJsonForm(typeName)) return undefined
    const form = textForms.get(typeName)
    if (form !== undefined) {
      const value = typeof json === 'string' ? form.fromText(json) : undefined
      if (value === undefined) throw this.#fault(`must be ${form.expected}, got ${describe(json)}`)
      return value as MessageValue
    }
    if (wrappers.has(typeName)) return this.#wrapper(descriptor, json)
    if (typeName === 'google.protobuf.Any') return this.#any(this.#object(json, typeName))
    if (typeName === 'google.protobuf.Value') return valueFromJson(json, this.#path)
    if (typeName === 'google.protobuf.Struct') {
      return structFromJson(this.#object(json, typeName), this.#path)
    }
    if (!Array.isArray(json)) throw this.#fault(`must be a list, got ${describe(json)}`)
    return listFromJson(json, this.#path)
  }

  #wrapper(descriptor: MessageDescriptor, json: unknown): MessageValue {
    const value = this.#scalar(descriptor.fields[0]?.type ?? 0, json)
    return isUnset(value) ? {} : { value }
  }

  #any(json: Readonly<Record<string, unknown>>): MessageValue {
    const { '@type': typeUrl, ...rest } = json
    if (typeUrl === undefined && Object.keys(rest).length === 0) return {}
    if (typeof typeUrl !== 'string' || typeUrl === '') {
      throw this.#fault(`must name its type by a text '@type', got ${describe(typeUrl)}`)
    }
    const descriptor = findMessage(typeNameFromUrl(typeUrl))
    if (descriptor === undefined) return this.#opaque(typeUrl, rest)
    const inner = hasOwnJsonForm(descriptor.typeName) ? this.#embedded(rest) : rest
    const value = encodeMessage(descriptor, this.message(descriptor, inner))
    return value.length === 0 ? { typeUrl } : { typeUrl, value }
  }

  #embedded(rest: Readonly<Record<string, unknown>>): unknown {
    const { value, ...others } = rest
    const [stray] = Object.keys(others)
    if (stray !== undefined) throw this.#fault(`must have '@type' and value only, got ${stray}`)
    return value
  }

  #opaque(typeUrl: string, rest: Readonly<Record<string, unknown>>): MessageValue {
    const message = `must be of a known type, got ${typeUrl}`
    if (this.#options.unknownTypes === 'drop') {
      this.#options.onDrop?.({ path: this.#path.toString(), message })
      return {}
    }
    if (this.#options.unknownTypes !== 'keep') {
      throw this.#path.error('ERR_XDS_TYPES_UNKNOWN_TYPE', message)
    }
    const bytes = typeof rest['value'] === 'string' ? bytesFromBase64(rest['value']) : undefined
    if (bytes === undefined || Object.keys(rest).length !== 1) {
      throw this.#fault(`must hold only base64 text in value, because ${typeUrl} is not known`)
    }
    return bytes.length === 0 ? { typeUrl } : { typeUrl, value: bytes }
  }

  #unknownField(descriptor: MessageDescriptor, key: string): void {
    const message = `${descriptor.typeName} has no field called ${JSON.stringify(key)}`
    this.#path.field(key)
    if (this.#options.unknownFields !== 'drop') {
      throw this.#path.error('ERR_XDS_TYPES_UNKNOWN_FIELD', message)
    }
    this.#options.onDrop?.({ path: this.#path.toString(), message })
    this.#path.leave()
  }

  #object(json: unknown, what: string): Readonly<Record<string, unknown>> {
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
      return json as Readonly<Record<string, unknown>>
    }
    throw this.#fault(`must be an object (${what}), got ${describe(json)}`)
  }

  #fault(message: string): Error {
    return this.#path.error('ERR_XDS_TYPES_JSON', message)
  }
}

/** Elsewhere null says that a field is not set. */
function takesNull({ typeName }: FieldDescriptor): boolean {
  return typeName === 'google.protobuf.Value' || typeName === 'google.protobuf.NullValue'
}

function isUnset(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0
  return Object.is(value, 0) || value === 0n || value === '' || value === false
}

const longestShown = 80

function describe(json: unknown): string {
  if (Array.isArray(json)) return 'a list'
  if (typeof json === 'object' && json !== null) return 'an object'
  if (typeof json === 'string') return JSON.stringify(json.slice(0, longestShown))
  return json === undefined ? 'nothing' : String(json)
}
