import { camelCase } from './camel-case.ts'

/** A scalar's number in `google/protobuf/descriptor.proto`; 11 is a message, 14 an enum. */
export type ScalarCode = number

/** One field as the codecs see it. */
export interface FieldDescriptor {
  /** As in the `.proto` file: `connect_timeout`. */
  readonly protoName: string
  /** As in messages and canonical JSON: `connectTimeout`. */
  readonly name: string
  readonly number: number
  readonly type: ScalarCode
  /** Full name of the message or enum that the field holds. */
  readonly typeName: string | undefined
  readonly repeated: boolean
  /** The key's scalar if the field is a map. */
  readonly mapKey: ScalarCode | undefined
  /** Whether a scalar tells "not set" from its zero value. */
  readonly presence: boolean
  /** Name of the oneof that the field belongs to, as in messages. */
  readonly oneof: string | undefined
}

/** One message as the codecs see it. */
export interface MessageDescriptor {
  readonly typeName: string
  /** In order of their numbers. */
  readonly fields: readonly FieldDescriptor[]
  readonly byNumber: ReadonlyMap<number, FieldDescriptor>
  /** By both spellings, camelCase and snake_case. */
  readonly byName: ReadonlyMap<string, FieldDescriptor>
  /** By name, as in messages. */
  readonly oneofs: readonly string[]
}

/** An enum's names and numbers. Where two names share a number the first one is its name. */
export interface EnumDescriptor {
  readonly typeName: string
  readonly numbers: ReadonlyMap<string, number>
  readonly names: ReadonlyMap<number, string>
}

/** A message in the generated chunks: its fields by number, then the names of its oneofs. */
export type CompactMessage = readonly [readonly CompactField[], (readonly string[])?]

/** `[name, number, type, flags, oneof index, map key type]`, trailing defaults cut off. */
type CompactField = readonly [string, number, string | number, number?, number?, number?]

export const messageCode = 11
export const enumCode = 14

const repeatedFlag = 1
const presenceFlag = 4

/** Expands a message of the generated chunks. */
export function messageFromCompact(typeName: string, compact: CompactMessage): MessageDescriptor {
  const oneofs = (compact[1] ?? []).map(camelCase)
  const fields = compact[0].map((field) => fieldFromCompact(field, oneofs))
  const byName = new Map(fields.map((field) => [field.name, field]))
  for (const field of fields) byName.set(field.protoName, field)
  return {
    typeName,
    fields,
    byNumber: new Map(fields.map((field) => [field.number, field])),
    byName,
    oneofs,
  }
}

/** Expands an enum of the generated chunks. */
export function enumFromCompact(
  typeName: string,
  values: Readonly<Record<string, number>>,
): EnumDescriptor {
  const names = new Map<number, string>()
  for (const [name, number] of Object.entries(values)) {
    if (!names.has(number)) names.set(number, name)
  }
  return { typeName, numbers: new Map(Object.entries(values)), names }
}

function fieldFromCompact(field: CompactField, oneofs: readonly string[]): FieldDescriptor {
  const [protoName, number, type, flags = 0, oneof = -1, mapKey] = field
  return {
    protoName,
    name: camelCase(protoName),
    number,
    type: typeof type === 'number' ? type : type.startsWith('=') ? enumCode : messageCode,
    typeName: typeof type === 'number' ? undefined : type.replace('=', ''),
    repeated: (flags & repeatedFlag) !== 0,
    mapKey,
    presence: (flags & presenceFlag) !== 0,
    oneof: oneofs[oneof],
  }
}
