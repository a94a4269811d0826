import type { RouteConfigurationJson } from './config.ts'

/**
 * Turns the field names of a configuration from `snake_case`, as YAML files and config dumps have them, into the `camelCase`
 * that `compileRoutes` reads; names that are in camelCase already stay.
 *
 * Only names of fields change: what keys a map (`typed_per_filter_config`, the maps of a matcher tree and those of the filters
 * in {@link mapFields}) and what lies in a Struct (`filter_metadata`, `google.protobuf.Struct`, `TypedStruct`) is data, and
 * stays. Where a message has a field in both spellings, the one in snake_case stays too, for `compileRoutes` to refuse. Below
 * 200 levels everything stays. Fields that are null are left out, as proto3 JSON reads them. The configuration itself is not changed.
 *
 * @example
 * ```ts
 * fromSnakeCase({ virtual_hosts: [{ name: 'a', domains: ['*'] }] }) // => { virtualHosts: [{ name: 'a', domains: ['*'] }] }
 * ```
 */
export function fromSnakeCase(configuration: object): RouteConfigurationJson {
  return fieldsOf(configuration, 0)
}

/** Fields that are maps: their keys stay, and their values are messages. */
const mapFields: ReadonlySet<string> = new Set([
  'map',
  'typedPerFilterConfig',
  'typedFilterMetadata',
  'policies',
  'requirementMap',
  'providers',
])

/** Fields that hold data of somebody else's: Structs and maps of strings. */
const dataFields: ReadonlySet<string> = new Set([
  'filterMetadata',
  'contextExtensions',
  'filterContext',
])

const structType = /\/(?:google\.protobuf\.Struct|(?:xds|udpa)\.type\.v\d\.TypedStruct)$/
const deepest = 200

type Fields = Record<string, unknown>

function fieldsOf(message: object, depth: number): Fields {
  const fields: [name: string, value: unknown][] = []
  for (const [given, value] of Object.entries(message)) {
    if (value === null) continue
    const camel = camelCase(given)
    const name = camel !== given && Object.hasOwn(message, camel) ? given : camel
    fields.push([name, fieldValue(name, value, message, depth + 1)])
  }
  return Object.fromEntries(fields)
}

function fieldValue(name: string, value: unknown, message: object, depth: number): unknown {
  if (dataFields.has(name) || (name === 'value' && isStruct(message))) return value
  if (mapFields.has(name) && isMessage(value)) {
    const entries = Object.entries(value).map(([key, it]) => [key, converted(it, depth)])
    return Object.fromEntries(entries)
  }
  return converted(value, depth)
}

function converted(value: unknown, depth: number): unknown {
  if (depth > deepest) return value
  if (Array.isArray(value)) return value.map((it) => converted(it, depth + 1))
  return isMessage(value) ? fieldsOf(value, depth) : value
}

function isMessage(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isStruct(message: object): boolean {
  return '@type' in message && structType.test(String(message['@type']))
}

/** As protobuf derives the JSON name of a field. */
function camelCase(name: string): string {
  return name.startsWith('@')
    ? name
    : name.replace(/_+(.)/g, (_, letter: string) => letter.toUpperCase())
}
