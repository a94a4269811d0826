import protobuf from 'protobufjs'
import { camelCase } from '../src/camel-case.ts'
import { nameOf, packageOf, realOneofs } from './describe.ts'

const messageScalars: Readonly<Record<string, string>> = {
  double: 'number',
  float: 'number',
  int32: 'number',
  uint32: 'number',
  sint32: 'number',
  fixed32: 'number',
  sfixed32: 'number',
  int64: 'bigint',
  uint64: 'bigint',
  sint64: 'bigint',
  fixed64: 'bigint',
  sfixed64: 'bigint',
  bool: 'boolean',
  string: 'string',
  bytes: 'Uint8Array',
}

const jsonScalars: Readonly<Record<string, string>> = {
  ...messageScalars,
  int64: 'string',
  uint64: 'string',
  sint64: 'string',
  fixed64: 'string',
  sfixed64: 'string',
  bytes: 'string',
}

/** Messages whose JSON is not an object of their fields. */
const jsonOfWellKnown: Readonly<Record<string, string>> = {
  'google.protobuf.Any': 'AnyJson',
  'google.protobuf.Duration': 'string',
  'google.protobuf.Timestamp': 'string',
  'google.protobuf.FieldMask': 'string',
  'google.protobuf.Struct': '{ readonly [key: string]: unknown }',
  'google.protobuf.Value': 'unknown',
  'google.protobuf.ListValue': 'readonly unknown[]',
  'google.protobuf.NullValue': 'null',
  'google.protobuf.BoolValue': 'boolean',
  'google.protobuf.StringValue': 'string',
  'google.protobuf.BytesValue': 'string',
  'google.protobuf.DoubleValue': 'number',
  'google.protobuf.FloatValue': 'number',
  'google.protobuf.Int32Value': 'number',
  'google.protobuf.UInt32Value': 'number',
  'google.protobuf.Int64Value': 'string',
  'google.protobuf.UInt64Value': 'string',
}

/** One package's declarations. Nothing in it exists at run time but the handles and enums. */
export function emitPackage(
  packageName: string,
  types: readonly (protobuf.Type | protobuf.Enum)[],
): { js: string; dts: string } {
  const scope = new PackageScope(packageName)
  const dts: string[] = []
  const js: string[] = []
  for (const type of types) {
    const name = scope.localName(type)
    if (type instanceof protobuf.Enum) {
      dts.push(enumDeclaration(name, type))
      js.push(
        `export const ${name} = /* @__PURE__ */ Object.freeze(${JSON.stringify(type.values)})`,
      )
      continue
    }
    dts.push(messageDeclaration(name, type, scope), jsonDeclaration(name, type, scope))
    dts.push(
      `/** \`${nameOf(type)}\` */\nexport declare const ${name}: MessageType<${name}, ${name}Json>`,
    )
    js.push(`export const ${name} = /* @__PURE__ */ messageType(${JSON.stringify(nameOf(type))})`)
  }
  const runtime =
    packageName === 'google.protobuf'
      ? `import type { AnyJson as $AnyJson, MessageType } from '@meshwright/xds-types'`
      : `import type { AnyJson, MessageType } from '@meshwright/xds-types'`
  return {
    dts: `${[runtime, ...scope.imports(), ...dts, 'export {}'].join('\n')}\n`,
    js: `${[`import { messageType } from '@meshwright/xds-types'`, ...js].join('\n')}\n`,
  }
}

function enumDeclaration(name: string, type: protobuf.Enum): string {
  const entries = Object.entries(type.values)
  const members = entries.map(([key, value]) => `readonly ${key}: ${value}`).join('; ')
  const numbers = [...new Set(entries.map(([, value]) => value))].join(' | ')
  const names = entries.map(([key]) => `'${key}'`).join(' | ')
  return [
    `export declare const ${name}: { ${members} }`,
    `export type ${name} = ${numbers}`,
    `export type ${name}Json = ${names}`,
  ].join('\n')
}

function messageDeclaration(name: string, type: protobuf.Type, scope: PackageScope): string {
  const oneofs = realOneofs(type)
  const plain = ownFields(type)
    .filter((field) => field.partOf === null || !oneofs.includes(field.partOf))
    .map((field) => `  readonly ${camelCase(field.name)}?: ${messageFieldType(field, scope)}`)
  const unions = oneofs.map((oneof) => {
    const cases = oneof.fieldsArray.map(
      (field) =>
        `    | { readonly case: '${camelCase(field.name)}'; readonly value: ${messageFieldType(field, scope)} }`,
    )
    return `  readonly ${camelCase(oneof.name)}?:\n${cases.join('\n')}`
  })
  return `export interface ${name} {\n${[...plain, ...unions].join('\n')}\n}`
}

function jsonDeclaration(name: string, type: protobuf.Type, scope: PackageScope): string {
  const wellKnown = jsonOfWellKnown[nameOf(type)]
  if (wellKnown === 'AnyJson') return 'export type AnyJson = $AnyJson'
  if (wellKnown !== undefined) return `export type ${name}Json = ${wellKnown}`
  const fields = ownFields(type).map(
    (field) => `  readonly ${camelCase(field.name)}?: ${jsonFieldType(field, scope)}`,
  )
  return `export interface ${name}Json {\n${fields.join('\n')}\n}`
}

function ownFields(type: protobuf.Type): protobuf.Field[] {
  return type.fieldsArray.filter((field) => field.declaringField === null)
}

function messageFieldType(field: protobuf.Field, scope: PackageScope): string {
  field.resolve()
  const type =
    field.resolvedType === null
      ? (messageScalars[field.type] ?? 'never')
      : scope.reference(field.resolvedType, '')
  return container(
    field,
    field.resolvedType instanceof protobuf.Enum ? `${type} | (number & {})` : type,
  )
}

function jsonFieldType(field: protobuf.Field, scope: PackageScope): string {
  field.resolve()
  const type =
    field.resolvedType === null
      ? (jsonScalars[field.type] ?? 'never')
      : (jsonOfWellKnown[nameOf(field.resolvedType)] ?? scope.reference(field.resolvedType, 'Json'))
  return container(field, type)
}

function container(field: protobuf.Field, type: string): string {
  if (field.map) return `{ readonly [key: string]: ${type} }`
  if (!field.repeated) return type
  return `readonly ${/[ |]/.test(type) ? `(${type})` : type}[]`
}

/** The names that one package's file uses, and the imports that they need. */
class PackageScope {
  readonly #packageName: string
  readonly #foreign = new Set<string>()

  constructor(packageName: string) {
    this.#packageName = packageName
  }

  localName(type: protobuf.ReflectionObject): string {
    const prefix = packageOf(type)
    return nameOf(type)
      .slice(prefix.length + 1)
      .replaceAll('.', '_')
  }

  reference(type: protobuf.ReflectionObject, suffix: string): string {
    const home = packageOf(type)
    const name = `${this.localName(type)}${suffix}`
    if (home === this.#packageName) return name
    this.#foreign.add(home)
    return `${alias(home)}.${name}`
  }

  imports(): string[] {
    const up = '../'.repeat(this.#packageName.split('.').length - 1) || './'
    return [...this.#foreign]
      .sort()
      .map((name) => `import type * as ${alias(name)} from '${up}${name.replaceAll('.', '/')}.js'`)
  }
}

function alias(packageName: string): string {
  return `$${packageName.replaceAll('.', '_')}`
}
