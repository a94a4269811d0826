import type protobuf from 'protobufjs'
import { realOneofs } from './describe.ts'

/** The validation rules of one message: by field, and the oneofs of which one member must be set. */
export interface MessageRules {
  readonly f?: Readonly<Record<string, unknown>>
  readonly o?: readonly string[]
}

/** The rules of a message, or nothing if it has none. */
export function rulesOf(type: protobuf.Type): MessageRules | undefined {
  const fields = type.fieldsArray
    .filter((field) => field.declaringField === null)
    .map((field) => [field.name, fieldRules(field)] as const)
    .filter(([, rules]) => rules !== undefined)
  const oneofs = realOneofs(type)
    .filter(isRequired)
    .map((oneof) => oneof.name)
  if (fields.length === 0 && oneofs.length === 0) return undefined
  return {
    ...(fields.length > 0 && { f: Object.fromEntries(fields) }),
    ...(oneofs.length > 0 && { o: oneofs }),
  }
}

/** A field's `(validate.rules)`, however it was spelled. */
export function fieldRules(field: protobuf.Field): unknown {
  return option(field, '(validate.rules)')
}

/** Whether a oneof has `(validate.required)`. */
export function isRequired(oneof: protobuf.OneOf): boolean {
  return option(oneof, '(validate.required)') === true
}

function option(object: protobuf.ReflectionObject, name: string): unknown {
  const all: unknown = object.parsedOptions
  if (!Array.isArray(all)) return undefined
  const found: Readonly<Record<string, unknown>> | undefined = all.find((one) =>
    Object.hasOwn(one, name),
  )
  return found?.[name]
}
