export { type Any, packAny, type UnpackedAny, unpackAny } from './any.ts'
export type { DecodeOptions } from './decode-message.ts'
export { type Violation, XdsTypesError, type XdsTypesErrorCode } from './errors.ts'
export { findUnknown } from './find-unknown.ts'
export type { FromJsonOptions } from './message-from-json.ts'
export type { ToJsonOptions } from './message-to-json.ts'
export {
  type AnyJson,
  type AnyMessageType,
  type MessageType,
  messageType,
  messageTypeFor,
} from './message-type.ts'
export { unknownFields } from './message-value.ts'
export { openTypedStruct } from './typed-struct.ts'
export type { ValidateOptions } from './validate-message.ts'
export { versionOf } from './version-of.ts'
