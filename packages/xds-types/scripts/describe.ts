import protobuf from 'protobufjs'

/** What gets a description. */
export type Described = protobuf.Type | protobuf.Enum

/** What the run time needs to know of one message. */
export type CompactMessage = readonly [fields: readonly CompactField[], oneofs?: readonly string[]]

/** `[name, number, type, flags, oneof index or -1, map key type]`; trailing defaults are cut off. */
export type CompactField = readonly (string | number)[]

/** A scalar's number in `descriptor.proto`; messages and enums are written as names instead. */
const scalarCodes: Readonly<Record<string, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
}

const flags = { repeated: 1, map: 2, presence: 4 }

/** The full name of a type without the leading dot. */
export function nameOf(type: protobuf.ReflectionObject): string {
  return type.fullName.slice(1)
}

/** The proto package that a type belongs to. */
export function packageOf(type: protobuf.ReflectionObject): string {
  let parent = type.parent
  while (parent instanceof protobuf.Type) parent = parent.parent
  return parent === null ? '' : nameOf(parent)
}

/** Every message and enum of the tree, in order of declaration. */
export function typesOf(root: protobuf.NamespaceBase): Described[] {
  return (root.nestedArray ?? []).flatMap((child) => {
    if (child instanceof protobuf.Enum) return [child]
    const inner = child instanceof protobuf.Namespace ? typesOf(child) : []
    return child instanceof protobuf.Type ? [child, ...inner] : inner
  })
}

/** A message in the compact form, fields by number. */
export function describeMessage(type: protobuf.Type): CompactMessage {
  const oneofs = realOneofs(type).map((oneof) => oneof.name)
  const fields = type.fieldsArray
    .filter((field) => field.declaringField === null)
    .sort((a, b) => a.id - b.id)
    .map((field) => describeField(field, oneofs))
  return oneofs.length === 0 ? [fields] : [fields, oneofs]
}

/** The oneofs that a person wrote: a proto3 `optional` is a oneof to the parser only. */
export function realOneofs(type: protobuf.Type): protobuf.OneOf[] {
  return type.oneofsArray.filter((oneof) => !oneof.isProto3Optional)
}

/** Whether a lone scalar says if it was set: proto3 `optional`, or a member of a oneof. */
function hasPresence(field: protobuf.Field): boolean {
  return field.partOf !== null && !field.repeated
}

function describeField(field: protobuf.Field, oneofs: readonly string[]): CompactField {
  field.resolve()
  const type =
    field.resolvedType === null ? (scalarCodes[field.type] ?? 0) : typeReference(field.resolvedType)
  if (type === 0) throw new Error(`no scalar type called ${field.type} at ${field.fullName}`)
  const bits =
    (field.repeated ? flags.repeated : 0) |
    (field.map ? flags.map : 0) |
    (hasPresence(field) ? flags.presence : 0)
  const oneof = field.partOf === null ? -1 : oneofs.indexOf(field.partOf.name)
  const key = field instanceof protobuf.MapField ? (scalarCodes[field.keyType] ?? 0) : 0
  if (key !== 0) return [field.name, field.id, type, bits, -1, key]
  if (oneof !== -1) return [field.name, field.id, type, bits, oneof]
  return bits === 0 ? [field.name, field.id, type] : [field.name, field.id, type, bits]
}

/** Enums are told from messages by a leading `=`. */
function typeReference(type: protobuf.ReflectionObject): string {
  return type instanceof protobuf.Enum ? `=${nameOf(type)}` : nameOf(type)
}
