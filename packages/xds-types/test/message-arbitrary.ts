import fc from 'fast-check'
import {
  enumCode,
  type FieldDescriptor,
  type MessageDescriptor,
  messageCode,
} from '../src/descriptor.ts'
import { encodeMessage } from '../src/encode-message.ts'
import type { MessageValue } from '../src/message-value.ts'
import { enumNamed, messageNamed } from '../src/registry.ts'
import { type Scalar, scalarCodec } from '../src/scalars.ts'

/** How deep generated messages nest; below that they have scalars only. */
const maxDepth = 3

/** Messages of a type in their canonical form: no field without presence at its zero value. */
export function messageArbitrary(
  descriptor: MessageDescriptor,
  depth = 0,
): fc.Arbitrary<MessageValue> {
  const { typeName } = descriptor
  const special = specials[typeName]
  if (special !== undefined) return special(depth)
  const lone = descriptor.fields.filter((field) => field.oneof === undefined)
  const record: Record<string, fc.Arbitrary<unknown>> = {}
  for (const field of lone) {
    const value = fieldArbitrary(field, depth)
    if (value !== undefined) record[field.name] = value
  }
  for (const oneof of descriptor.oneofs) {
    const members = descriptor.fields.filter((field) => field.oneof === oneof)
    const value = oneofArbitrary(members, depth)
    if (value !== undefined) record[oneof] = value
  }
  const present = fc.record(record, { requiredKeys: [] })
  return present.map((message) => withoutZeros(descriptor, message))
}

function oneofArbitrary(
  members: readonly FieldDescriptor[],
  depth: number,
): fc.Arbitrary<unknown> | undefined {
  const cases = members.flatMap((field) => {
    const value = fieldArbitrary(field, depth)
    return value === undefined ? [] : [value.map((inner) => ({ case: field.name, value: inner }))]
  })
  return cases.length === 0 ? undefined : fc.oneof(...cases)
}

/** Undefined where the nesting ends. */
function fieldArbitrary(field: FieldDescriptor, depth: number): fc.Arbitrary<unknown> | undefined {
  const value = valueArbitrary(field, depth)
  if (value === undefined) return undefined
  if (field.mapKey !== undefined) {
    const keys = scalarArbitrary(field.mapKey).map(String)
    return fc.dictionary(keys, value, { minKeys: 1, maxKeys: 2, noNullPrototype: true })
  }
  return field.repeated ? fc.array(value, { minLength: 1, maxLength: 2 }) : value
}

function valueArbitrary(field: FieldDescriptor, depth: number): fc.Arbitrary<unknown> | undefined {
  if (field.type === enumCode) {
    return fc.constantFrom(...enumNamed(field.typeName).names.keys())
  }
  if (field.type !== messageCode) return scalarArbitrary(field.type)
  if (depth >= maxDepth) return undefined
  const descriptor = messageNamed(field.typeName)
  // Made when it is drawn, for types refer to each other in circles.
  return fc.constant(0).chain(() => messageArbitrary(descriptor, depth + 1))
}

function scalarArbitrary(type: number): fc.Arbitrary<Scalar> {
  switch (scalarCodec(type).holds) {
    case 'boolean':
      return fc.boolean()
    case 'bytes':
      return fc.uint8Array({ maxLength: 5 })
    case 'float':
      // JSON text in JavaScript has no minus zero.
      return (type === 2 ? fc.float() : fc.double()).map((value) => (value === 0 ? 0 : value))
    case 'int32':
      return fc.integer()
    case 'uint32':
      return fc.nat(0xffffffff)
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    case 'uint64':
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    case 'string':
      return fc.string({ maxLength: 6, unit: 'binary' })
  }
}

const nanosOf = (sign: bigint, nanos: number): number => (sign < 0n ? -nanos : nanos)

const durations = fc
  .tuple(fc.bigInt({ min: -315_576_000_000n, max: 315_576_000_000n }), fc.nat(999_999_999))
  .map(([seconds, nanos]) => nonZero({ seconds, nanos: nanosOf(seconds, nanos) }))

const timestamps = fc
  .tuple(fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }), fc.nat(999_999_999))
  .map(([seconds, nanos]) => nonZero({ seconds, nanos }))

const kinds = fc.oneof(
  fc.constant({ case: 'nullValue', value: 0 }),
  fc.boolean().map((value) => ({ case: 'boolValue', value })),
  fc.string({ maxLength: 4 }).map((value) => ({ case: 'stringValue', value })),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => ({ case: 'numberValue', value: value === 0 ? 0 : value })),
)

const values = kinds.map((kind) => ({ kind }))

const structs = fc
  .dictionary(fc.string({ maxLength: 3 }), values, { maxKeys: 2, noNullPrototype: true })
  .map((fields) => (Object.keys(fields).length === 0 ? {} : { fields }))

/** Something of a known type to put into an Any. */
const anys = durations.map((duration) => ({
  typeUrl: 'type.googleapis.com/google.protobuf.Duration',
  ...nonEmpty(encodeMessage(messageNamed('google.protobuf.Duration'), { ...duration })),
}))

const specials: Readonly<Record<string, (depth: number) => fc.Arbitrary<MessageValue>>> = {
  'google.protobuf.Any': () => fc.oneof(fc.constant({}), anys),
  'google.protobuf.Duration': () => durations,
  'google.protobuf.FieldMask': () =>
    fc
      .array(fc.constantFrom('a', 'b_c', 'd.e_f'), { maxLength: 2 })
      .map((paths) => (paths.length === 0 ? {} : { paths })),
  'google.protobuf.ListValue': () =>
    fc.array(values, { maxLength: 2 }).map((list) => (list.length === 0 ? {} : { values: list })),
  'google.protobuf.Struct': () => structs,
  'google.protobuf.Timestamp': () => timestamps,
  'google.protobuf.Value': () => values,
}

function nonZero({ seconds, nanos }: { seconds: bigint; nanos: number }): MessageValue {
  return { ...(seconds !== 0n && { seconds }), ...(nanos !== 0 && { nanos }) }
}

function nonEmpty(value: Uint8Array): { value?: Uint8Array } {
  return value.length === 0 ? {} : { value }
}

function withoutZeros(descriptor: MessageDescriptor, message: MessageValue): MessageValue {
  const canonical: MessageValue = { ...message }
  for (const field of descriptor.fields) {
    if (field.presence || field.repeated || field.type === messageCode) continue
    const value = canonical[field.name] as Scalar | undefined
    if (value !== undefined && scalarCodec(field.type).isZero(value)) delete canonical[field.name]
  }
  return canonical
}
