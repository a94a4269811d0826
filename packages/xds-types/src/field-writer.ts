import { type FieldDescriptor, messageCode } from './descriptor.ts'
import { type MessageValue, unknownFields } from './message-value.ts'
import { messageNamed } from './registry.ts'
import { type Scalar, type ScalarCodec, scalarCodec } from './scalars.ts'
import { wrappers } from './well-known.ts'
import type { WireWriter } from './wire-writer.ts'

/** Writes the value of a field that is set, with its tag. */
export type WriteField = (to: WireWriter, value: unknown) => void

/** Writes messages of the type that a field holds. */
interface NestedWriter {
  /** Writes a message without a length. */
  write(message: MessageValue, to: WireWriter): void
}

/** What a field holds, to be looked up when it first comes up, for types refer to each other. */
export type Nested = () => NestedWriter

const lengthDelimited = 2

/** The writer works from the end to the front, so everything here is done last to first. */
export function writeField(field: FieldDescriptor, nested: Nested): WriteField {
  const tag = (field.number << 3) | lengthDelimited
  if (field.mapKey !== undefined) return writeMap(field, tag, nested)
  if (field.type === messageCode) {
    const write = wrappers.has(field.typeName ?? '')
      ? writeWrapper(field, tag)
      : writeNested(tag, nested)
    return field.repeated ? writeEach(write) : write
  }
  const codec = scalarCodec(field.type)
  if (!field.repeated) return writeSingle(field, codec, field.number)
  // An element is written even if it is zero.
  const element = { ...field, presence: true }
  if (codec.wireType === lengthDelimited)
    return writeEach(writeSingle(element, codec, field.number))
  return writePacked(element, codec, tag)
}

function writeNested(tag: number, nested: Nested): WriteField {
  let type: NestedWriter | undefined
  return (to, value) => {
    type ??= nested()
    const end = to.size
    type.write(value as MessageValue, to)
    to.head(tag, to.size - end)
  }
}

/** A wrapper has one field, so that there is nothing to look up. */
function writeWrapper({ typeName }: FieldDescriptor, tag: number): WriteField {
  const [wrapped] = messageNamed(typeName).fields
  if (wrapped === undefined) throw new TypeError(`${typeName} must have a field`)
  const writeWrapped = writeSingle(wrapped, scalarCodec(wrapped.type), wrapped.number)
  return (to, wrapper) => {
    const end = to.size
    const message = wrapper as MessageValue
    const strays = message[unknownFields]
    if (strays !== undefined) to.raw(strays)
    const value = message['value']
    if (value !== undefined && value !== null) writeWrapped(to, value)
    to.head(tag, to.size - end)
  }
}

function writeEach(write: WriteField): WriteField {
  return (to, value) => {
    const values = value as readonly unknown[]
    for (let i = values.length - 1; i >= 0; i--) write(to, values[i])
  }
}

function writeSingle(field: FieldDescriptor, codec: ScalarCodec, number: number): WriteField {
  if (codec.holds === 'string') return writeText(field, codec, number)
  if (codec.holds === 'uint32' && codec.wireType === 0) return writeUint32(field, codec, number)
  return writeScalar(field, codec, number)
}

function writeText(field: FieldDescriptor, codec: ScalarCodec, number: number): WriteField {
  const tag = (number << 3) | lengthDelimited
  const { presence } = field
  return (to, value) => {
    if (typeof value !== 'string') throw misfit(field, codec, value)
    if (presence || value !== '') to.head(tag, to.text(value))
  }
}

function writeUint32(field: FieldDescriptor, codec: ScalarCodec, number: number): WriteField {
  const tag = number << 3
  const { presence } = field
  return (to, value) => {
    if (typeof value !== 'number' || value >>> 0 !== value) throw misfit(field, codec, value)
    if (presence || value !== 0) to.head(tag, value)
  }
}

function writeScalar(field: FieldDescriptor, codec: ScalarCodec, number: number): WriteField {
  const tag = (number << 3) | codec.wireType
  const { presence } = field
  const { fits, isZero, write } = codec
  return (to, value) => {
    if (!fits(value)) throw misfit(field, codec, value)
    if (!presence && isZero(value)) return
    write(to, value as never)
    to.varint(tag)
  }
}

function writePacked(field: FieldDescriptor, codec: ScalarCodec, tag: number): WriteField {
  const { fits, write } = codec
  return (to, value) => {
    const values = value as readonly unknown[]
    if (values.length === 0) return
    const end = to.size
    for (let i = values.length - 1; i >= 0; i--) {
      if (!fits(values[i])) throw misfit(field, codec, values[i])
      write(to, values[i] as never)
    }
    to.varint(to.size - end)
    to.varint(tag)
  }
}

function writeMap(field: FieldDescriptor, tag: number, nested: Nested): WriteField {
  const keys = scalarCodec(field.mapKey ?? 0)
  const keyTag = (1 << 3) | keys.wireType
  const writeValue =
    field.type === messageCode
      ? writeNested((2 << 3) | lengthDelimited, nested)
      : writeSingle({ ...field, presence: true }, scalarCodec(field.type), 2)
  return (to, value) => {
    const map = value as Readonly<Record<string, unknown>>
    for (const key of sortedKeys(map, keys).reverse()) {
      const end = to.size
      writeValue(to, map[key])
      keys.write(to, keyFromText(key, keys) as never)
      to.varint(keyTag)
      to.varint(to.size - end)
      to.varint(tag)
    }
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

function misfit(field: FieldDescriptor, codec: ScalarCodec, value: unknown): TypeError {
  const got = value instanceof Uint8Array ? 'bytes' : `${typeof value} ${String(value)}`
  return new TypeError(`${field.protoName} must hold ${codec.holds}, got ${got}`)
}
