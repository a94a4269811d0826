import { create, createFileRegistry, type FileRegistry } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProtoSchema,
  FieldDescriptorProto_Type as FieldType,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
} from '@bufbuild/protobuf/wkt'
import protobuf from 'protobufjs'
import { describeReachable } from '../scripts/reachable.ts'
import { camelCase } from '../src/camel-case.ts'

/**
 * The parsed API as another protobuf library sees it. All packages become one file in which a
 * package is a message: names stay the same, and packages may refer to each other in circles.
 */
export function foreignRegistry(root: protobuf.Root): FileRegistry {
  const inner = children(root, new Set(describeReachable(root)))
  const file = create(FileDescriptorProtoSchema, {
    name: 'api.proto',
    syntax: 'proto3',
    messageType: inner.nestedType,
    enumType: inner.enumType,
  })
  return createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }))
}

function children(
  namespace: protobuf.NamespaceBase,
  described: ReadonlySet<protobuf.ReflectionObject>,
): DescriptorProto {
  const shell = create(DescriptorProtoSchema, { name: namespace.name })
  for (const child of namespace.nestedArray ?? []) {
    const isType = child instanceof protobuf.Enum || child instanceof protobuf.Type
    if (isType && !described.has(child)) continue
    if (child instanceof protobuf.Enum) shell.enumType.push(enumOf(child))
    else if (child instanceof protobuf.Type) shell.nestedType.push(messageOf(child, described))
    else if (child instanceof protobuf.Namespace) shell.nestedType.push(children(child, described))
  }
  return shell
}

function enumOf(type: protobuf.Enum): DescriptorProto['enumType'][number] {
  const value = Object.entries(type.values).map(([name, number]) => ({ name, number }))
  const zeroFirst = value.sort((a, b) => Number(b.number === 0) - Number(a.number === 0))
  const init = { name: type.name, value: zeroFirst, options: { allowAlias: true } }
  return create(DescriptorProtoSchema, { enumType: [init as never] }).enumType[0] as never
}

function messageOf(
  type: protobuf.Type,
  described: ReadonlySet<protobuf.ReflectionObject>,
): DescriptorProto {
  const message = children(type, described)
  const oneofs = type.oneofsArray.toSorted(
    (a, b) => Number(a.isProto3Optional) - Number(b.isProto3Optional),
  )
  message.oneofDecl.push(
    ...create(DescriptorProtoSchema, { oneofDecl: oneofs.map(({ name }) => ({ name })) }).oneofDecl,
  )
  for (const field of type.fieldsArray) {
    if (field.declaringField !== null) continue
    field.resolve()
    const own = fieldOf(field, type)
    if (field.partOf !== null) own.oneofIndex = oneofs.indexOf(field.partOf)
    if (field.partOf?.isProto3Optional === true) own.proto3Optional = true
    if (field instanceof protobuf.MapField) message.nestedType.push(entryOf(field))
    message.field.push(own)
  }
  return message
}

function fieldOf(field: protobuf.Field, type: protobuf.Type): FieldDescriptorProto {
  const isMap = field instanceof protobuf.MapField
  return create(FieldDescriptorProtoSchema, {
    name: field.name,
    jsonName: camelCase(field.name),
    number: field.id,
    label: field.repeated || isMap ? Label.REPEATED : Label.OPTIONAL,
    ...(isMap
      ? { type: FieldType.MESSAGE, typeName: `${type.fullName}.${entryName(field)}` }
      : typeOf(field)),
  })
}

function entryOf(field: protobuf.MapField): DescriptorProto {
  const key = FieldType[field.keyType.toUpperCase() as 'STRING']
  return create(DescriptorProtoSchema, {
    name: entryName(field),
    options: { mapEntry: true },
    field: [
      { name: 'key', jsonName: 'key', number: 1, label: Label.OPTIONAL, type: key },
      { name: 'value', jsonName: 'value', number: 2, label: Label.OPTIONAL, ...typeOf(field) },
    ],
  })
}

function entryName(field: protobuf.FieldBase): string {
  return `${camelCase(`_${field.name}`)}Entry`
}

function typeOf(field: protobuf.FieldBase): { type: FieldType; typeName?: string } {
  const { resolvedType } = field
  if (resolvedType === null) return { type: FieldType[field.type.toUpperCase() as 'STRING'] }
  const isEnum = resolvedType instanceof protobuf.Enum
  return { type: isEnum ? FieldType.ENUM : FieldType.MESSAGE, typeName: resolvedType.fullName }
}
