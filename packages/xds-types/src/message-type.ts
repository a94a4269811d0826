import { type DecodeOptions, decodeMessage } from './decode-message.ts'
import type { MessageDescriptor } from './descriptor.ts'
import { encodeEndpoints } from './encode-endpoints.ts'
import { encodeMessage } from './encode-message.ts'
import type { Violation } from './errors.ts'
import { type FromJsonOptions, messageFromJson } from './message-from-json.ts'
import { messageToJson, type ToJsonOptions } from './message-to-json.ts'
import type { MessageValue } from './message-value.ts'
import { findMessage, messageNamed } from './registry.ts'
import { typeNameFromUrl, typeUrlOf } from './type-url.ts'
import { type ValidateOptions, validateMessage } from './validate-message.ts'

/**
 * A message type: what one can do with messages of it.
 *
 * `Message` has a property per field that is set, in camelCase: 64-bit integers are bigints, bytes
 * are `Uint8Array`s, enums are numbers, a oneof is `{ case, value }`. `Json` is canonical proto3
 * JSON. A field at its zero value is absent from both, unless the field tells zero from not set.
 */
export interface MessageType<Message, Json> {
  /** Full name, such as `envoy.config.cluster.v3.Cluster`. */
  readonly typeName: string
  /** `type.googleapis.com/` and the full name. */
  readonly typeUrl: string
  /** A message of this type: a typed copy of its fields. */
  create(fields?: Message): Message
  /**
   * The message in the wire format. Equal messages have equal bytes.
   *
   * @throws {TypeError} if a field holds a value that is not of its type.
   */
  encode(message: Message): Uint8Array
  /** @throws {XdsTypesError} if the bytes are not such a message. */
  decode(bytes: Uint8Array, options?: DecodeOptions): Message
  /**
   * The message that proto3 JSON describes. Names may be camelCase or snake_case.
   *
   * @throws {XdsTypesError} if the JSON is not such a message, with the path of the fault.
   */
  fromJson(json: Json, options?: FromJsonOptions): Message
  /** @throws {XdsTypesError} if an Any holds what is not known or not of its type. */
  toJson(message: Message, options?: ToJsonOptions): Json
  /**
   * The bytes of what proto3 JSON describes: `encode(fromJson(json))`, and several times faster than
   * that for a ClusterLoadAssignment. They may be a view of a larger buffer.
   *
   * @throws {XdsTypesError} if the JSON is not such a message, with the path of the fault.
   */
  encodeJson(json: Json, options?: FromJsonOptions): Uint8Array
  /** What the API's own validation rules find wrong with a message; empty if nothing. */
  validate(message: Message, options?: ValidateOptions): readonly Violation[]
}

/** A message type that is known by name only. */
export type AnyMessageType = MessageType<object, unknown>

/** A message of any type as JSON, with the type URL beside its fields. */
export interface AnyJson {
  readonly '@type': string
  readonly [field: string]: unknown
}

/** The handle of a message type. Nothing is parsed until it is used. For generated code. */
export function messageType<Message, Json>(typeName: string): MessageType<Message, Json> {
  return new LazyMessageType<Message, Json>(typeName)
}

/** The type behind a type URL, or nothing if it is not known. */
export function messageTypeFor(typeUrl: string): AnyMessageType | undefined {
  const typeName = typeNameFromUrl(typeUrl)
  return findMessage(typeName) === undefined ? undefined : messageType(typeName)
}

const endpointsType = 'envoy.config.endpoint.v3.ClusterLoadAssignment'

class LazyMessageType<Message, Json> implements MessageType<Message, Json> {
  readonly typeName: string
  #descriptor: MessageDescriptor | undefined

  constructor(typeName: string) {
    this.typeName = typeName
  }

  get typeUrl(): string {
    return typeUrlOf(this.typeName)
  }

  create(fields?: Message): Message {
    return { ...fields } as Message
  }

  encode(message: Message): Uint8Array {
    return encodeMessage(this.#type, message as MessageValue)
  }

  decode(bytes: Uint8Array, options?: DecodeOptions): Message {
    return decodeMessage(this.#type, bytes, options) as Message
  }

  fromJson(json: Json, options?: FromJsonOptions): Message {
    return messageFromJson(this.#type, json, options) as Message
  }

  toJson(message: Message, options?: ToJsonOptions): Json {
    return messageToJson(this.#type, message as MessageValue, options) as Json
  }

  encodeJson(json: Json, options?: FromJsonOptions): Uint8Array {
    const fast = this.typeName === endpointsType ? encodeEndpoints(json) : undefined
    return fast ?? this.encode(this.fromJson(json, options))
  }

  validate(message: Message, options?: ValidateOptions): readonly Violation[] {
    return validateMessage(this.#type, message as MessageValue, options)
  }

  get #type(): MessageDescriptor {
    this.#descriptor ??= messageNamed(this.typeName)
    return this.#descriptor
  }
}
