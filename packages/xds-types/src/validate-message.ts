import type { MessageDescriptor } from './descriptor.ts'
import type { Violation } from './errors.ts'
import type { MessageValue } from './message-value.ts'

/** How far validation goes. */
export interface ValidateOptions {
  /** Whether the messages inside Anys are validated too. Default: false. */
  readonly intoAny?: boolean
}

/** What the API's validation rules find wrong. */
export function validateMessage(
  _descriptor: MessageDescriptor,
  _message: MessageValue,
  _options: ValidateOptions = {},
): readonly Violation[] {
  return []
}
