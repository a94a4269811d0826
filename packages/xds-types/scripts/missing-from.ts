import protobuf from 'protobufjs'
import { fieldRules } from './rules.ts'

/** `google.protobuf.FileDescriptorProto` as a plain object; absent lists are absent. */
export interface FileDescriptor {
  readonly package: string
  readonly message_type?: readonly MessageDescriptor[]
  readonly enum_type?: readonly EnumDescriptor[]
}

interface MessageDescriptor {
  readonly name: string
  readonly field?: readonly FieldDescriptor[]
  readonly nested_type?: readonly MessageDescriptor[]
  readonly enum_type?: readonly EnumDescriptor[]
  readonly oneof_decl?: readonly { name: string; options?: Options }[]
  readonly options?: Options & { map_entry?: boolean }
}

interface FieldDescriptor {
  readonly name: string
  readonly number: number
  readonly label: string
  readonly type: string
  readonly type_name?: string
  readonly oneof_index?: number
  readonly proto3_optional?: boolean
  readonly options?: Options
}

interface EnumDescriptor {
  readonly name: string
  readonly value: readonly { name: string; number: number }[]
}

type Options = Readonly<Record<string, unknown>>

/**
 * A `.proto` file with what these files have and the tree lacks. A message that the tree has appears
 * with its new fields only; the generator merges it. Empty if nothing is missing.
 */
export function missingFrom(root: protobuf.Root, files: readonly FileDescriptor[]): string {
  const home = files[0]?.package ?? ''
  const blocks = files.flatMap((file) => [
    ...(file.message_type ?? []).flatMap((message) => missingMessage(root, home, message)),
    ...(file.enum_type ?? []).flatMap((type) => missingEnum(root, home, type)),
  ])
  if (blocks.length === 0) return ''
  return `syntax = "proto3";\n\npackage ${home};\n\n${blocks.join('\n')}`
}

function missingMessage(root: protobuf.Root, scope: string, message: MessageDescriptor): string[] {
  if (message.options?.map_entry === true) return []
  const name = `${scope}.${message.name}`
  const known = find(root, name)
  const before = known instanceof protobuf.Type ? known : undefined
  const fresh = (message.field ?? []).filter((field) => isNews(before?.fields[field.name], field))
  const inner = [
    ...(message.enum_type ?? []).flatMap((type) => missingEnum(root, name, type)),
    ...(message.nested_type ?? []).flatMap((nested) => missingMessage(root, name, nested)),
    ...fieldLines(message, fresh),
  ]
  if (inner.length === 0 && before !== undefined) return []
  return [`message ${message.name} {\n${indent(inner.join('\n'))}}\n`]
}

/** Whether the tree lacks the field, or has other rules for it than today's. */
function isNews(known: protobuf.Field | undefined, field: FieldDescriptor): boolean {
  if (known === undefined) return true
  const [before, now] = [fieldRules(known), field.options?.['.validate.rules']]
  return optionText(sorted(before ?? {})) !== optionText(sorted(now ?? {}))
}

/** The same value with the keys of its objects in order, and numbers that were read as text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? sorted(value[0]) : value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const keys = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(keys.map(([key, part]) => [key, sorted(part)]))
}

function missingEnum(root: protobuf.Root, scope: string, type: EnumDescriptor): string[] {
  const known = find(root, `${scope}.${type.name}`)
  const before = known instanceof protobuf.Enum ? known.values : {}
  const fresh = type.value.filter((value) => before[value.name] === undefined)
  if (fresh.length === 0) return []
  const lines = fresh.map((value) => `${value.name} = ${value.number};`)
  return [`enum ${type.name} {\n${indent(lines.join('\n'))}}\n`]
}

/** Plain fields first, then the members of each oneof together. */
function fieldLines(message: MessageDescriptor, fields: readonly FieldDescriptor[]): string[] {
  const isLoose = (field: FieldDescriptor): boolean =>
    field.oneof_index === undefined || field.proto3_optional === true
  const lines = fields.filter(isLoose).map((field) => fieldLine(message, field))
  for (const [index, oneof] of (message.oneof_decl ?? []).entries()) {
    const members = fields.filter((field) => !isLoose(field) && field.oneof_index === index)
    if (members.length === 0) continue
    const required = oneof.options?.['.validate.required'] === true
    const body = members.map((field) => fieldLine(message, field))
    if (required) body.unshift('option (validate.required) = true;')
    lines.push(`oneof ${oneof.name} {\n${indent(body.join('\n'))}}`)
  }
  return lines
}

function fieldLine(message: MessageDescriptor, field: FieldDescriptor): string {
  const rules = field.options?.['.validate.rules']
  const options = rules === undefined ? '' : ` [(validate.rules) = ${optionText(rules)}]`
  return `${fieldType(message, field)} ${field.name} = ${field.number}${options};`
}

function fieldType(message: MessageDescriptor, field: FieldDescriptor): string {
  const type = field.type_name ?? field.type.replace('TYPE_', '').toLowerCase()
  const entry = (message.nested_type ?? []).find(
    (nested) =>
      nested.options?.map_entry === true && type.endsWith(`.${message.name}.${nested.name}`),
  )
  const [key, value] = entry?.field ?? []
  if (key !== undefined && value !== undefined) {
    return `map<${fieldType(message, key)}, ${fieldType(message, value)}>`
  }
  if (field.label === 'LABEL_REPEATED') return `repeated ${type}`
  return field.proto3_optional === true ? `optional ${type}` : type
}

/** An option's value in the text format of `.proto` files. */
function optionText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(optionText).join(', ')}]`
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('latin1'))
  if (typeof value !== 'object' || value === null) return enumOrScalar(value)
  const entries = Object.entries(value).map(([name, part]) => `${name}: ${optionText(part)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}

/** The rules name one enum, KnownRegex, whose names are upper case; no text of theirs is. */
function enumOrScalar(value: unknown): string {
  return /^HTTP_HEADER_(NAME|VALUE)$/.test(String(value)) ? String(value) : JSON.stringify(value)
}

function find(root: protobuf.Root, name: string): protobuf.ReflectionObject | null {
  return root.lookup(`.${name}`)
}

function indent(text: string): string {
  return text === '' ? '' : `${text.trimEnd().replace(/^(?=.)/gm, '  ')}\n`
}
