import type { MessageDescriptor } from './descriptor.ts'
import { messageReader } from './message-reader.ts'
import type { MessageValue } from './message-value.ts'
import { Path } from './path.ts'
import { WireFault } from './wire-fault.ts'
import { type UnknownFields, WireReader } from './wire-reader.ts'

/** How bytes are read. */
export interface DecodeOptions {
  /**
   * What becomes of fields that the type does not have: kept with the message and written again,
   * dropped, or refused with an error that names the message and the number. Default: `'keep'`.
   */
  readonly unknownFields?: UnknownFields
}

/**
 * Reads a message.
 *
 * @throws {XdsTypesError} if the bytes are not such a message.
 */
export function decodeMessage(
  descriptor: MessageDescriptor,
  bytes: Uint8Array,
  options: DecodeOptions = {},
): MessageValue {
  try {
    return messageReader(descriptor).read(new WireReader(bytes, options.unknownFields))
  } catch (fault) {
    throw fault instanceof WireFault ? fault.located(new Path()) : fault
  }
}
