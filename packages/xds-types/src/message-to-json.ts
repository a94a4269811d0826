import { base64FromBytes } from './base64.ts'
import { decodeMessage } from './decode-message.ts'
import {
  enumCode,
  type FieldDescriptor,
  type MessageDescriptor,
  messageCode,
} from './descriptor.ts'
import type { Violation } from './errors.ts'
import { assign, fieldValue, type MessageValue, unknownFields } from './message-value.ts'
import { Path } from './path.ts'
import { enumNamed, findMessage, messageNamed } from './registry.ts'
import { scalarToJson } from './scalar-json.ts'
import { scalarCodec } from './scalars.ts'
import { listToJson, structToJson, valueToJson } from './struct-json.ts'
import { typeNameFromUrl } from './type-url.ts'
import { hasOwnJsonForm, textForms, wrappers } from './well-known.ts'

/** How JSON is written. */
export interface ToJsonOptions {
  /** `'proto'` writes snake_case, as Envoy's config_dump does. Default: `'camel'`. */
  readonly fieldNames?: 'camel' | 'proto'
  /** What becomes of fields that the type does not have; JSON cannot hold them. Default: `'drop'`. */
  readonly unknownFields?: 'drop' | 'refuse'
  /** Told of every message whose unknown fields were dropped. */
  readonly onDrop?: (violation: Violation) => void
  /**
   * What becomes of an Any whose type is not known: refused, or written as
   * `{ '@type', value: base64 }`. Default: `'refuse'`.
   */
  readonly unknownTypes?: 'keep' | 'refuse'
}

/**
 * Writes canonical proto3 JSON: fields at their zero value are left out, maps are sorted by key.
 *
 * @throws {XdsTypesError} if an Any holds a type that is not known or bytes that are not of its type.
 */
export function messageToJson(
  descriptor: MessageDescriptor,
  message: MessageValue,
  options: ToJsonOptions = {},
): unknown {
  return new JsonWriter(options).message(descriptor, message)
}

class JsonWriter {
  readonly #options: ToJsonOptions
  readonly #path = new Path()

  constructor(options: ToJsonOptions) {
    this.#options = options
  }

  message(descriptor: MessageDescriptor, message: MessageValue): unknown {
    this.#path.open()
    this.#reportUnknown(descriptor, message)
    const json = hasOwnJsonForm(descriptor.typeName)
      ? this.#wellKnown(descriptor, message)
      : this.#fields(descriptor, message)
    this.#path.close()
    return json
  }

  #fields(descriptor: MessageDescriptor, message: MessageValue): Record<string, unknown> {
    const json: Record<string, unknown> = {}
    for (const field of descriptor.fields) {
      const value = fieldValue(message, field)
      if (value === undefined || value === null) continue
      this.#path.field(field.protoName)
      const written = this.#field(field, value)
      if (written !== undefined) json[this.#nameOf(field)] = written
      this.#path.leave()
    }
    return json
  }

  #nameOf(field: FieldDescriptor): string {
    return this.#options.fieldNames === 'proto' ? field.protoName : field.name
  }

  #field(field: FieldDescriptor, value: unknown): unknown {
    if (field.mapKey !== undefined) return this.#map(field, value as Record<string, unknown>)
    if (!field.repeated) return this.#singular(field, value)
    const list = value as readonly unknown[]
    if (list.length === 0) return undefined
    return list.map((element, i) => {
      this.#path.index(i)
      const json = this.#value(field, element)
      this.#path.leave()
      return json
    })
  }

  #singular(field: FieldDescriptor, value: unknown): unknown {
    if (field.type !== messageCode && !field.presence) {
      const { zero } = scalarCodec(field.type)
      const isEmpty = value instanceof Uint8Array && value.length === 0
      if (isEmpty || Object.is(value, zero)) return undefined
    }
    return this.#value(field, value)
  }

  #map(field: FieldDescriptor, map: Readonly<Record<string, unknown>>): unknown {
    const keys = Object.keys(map).sort()
    if (keys.length === 0) return undefined
    const json: Record<string, unknown> = {}
    for (const key of keys) {
      this.#path.key(key)
      assign(json, key, this.#value(field, map[key]))
      this.#path.leave()
    }
    return json
  }

  #value(field: FieldDescriptor, value: unknown): unknown {
    if (field.type === messageCode) {
      return this.message(messageNamed(field.typeName), value as MessageValue)
    }
    if (field.type !== enumCode)
      return scalarToJson(scalarCodec(field.type), value, field.type === 2)
    if (field.typeName === 'google.protobuf.NullValue') return null
    return enumNamed(field.typeName).names.get(value as number) ?? value
  }

  #wellKnown(descriptor: MessageDescriptor, message: MessageValue): unknown {
    const { typeName } = descriptor
    const form = textForms.get(typeName)
    if (form !== undefined) {
      const text = form.toText(message)
      if (text === undefined) throw this.#fault(`must be ${form.expected}`)
      return text
    }
    if (wrappers.has(typeName)) return wrapperToJson(descriptor, message)
    if (typeName === 'google.protobuf.Any') return this.#any(message)
    if (typeName === 'google.protobuf.Value') return valueToJson(message, this.#path)
    if (typeName === 'google.protobuf.Struct') return structToJson(message, this.#path)
    return listToJson(message, this.#path)
  }

  #any(message: MessageValue): Record<string, unknown> {
    const { typeUrl = '', value = new Uint8Array() } = message as {
      typeUrl?: string
      value?: Uint8Array
    }
    if (typeUrl === '' && value.length === 0) return {}
    const descriptor = findMessage(typeNameFromUrl(typeUrl))
    if (descriptor === undefined) {
      if (this.#options.unknownTypes === 'keep') {
        return { '@type': typeUrl, value: base64FromBytes(value) }
      }
      throw this.#path.error(
        'ERR_XDS_TYPES_UNKNOWN_TYPE',
        `must be of a known type, got ${typeUrl}`,
      )
    }
    const json = this.message(descriptor, decodeMessage(descriptor, value))
    if (hasOwnJsonForm(descriptor.typeName)) return { '@type': typeUrl, value: json }
    return { '@type': typeUrl, ...(json as Record<string, unknown>) }
  }

  #reportUnknown(descriptor: MessageDescriptor, message: MessageValue): void {
    if (message[unknownFields] === undefined) return
    const text = `${descriptor.typeName} came with fields that it does not have`
    if (this.#options.unknownFields === 'refuse') {
      throw this.#path.error('ERR_XDS_TYPES_UNKNOWN_FIELD', text)
    }
    this.#options.onDrop?.({ path: this.#path.toString(), message: text })
  }

  #fault(message: string): Error {
    return this.#path.error('ERR_XDS_TYPES_JSON', message)
  }
}

function wrapperToJson(descriptor: MessageDescriptor, message: MessageValue): unknown {
  const type = descriptor.fields[0]?.type ?? 0
  const codec = scalarCodec(type)
  return scalarToJson(codec, message['value'] ?? codec.zero, type === 2)
}
