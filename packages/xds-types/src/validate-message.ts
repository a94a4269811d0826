import type { MessageDescriptor } from './descriptor.ts'
import type { Violation } from './errors.ts'
import { messageCheck } from './message-check.ts'
import type { MessageValue } from './message-value.ts'
import { Path } from './path.ts'

/** How far validation goes. */
export interface ValidateOptions {
  /**
   * Whether messages inside Anys are validated too, where their type is known. Bytes that are not of
   * the type that their Any names are a violation. Default: false.
   */
  readonly intoAny?: boolean
}

/** What the API's validation rules find wrong, in the order of the fields; empty if nothing. */
export function validateMessage(
  descriptor: MessageDescriptor,
  message: MessageValue,
  options: ValidateOptions = {},
): readonly Violation[] {
  const violations: Violation[] = []
  const visit = { path: new Path(), intoAny: options.intoAny ?? false, violations }
  messageCheck(descriptor).check(message, visit)
  return violations
}
