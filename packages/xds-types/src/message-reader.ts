import type { FieldDescriptor, MessageDescriptor } from './descriptor.ts'
import { type FieldReader, fieldReaders } from './field-reader.ts'
import { type MessageValue, unknownFields } from './message-value.ts'
import { maxDepth } from './path.ts'
import { messageNamed } from './registry.ts'
import { WireFault } from './wire-fault.ts'
import type { WireReader } from './wire-reader.ts'

/** Tags are unsigned 32-bit integers. */
const highestTag = 0xffffffff

const readers = new Map<MessageDescriptor, MessageReader>()

/** What reads messages of a type. It is made on first use. */
export function messageReader(descriptor: MessageDescriptor): MessageReader {
  const known = readers.get(descriptor)
  if (known !== undefined) return known
  const reader = new MessageReader(descriptor)
  readers.set(descriptor, reader)
  return reader
}

/** Reads messages of one type: a table of what to do at each tag, filled as tags come up. */
export class MessageReader {
  readonly #descriptor: MessageDescriptor
  /** By tag, which is the field's number and its wire type. Tags of no field are not in it. */
  readonly #byTag: FieldReader[] = []

  constructor(descriptor: MessageDescriptor) {
    this.#descriptor = descriptor
    for (const field of descriptor.fields) {
      const nested = (): MessageReader => messageReader(messageNamed(field.typeName))
      for (const reader of fieldReaders(field, nested)) {
        this.#byTag[(field.number << 3) | reader.wireType] = reader
      }
    }
  }

  /** Reads a message up to the source's limit. */
  read(source: WireReader): MessageValue {
    return this.#read({}, source, 0)
  }

  /** Reads a message with its length before it: a new one, or what adds to the one before. */
  readNested(before: MessageValue | undefined, source: WireReader): MessageValue {
    const outer = source.enter()
    const message = before === undefined ? this.#read({}, source, 0) : this.#add(before, source)
    source.limit = outer
    return message
  }

  #add(before: MessageValue, source: WireReader): MessageValue {
    return this.#read(before, source, highestTag)
  }

  /** `seen` is the highest tag of those that the message may have been given by. */
  #read(message: MessageValue, source: WireReader, seen: number): MessageValue {
    const byTag = this.#byTag
    let highest = seen
    let strays: Uint8Array[] | undefined
    let current: FieldDescriptor | undefined
    try {
      open(source)
      while (source.hasMore) {
        const start = source.position
        const tag = source.varint32()
        const reader = tag < byTag.length ? byTag[tag] : undefined
        if (reader !== undefined) {
          current = reader.field
          reader.read(message, source, tag > highest)
          current = undefined
          if (tag > highest) highest = tag | 7
        } else if (this.#isKept(source, tag)) {
          strays ??= []
          strays.push(source.since(start))
        }
      }
    } catch (fault) {
      if (current !== undefined && fault instanceof WireFault) locate(fault, current, message)
      throw fault
    }
    if (strays !== undefined) message[unknownFields] = concat(message[unknownFields], strays)
    source.depth -= 1
    return message
  }

  /** Skips a field that is not of the type; whether the message keeps it. */
  #isKept(source: WireReader, tag: number): boolean {
    const number = tag >>> 3
    if (number === 0) throw new WireFault('a field number must not be 0')
    source.skip(tag & 7, number)
    if (source.unknownFields !== 'refuse') return source.unknownFields === 'keep'
    const message = `${this.#descriptor.typeName} has no field number ${number}`
    throw new WireFault(message, 'ERR_XDS_TYPES_UNKNOWN_FIELD')
  }
}

function open(source: WireReader): void {
  source.depth += 1
  if (source.depth > maxDepth) {
    throw new WireFault(`must not nest deeper than ${maxDepth} messages`, 'ERR_XDS_TYPES_LIMIT')
  }
}

function locate(fault: WireFault, field: FieldDescriptor, message: MessageValue): void {
  if (field.repeated && field.mapKey === undefined) {
    const position = (message[field.name] as readonly unknown[] | undefined)?.length ?? 0
    fault.within((path) => path.index(position))
  }
  fault.within((path) => path.field(field.protoName))
}

function concat(before: Uint8Array | undefined, strays: readonly Uint8Array[]): Uint8Array {
  const parts = before === undefined ? strays : [before, ...strays]
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
