import type { Violation } from './errors.ts'
import type { AnyMessageType } from './message-type.ts'

/**
 * Every field and every Any type in a message's JSON that this package does not know, at any depth.
 * What a peer prints of its configuration should have none.
 *
 * @throws {XdsTypesError} if the JSON is at fault otherwise.
 */
export function findUnknown(type: AnyMessageType, json: unknown): readonly Violation[] {
  const found: Violation[] = []
  type.fromJson(json, {
    unknownFields: 'drop',
    unknownTypes: 'drop',
    onDrop: (violation) => found.push(violation),
  })
  return found
}
