import type { ScalarCode } from './descriptor.ts'
import type { WireReader } from './wire-reader.ts'
import type { WireWriter } from './wire-writer.ts'

/** The value of a scalar field in a message. */
export type Scalar = string | number | bigint | boolean | Uint8Array

/** How one scalar type goes over the wire. */
export interface ScalarCodec {
  readonly wireType: number
  /** The value that an unset field has. */
  readonly zero: Scalar
  /** Which JavaScript type holds it. */
  readonly holds: 'boolean' | 'bytes' | 'float' | 'int32' | 'int64' | 'string' | 'uint32' | 'uint64'
  /** Whether a value's JavaScript type and its range are the field's. */
  fits(value: unknown): boolean
  /** Whether a value is what an unset field holds. Minus zero is not. */
  isZero(value: unknown): boolean
  read(reader: WireReader): Scalar
  /** Writes a value that {@link holds} describes. */
  write(writer: WireWriter, value: never): void
}

const zigzag32 = (value: number): number => (value << 1) ^ (value >> 31)
const unzigzag32 = (value: number): number => (value >>> 1) ^ -(value & 1)
const zigzag64 = (value: bigint): bigint => (value << 1n) ^ (value >> 63n)
const unzigzag64 = (value: bigint): bigint => (value >> 1n) ^ -(value & 1n)
const isText = (value: unknown): boolean => typeof value === 'string'
const isBoolean = (value: unknown): boolean => typeof value === 'boolean'
const isBytes = (value: unknown): boolean => value instanceof Uint8Array
const isNumber = (value: unknown): boolean => typeof value === 'number'
const isInt32 = (value: unknown): boolean => (value as number) >> 0 === value
const isUint32 = (value: unknown): boolean => (value as number) >>> 0 === value
const isInt64 = (value: unknown): boolean =>
  typeof value === 'bigint' && BigInt.asIntN(64, value) === value
const isUint64 = (value: unknown): boolean =>
  typeof value === 'bigint' && BigInt.asUintN(64, value) === value

const isPlusZero = (value: unknown): boolean => Object.is(value, 0)
const signed64 = (value: bigint): bigint => BigInt.asIntN(64, value)

const int32: ScalarCodec = {
  wireType: 0,
  zero: 0,
  holds: 'int32',
  fits: isInt32,
  isZero: (value) => value === 0,
  read: (reader) => reader.varint32() | 0,
  write: (writer, value: number) => writer.int32(value),
}

const codecs: Readonly<Record<ScalarCode, ScalarCodec>> = {
  1: {
    wireType: 1,
    zero: 0,
    holds: 'float',
    fits: isNumber,
    isZero: isPlusZero,
    read: (reader) => reader.double(),
    write: (writer, value: number) => writer.double(value),
  },
  2: {
    wireType: 5,
    zero: 0,
    holds: 'float',
    fits: isNumber,
    isZero: isPlusZero,
    read: (reader) => reader.float(),
    write: (writer, value: number) => writer.float(value),
  },
  3: {
    wireType: 0,
    zero: 0n,
    holds: 'int64',
    fits: isInt64,
    isZero: (value) => value === 0n,
    read: (reader) => signed64(reader.varint64()),
    write: (writer, value: bigint) => writer.varint64(value),
  },
  4: {
    wireType: 0,
    zero: 0n,
    holds: 'uint64',
    fits: isUint64,
    isZero: (value) => value === 0n,
    read: (reader) => reader.varint64(),
    write: (writer, value: bigint) => writer.varint64(value),
  },
  5: int32,
  6: {
    wireType: 1,
    zero: 0n,
    holds: 'uint64',
    fits: isUint64,
    isZero: (value) => value === 0n,
    read: (reader) => reader.fixed64(),
    write: (writer, value: bigint) => writer.fixed64(value),
  },
  7: {
    wireType: 5,
    zero: 0,
    holds: 'uint32',
    fits: isUint32,
    isZero: (value) => value === 0,
    read: (reader) => reader.fixed32(),
    write: (writer, value: number) => writer.fixed32(value),
  },
  8: {
    wireType: 0,
    zero: false,
    holds: 'boolean',
    fits: isBoolean,
    isZero: (value) => value === false,
    read: (reader) => reader.bool(),
    write: (writer, value: boolean) => writer.varint(value ? 1 : 0),
  },
  9: {
    wireType: 2,
    zero: '',
    holds: 'string',
    fits: isText,
    isZero: (value) => value === '',
    read: (reader) => reader.string(),
    write: (writer, value: string) => writer.string(value),
  },
  12: {
    wireType: 2,
    zero: new Uint8Array(),
    holds: 'bytes',
    fits: isBytes,
    isZero: (value) => (value as Uint8Array).length === 0,
    read: (reader) => reader.bytes(),
    write: (writer, value: Uint8Array) => writer.bytes(value),
  },
  13: {
    wireType: 0,
    zero: 0,
    holds: 'uint32',
    fits: isUint32,
    isZero: (value) => value === 0,
    read: (reader) => reader.varint32(),
    write: (writer, value: number) => writer.varint(value),
  },
  // An enum; its number is all that the wire has.
  14: int32,
  15: {
    wireType: 5,
    zero: 0,
    holds: 'int32',
    fits: isInt32,
    isZero: (value) => value === 0,
    read: (reader) => reader.fixed32() | 0,
    write: (writer, value: number) => writer.fixed32(value),
  },
  16: {
    wireType: 1,
    zero: 0n,
    holds: 'int64',
    fits: isInt64,
    isZero: (value) => value === 0n,
    read: (reader) => signed64(reader.fixed64()),
    write: (writer, value: bigint) => writer.fixed64(BigInt.asUintN(64, value)),
  },
  17: {
    wireType: 0,
    zero: 0,
    holds: 'int32',
    fits: isInt32,
    isZero: (value) => value === 0,
    read: (reader) => unzigzag32(reader.varint32()),
    write: (writer, value: number) => writer.varint(zigzag32(value)),
  },
  18: {
    wireType: 0,
    zero: 0n,
    holds: 'int64',
    fits: isInt64,
    isZero: (value) => value === 0n,
    read: (reader) => unzigzag64(reader.varint64()),
    write: (writer, value: bigint) => writer.varint64(zigzag64(value)),
  },
}

/** The codec of a scalar type or an enum. */
export function scalarCodec(type: ScalarCode): ScalarCodec {
  const codec = codecs[type]
  if (codec === undefined) throw new TypeError(`no scalar has the number ${type}`)
  return codec
}
