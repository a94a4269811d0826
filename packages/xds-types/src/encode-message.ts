import { type FieldDescriptor, type MessageDescriptor, messageCode } from './descriptor.ts'
import { fieldValue, type MessageValue, unknownFields } from './message-value.ts'
import { messageNamed } from './registry.ts'
import { isZero, type Scalar, type ScalarCodec, scalarCodec } from './scalars.ts'
import { WireWriter } from './wire-writer.ts'

const lengthDelimited = 2

// One writer serves every call: encoding is synchronous and never calls back.
const writer = new WireWriter()

/**
 * Writes a message. Fields come in the order of their numbers and maps in the order of their keys,
 * so that equal messages have equal bytes.
 *
 * @throws {TypeError} if a field holds a value of another type than its own.
 */
export function encodeMessage(descriptor: MessageDescriptor, message: MessageValue): Uint8Array {
  writer.reset()
  writeMessage(descriptor, message)
  return writer.finish()
}

/** The writer works from the end to the front, so everything here is done last to first. */
function writeMessage(descriptor: MessageDescriptor, message: MessageValue): void {
  const strays = message[unknownFields]
  if (strays !== undefined) writer.raw(strays)
  for (let i = descriptor.fields.length - 1; i >= 0; i--) {
    const field = descriptor.fields[i]
    if (field === undefined) continue
    const value = fieldValue(message, field)
    if (value !== undefined && value !== null) writeField(field, value)
  }
}

function writeField(field: FieldDescriptor, value: unknown): void {
  if (field.mapKey !== undefined) writeMap(field, value as Readonly<Record<string, unknown>>)
  else if (field.repeated) writeList(field, value as readonly unknown[])
  else if (field.type === messageCode) writeNested(field, value as MessageValue, field.number)
  else {
    const codec = scalarCodec(field.type)
    const scalar = checked(field, codec, value)
    if (field.presence || !isZero(codec, scalar)) writeScalar(codec, scalar, field.number)
  }
}

function writeNested(field: FieldDescriptor, value: MessageValue, number: number): void {
  const end = writer.size
  writeMessage(messageNamed(field.typeName), value)
  writer.varint(writer.size - end)
  writer.tag(number, lengthDelimited)
}

function writeScalar(codec: ScalarCodec, value: Scalar, number: number): void {
  codec.write(writer, value as never)
  writer.tag(number, codec.wireType)
}

function writeList(field: FieldDescriptor, values: readonly unknown[]): void {
  if (field.type === messageCode) {
    for (let i = values.length - 1; i >= 0; i--) {
      writeNested(field, values[i] as MessageValue, field.number)
    }
    return
  }
  const codec = scalarCodec(field.type)
  if (codec.wireType === lengthDelimited) {
    for (let i = values.length - 1; i >= 0; i--) {
      writeScalar(codec, checked(field, codec, values[i]), field.number)
    }
  } else if (values.length > 0) writePacked(field, codec, values)
}

function writePacked(field: FieldDescriptor, codec: ScalarCodec, values: readonly unknown[]): void {
  const end = writer.size
  for (let i = values.length - 1; i >= 0; i--) {
    codec.write(writer, checked(field, codec, values[i]) as never)
  }
  writer.varint(writer.size - end)
  writer.tag(field.number, lengthDelimited)
}

function writeMap(field: FieldDescriptor, map: Readonly<Record<string, unknown>>): void {
  const keys = scalarCodec(field.mapKey ?? 0)
  for (const key of sortedKeys(map, keys).reverse()) {
    const end = writer.size
    if (field.type === messageCode) writeNested(field, map[key] as MessageValue, 2)
    else {
      const codec = scalarCodec(field.type)
      writeScalar(codec, checked(field, codec, map[key]), 2)
    }
    writeScalar(keys, keyFromText(key, keys), 1)
    writer.varint(writer.size - end)
    writer.tag(field.number, lengthDelimited)
  }
}

/** Text keys by their UTF-16 units, numbers by their value. */
function sortedKeys(map: Readonly<Record<string, unknown>>, codec: ScalarCodec): string[] {
  const keys = Object.keys(map)
  if (codec.holds === 'string') return keys.sort()
  return keys.sort((a, b) => {
    const [x, y] = [keyFromText(a, codec), keyFromText(b, codec)]
    return x < y ? -1 : x > y ? 1 : 0
  })
}

function keyFromText(key: string, codec: ScalarCodec): Scalar {
  if (codec.holds === 'string') return key
  if (codec.holds === 'boolean') return key === 'true'
  return codec.holds === 'int64' || codec.holds === 'uint64' ? BigInt(key) : Number(key)
}

/** The value, if its JavaScript type and its range are the field's. */
function checked(field: FieldDescriptor, codec: ScalarCodec, value: unknown): Scalar {
  if (fits(codec, value)) return value
  const got = value instanceof Uint8Array ? 'bytes' : `${typeof value} ${String(value)}`
  throw new TypeError(`${field.protoName} must hold ${codec.holds}, got ${got}`)
}

function fits(codec: ScalarCodec, value: unknown): value is Scalar {
  switch (codec.holds) {
    case 'boolean':
    case 'string':
      return typeof value === codec.holds
    case 'bytes':
      return value instanceof Uint8Array
    case 'float':
      return typeof value === 'number'
    case 'int32':
      return (value as number) >> 0 === value
    case 'uint32':
      return (value as number) >>> 0 === value
    case 'int64':
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value
    case 'uint64':
      return typeof value === 'bigint' && BigInt.asUintN(64, value) === value
  }
}
