import { type FieldDescriptor, type MessageDescriptor, messageCode } from './descriptor.ts'
import { XdsTypesError } from './errors.ts'
import {
  assign,
  fieldValue,
  type MessageValue,
  setFieldValue,
  unknownFields,
} from './message-value.ts'
import { Path } from './path.ts'
import { messageNamed } from './registry.ts'
import { isZero, type Scalar, scalarCodec } from './scalars.ts'
import { WireFault, WireReader } from './wire-reader.ts'

/** How bytes are read. */
export interface DecodeOptions {
  /**
   * What becomes of fields that the type does not have: kept with the message and written again,
   * dropped, or refused with an error that names the message and the number. Default: `'keep'`.
   */
  readonly unknownFields?: 'keep' | 'drop' | 'refuse'
}

/**
 * Reads a message.
 *
 * @throws {XdsTypesError} if the bytes are not such a message.
 */
export function decodeMessage(
  descriptor: MessageDescriptor,
  bytes: Uint8Array,
  options: DecodeOptions = {},
): MessageValue {
  const path = new Path()
  const state = { reader: new WireReader(bytes), path, unknown: options.unknownFields ?? 'keep' }
  try {
    const message: MessageValue = {}
    decodeInto(message, descriptor, state)
    return message
  } catch (error) {
    if (!(error instanceof WireFault)) throw error
    const { message } = error
    throw new XdsTypesError('ERR_XDS_TYPES_WIRE', { path: `${path}`, message, cause: error })
  }
}

interface DecodeState {
  readonly reader: WireReader
  readonly path: Path
  readonly unknown: 'keep' | 'drop' | 'refuse'
}

function decodeInto(
  message: MessageValue,
  descriptor: MessageDescriptor,
  state: DecodeState,
): void {
  const { reader, path } = state
  path.open()
  const strays: Uint8Array[] = []
  while (reader.hasMore) {
    const start = reader.position
    const tag = reader.varint32()
    const number = tag >>> 3
    if (number === 0) throw new WireFault('a field number must not be 0')
    const field = descriptor.byNumber.get(number)
    if (field !== undefined && accepts(field, tag & 7)) {
      path.field(field.protoName)
      decodeField(message, field, tag & 7, state)
      path.leave()
      continue
    }
    reader.skip(tag & 7, number)
    if (state.unknown === 'refuse') throw unknownField(descriptor, number, path)
    if (state.unknown === 'keep') strays.push(reader.since(start))
  }
  if (strays.length > 0) message[unknownFields] = concat([message[unknownFields], ...strays])
  path.close()
}

/** A field that comes with another wire type than its own is unknown, except packed scalars. */
function accepts(field: FieldDescriptor, wireType: number): boolean {
  if (field.type === messageCode || field.mapKey !== undefined) return wireType === 2
  if (scalarCodec(field.type).wireType === wireType) return true
  return field.repeated && wireType === 2
}

function decodeField(
  message: MessageValue,
  field: FieldDescriptor,
  wireType: number,
  state: DecodeState,
): void {
  if (field.mapKey !== undefined) decodeEntry(message, field, state)
  else if (field.repeated) decodeElement(message, field, wireType, state)
  else if (field.type === messageCode) {
    const before = fieldValue(message, field) as MessageValue | undefined
    setFieldValue(message, field, decodeNested(before, field, state))
  } else setScalar(message, field, scalarCodec(field.type).read(state.reader))
}

function decodeNested(
  before: MessageValue | undefined,
  field: FieldDescriptor,
  state: DecodeState,
): MessageValue {
  const message = before ?? {}
  const outer = state.reader.enter()
  decodeInto(message, messageNamed(field.typeName), state)
  state.reader.limit = outer
  return message
}

function decodeElement(
  message: MessageValue,
  field: FieldDescriptor,
  wireType: number,
  state: DecodeState,
): void {
  const list = (message[field.name] ?? []) as unknown[]
  message[field.name] = list
  state.path.index(list.length)
  if (field.type === messageCode) list.push(decodeNested(undefined, field, state))
  else decodeScalars(list, field, wireType, state)
  state.path.leave()
}

/** One scalar, or a packed run of them. */
function decodeScalars(
  list: unknown[],
  field: FieldDescriptor,
  wireType: number,
  { reader }: DecodeState,
): void {
  const codec = scalarCodec(field.type)
  if (codec.wireType === wireType) {
    list.push(codec.read(reader))
    return
  }
  const outer = reader.enter()
  while (reader.hasMore) list.push(codec.read(reader))
  reader.limit = outer
}

function decodeEntry(message: MessageValue, field: FieldDescriptor, state: DecodeState): void {
  const { reader } = state
  const map = (message[field.name] ?? {}) as Record<string, unknown>
  message[field.name] = map
  const keys = scalarCodec(field.mapKey ?? 0)
  let key = keys.zero
  let value: unknown
  const outer = reader.enter()
  while (reader.hasMore) {
    const tag = reader.varint32()
    if (tag >>> 3 === 1 && (tag & 7) === keys.wireType) key = keys.read(reader)
    else if (tag >>> 3 === 2 && accepts({ ...field, mapKey: undefined }, tag & 7)) {
      state.path.key(String(key))
      value = decodeEntryValue(value, field, state)
      state.path.leave()
    } else reader.skip(tag & 7, tag >>> 3)
  }
  reader.limit = outer
  const unset = field.type === messageCode ? {} : scalarCodec(field.type).zero
  assign(map, String(key), value ?? unset)
}

function decodeEntryValue(before: unknown, field: FieldDescriptor, state: DecodeState): unknown {
  if (field.type !== messageCode) return scalarCodec(field.type).read(state.reader)
  return decodeNested(before as MessageValue | undefined, field, state)
}

/** A zero without presence is the same as no value, whoever wrote it. */
function setScalar(message: MessageValue, field: FieldDescriptor, value: Scalar): void {
  if (field.presence || !isZero(scalarCodec(field.type), value)) {
    setFieldValue(message, field, value)
  } else delete message[field.name]
}

function unknownField(descriptor: MessageDescriptor, number: number, path: Path): XdsTypesError {
  const message = `${descriptor.typeName} has no field number ${number}`
  return path.error('ERR_XDS_TYPES_UNKNOWN_FIELD', message)
}

function concat(parts: readonly (Uint8Array | undefined)[]): Uint8Array {
  const present = parts.filter((part) => part !== undefined)
  const whole = new Uint8Array(present.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of present) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
