import type { MessageDescriptor } from './descriptor.ts'
import type { MessageValue } from './message-value.ts'
import { messageWriter } from './message-writer.ts'
import { WireWriter } from './wire-writer.ts'

// One writer serves every call: encoding is synchronous and never calls back.
const writer = new WireWriter()

/**
 * Writes a message. Fields come in the order of their numbers and maps in the order of their keys,
 * so that equal messages have equal bytes.
 *
 * @throws {TypeError} if a field holds a value of another type than its own.
 */
export function encodeMessage(descriptor: MessageDescriptor, message: MessageValue): Uint8Array {
  try {
    messageWriter(descriptor).write(message, writer)
    return writer.finish()
  } finally {
    writer.reset()
  }
}
