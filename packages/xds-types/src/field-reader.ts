import { type FieldDescriptor, messageCode } from './descriptor.ts'
import { assign, fieldValue, type MessageValue } from './message-value.ts'
import { maxDepth } from './path.ts'
import { messageNamed } from './registry.ts'
import { type Scalar, type ScalarCodec, scalarCodec } from './scalars.ts'
import { wrappers } from './well-known.ts'
import { WireFault } from './wire-fault.ts'
import type { WireReader } from './wire-reader.ts'

/** Reads one field when it comes with one wire type. */
export interface FieldReader {
  readonly field: FieldDescriptor
  readonly wireType: number
  /**
   * Reads what follows the tag into the message that has the field. `isFirst` says that the message
   * surely does not have it yet, which spares looking.
   */
  readonly read: (message: MessageValue, source: WireReader, isFirst: boolean) => void
}

/** Reads messages of the type that a field holds. */
interface NestedReader {
  /** Reads a message with its length before it: a new one, or what adds to the one before. */
  readNested(before: MessageValue | undefined, source: WireReader): MessageValue
}

/** What a field holds, to be looked up when it first comes up, for types refer to each other. */
export type Nested = () => NestedReader

type Read = FieldReader['read']

const varint = 0
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
    if (field.oneof !== undefined) return [delimited(memberReader(field, nested))]
    const isWrapper = wrappers.has(field.typeName ?? '')
    return [delimited((isWrapper ? wrapperReader : nestedReader)(field, nested))]
  }
  const codec = scalarCodec(field.type)
  const { wireType } = codec
  if (!field.repeated) return [{ field, wireType, read: scalarReader(field, codec) }]
  const single = { field, wireType, read: scalarElementReader(field, codec) }
  return wireType === lengthDelimited ? [single] : [single, delimited(packedReader(field, codec))]
}

function nestedReader({ name }: FieldDescriptor, nested: Nested): Read {
  let type: NestedReader | undefined
  return (message, source, isFirst) => {
    type ??= nested()
    const before = isFirst ? undefined : (message[name] as MessageValue | undefined)
    message[name] = type.readNested(before, source)
  }
}

/** Nearly all wrappers hold a number or a truth that takes one byte: then there is nothing to look up. */
function wrapperReader(field: FieldDescriptor, nested: Nested): Read {
  const { name } = field
  const codec = scalarCodec(messageNamed(field.typeName).fields[0]?.type ?? 0)
  const read = nestedReader(field, nested)
  if (codec.wireType !== varint) return read
  return (message, source, isFirst) => {
    const isSmall = isFirst && source.depth < maxDepth && source.isSmallWrapper()
    if (isSmall) message[name] = { value: codec.read(source) }
    else read(message, source, isFirst)
  }
}

function memberReader(field: FieldDescriptor, nested: Nested): Read {
  const { name, oneof = '' } = field
  let type: NestedReader | undefined
  return (message, source, isFirst) => {
    type ??= nested()
    const before = isFirst ? undefined : (fieldValue(message, field) as MessageValue | undefined)
    message[oneof] = { case: name, value: type.readNested(before, source) }
  }
}

function elementReader({ name }: FieldDescriptor, nested: Nested): Read {
  let type: NestedReader | undefined
  return (message, source, isFirst) => {
    type ??= nested()
    listOf(message, name, isFirst).push(type.readNested(undefined, source))
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
  if (codec.holds === 'string') {
    // As below, but text is most of all that is read, and two calls are spared.
    return (message, source, isFirst) => {
      const text = source.string()
      if (text !== '') message[name] = text
      else if (!isFirst) delete message[name]
    }
  }
  return (message, source, isFirst) => {
    const value = codec.read(source)
    if (!codec.isZero(value)) message[name] = value
    else if (!isFirst) delete message[name]
  }
}

function scalarElementReader({ name }: FieldDescriptor, codec: ScalarCodec): Read {
  return (message, source, isFirst) => {
    listOf(message, name, isFirst).push(codec.read(source))
  }
}

function packedReader({ name }: FieldDescriptor, codec: ScalarCodec): Read {
  return (message, source, isFirst) => {
    const list = listOf(message, name, isFirst)
    const outer = source.enter()
    while (source.hasMore) list.push(codec.read(source))
    source.limit = outer
  }
}

function listOf(message: MessageValue, name: string, isFirst: boolean): unknown[] {
  const known = isFirst ? undefined : (message[name] as unknown[] | undefined)
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
  return (message, source, isFirst) => {
    const map = mapOf(message, field.name, isFirst)
    let key: Scalar = keys.zero
    let value: unknown
    let tag = 0
    const outer = source.enter()
    try {
      while (source.hasMore) {
        tag = source.varint32()
        if (tag === keyTag) key = keys.read(source)
        else if (tag === valueTag) value = values.read(value, source)
        else source.skip(tag & 7, tag >>> 3)
        tag = 0
      }
    } catch (fault) {
      if (tag === valueTag) locateEntry(fault, key)
      throw fault
    }
    source.limit = outer
    assign(map, String(key), value ?? values.unset())
  }
}

function mapOf(message: MessageValue, name: string, isFirst: boolean): Record<string, unknown> {
  const known = isFirst ? undefined : (message[name] as Record<string, unknown> | undefined)
  if (known !== undefined) return known
  const map: Record<string, unknown> = {}
  message[name] = map
  return map
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
  let type: NestedReader | undefined
  return {
    wireType: lengthDelimited,
    read: (before, source) => {
      type ??= nested()
      return type.readNested(before as MessageValue | undefined, source)
    },
    unset: () => ({}),
  }
}

function locateEntry(fault: unknown, key: Scalar): void {
  if (fault instanceof WireFault) fault.within((path) => path.key(String(key)))
}
