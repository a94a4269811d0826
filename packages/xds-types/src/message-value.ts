import type { FieldDescriptor } from './descriptor.ts'

/**
 * Where a message keeps the fields that its type does not know, in their wire form and order.
 * They are written again after the known ones.
 */
export const unknownFields: unique symbol = Symbol.for('@meshwright/xds-types.unknown-fields')

/** A message as the codecs handle it: fields by their camelCase names, oneofs as `{ case, value }`. */
export interface MessageValue {
  [name: string]: unknown
  [unknownFields]?: Uint8Array
}

/** Which member of a oneof is set, and to what. */
export interface OneofValue {
  readonly case: string
  readonly value: unknown
}

/** The value of a field, wherever the message keeps it; undefined when it is not set. */
export function fieldValue(message: MessageValue, field: FieldDescriptor): unknown {
  if (field.oneof === undefined) return message[field.name]
  const chosen = message[field.oneof] as OneofValue | undefined
  return chosen?.case === field.name ? chosen.value : undefined
}

/** Sets a field, unsetting the other members of its oneof. */
export function setFieldValue(message: MessageValue, field: FieldDescriptor, value: unknown): void {
  if (field.oneof === undefined) assign(message, field.name, value)
  else assign(message, field.oneof, { case: field.name, value })
}

/** Sets a key that may come from a peer, so that `__proto__` is a key like any other. */
export function assign(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') target[key] = value
  else
    Object.defineProperty(target, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    })
}
