import { type FieldDescriptor, messageCode } from './descriptor.ts'
import { assign, fieldValue, type MessageValue } from './message-value.ts'
import { type Scalar, type ScalarCodec, scalarCodec } from './scalars.ts'
import { WireFault } from './wire-fault.ts'
import type { WireReader } from './wire-reader.ts'

/** Reads one field when it comes with one wire type. */
export interface FieldReader {
  readonly field: FieldDescriptor
  readonly wireType: number
  /** Reads what follows the tag into the message that has the field. */
  readonly read: (message: MessageValue, source: WireReader) => void
}

/** Reads messages of the type that a field holds. */
export interface NestedReader {
  /** Reads a message with its length before it, merging into `message` what is there. */
  readNested(message: MessageValue, source: WireReader): void
}

/** What a field holds, to be looked up when it first comes up, for types refer to each other. */
export type Nested = () => NestedReader

type Read = FieldReader['read']

const lengthDelimited = 2

/**
 * A reader for each wire type that a field may come with; with any other it is unknown. Scalars in a
 * list may also come packed.
 */
export function fieldReaders(field: FieldDescriptor, nested: Nested): readonly FieldReader[] {
  const delimited = (read: Read): FieldReader => ({ field, wireType: lengthDelimited, read })
  if (field.mapKey !== undefined) return [delimited(entryReader(field, nested))]
  if (field.type === messageCode) {
    if (field.repeated) return [delimited(elementReader(field, nested))]
    return [delimited(field.oneof ? memberReader(field, nested) : nestedReader(field, nested))]
  }
  const codec = scalarCodec(field.type)
  const { wireType } = codec
  if (!field.repeated) return [{ field, wireType, read: scalarReader(field, codec) }]
  const single = { field, wireType, read: scalarElementReader(field, codec) }
  return wireType === lengthDelimited ? [single] : [single, delimited(packedReader(field, codec))]
}

function nestedReader({ name }: FieldDescriptor, nested: Nested): Read {
  let type: NestedReader | undefined
  return (message, source) => {
    type ??= nested()
    const value = (message[name] ?? {}) as MessageValue
    type.readNested(value, source)
    message[name] = value
  }
}

function memberReader(field: FieldDescriptor, nested: Nested): Read {
  const { name, oneof = '' } = field
  let type: NestedReader | undefined
  return (message, source) => {
    type ??= nested()
    const value = (fieldValue(message, field) ?? {}) as MessageValue
    type.readNested(value, source)
    message[oneof] = { case: name, value }
  }
}

function elementReader({ name }: FieldDescriptor, nested: Nested): Read {
  let type: NestedReader | undefined
  return (message, source) => {
    type ??= nested()
    const value: MessageValue = {}
    const list = listOf(message, name)
    type.readNested(value, source)
    list.push(value)
  }
}

function scalarReader(field: FieldDescriptor, codec: ScalarCodec): Read {
  const { name, oneof } = field
  if (oneof !== undefined) {
    return (message, source) => {
      message[oneof] = { case: name, value: codec.read(source) }
    }
  }
  if (field.presence) {
    return (message, source) => {
      message[name] = codec.read(source)
    }
  }
  // A zero without presence is the same as no value, whoever wrote it.
  return (message, source) => {
    const value = codec.read(source)
    if (codec.isZero(value)) delete message[name]
    else message[name] = value
  }
}

function scalarElementReader({ name }: FieldDescriptor, codec: ScalarCodec): Read {
  return (message, source) => {
    listOf(message, name).push(codec.read(source))
  }
}

function packedReader({ name }: FieldDescriptor, codec: ScalarCodec): Read {
  return (message, source) => {
    const list = listOf(message, name)
    const outer = source.enter()
    while (source.hasMore) list.push(codec.read(source))
    source.limit = outer
  }
}

function listOf(message: MessageValue, name: string): unknown[] {
  const known = message[name] as unknown[] | undefined
  if (known !== undefined) return known
  const list: unknown[] = []
  message[name] = list
  return list
}

function entryReader(field: FieldDescriptor, nested: Nested): Read {
  const keys = scalarCodec(field.mapKey ?? 0)
  const values = entryValues(field, nested)
  const keyTag = (1 << 3) | keys.wireType
  const valueTag = (2 << 3) | values.wireType
  return (message, source) => {
    const map = (message[field.name] ?? {}) as Record<string, unknown>
    message[field.name] = map
    let key: Scalar = keys.zero
    let value: unknown
    const outer = source.enter()
    while (source.hasMore) {
      const tag = source.varint32()
      if (tag === keyTag) key = keys.read(source)
      else if (tag === valueTag) value = within(key, () => values.read(value, source))
      else source.skip(tag & 7, tag >>> 3)
    }
    source.limit = outer
    assign(map, String(key), value ?? values.unset())
  }
}

interface EntryValues {
  readonly wireType: number
  /** Reads a value, merging it into the one before if it is a message. */
  read(before: unknown, source: WireReader): unknown
  unset(): unknown
}

function entryValues(field: FieldDescriptor, nested: Nested): EntryValues {
  if (field.type !== messageCode) {
    const codec = scalarCodec(field.type)
    return {
      wireType: codec.wireType,
      read: (_, source) => codec.read(source),
      unset: () => codec.zero,
    }
  }
  return {
    wireType: lengthDelimited,
    read: (before, source) => {
      const value = (before ?? {}) as MessageValue
      nested().readNested(value, source)
      return value
    },
    unset: () => ({}),
  }
}

function within(key: Scalar, read: () => unknown): unknown {
  try {
    return read()
  } catch (fault) {
    if (fault instanceof WireFault) fault.within((path) => path.key(String(key)))
    throw fault
  }
}
