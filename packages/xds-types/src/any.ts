import { XdsTypesError } from './errors.ts'
import { type AnyMessageType, type MessageType, messageTypeFor } from './message-type.ts'

/** A `google.protobuf.Any` as a message: a type URL and the bytes of a message of that type. */
export interface Any {
  readonly typeUrl?: string
  readonly value?: Uint8Array
}

/** An Any that was opened. */
export interface UnpackedAny {
  readonly type: AnyMessageType
  readonly message: object
}

/** Wraps a message of a known type. */
export function packAny<Message, Json>(type: MessageType<Message, Json>, message: Message): Any {
  return { typeUrl: type.typeUrl, value: type.encode(message) }
}

/**
 * Opens an Any by the type that it names.
 *
 * @throws {XdsTypesError} if the type is not known or the bytes are not of that type.
 */
export function unpackAny(any: Any): UnpackedAny {
  const type = messageTypeFor(any.typeUrl ?? '')
  if (type === undefined) {
    const message = `an Any must be of a known type, got ${JSON.stringify(any.typeUrl ?? '')}`
    throw new XdsTypesError('ERR_XDS_TYPES_UNKNOWN_TYPE', { path: '', message })
  }
  return { type, message: type.decode(any.value ?? new Uint8Array()) }
}
