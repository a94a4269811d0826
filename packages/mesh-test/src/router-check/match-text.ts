import type { RouteMatchJson } from '@meshwright/route-matcher'
import { isObject, type JsonObject } from '../json.ts'

/** The fields of a RouteMatch by their numbers, which is the order of protobuf's text format. */
const order: readonly string[] = [
  'prefix',
  'path',
  'caseSensitive',
  'headers',
  'queryParameters',
  'grpc',
  'runtimeFraction',
  'safeRegex',
  'tlsContext',
  'connectMatcher',
  'dynamicMetadata',
  'pathSeparatedPrefix',
  'pathMatchPolicy',
  'filterState',
  'cookies',
]

/** Wrapped values: a message around them in text, bare in JSON. */
const wrapped: ReadonlySet<string> = new Set(['caseSensitive', 'presented', 'validated'])

/** Fields that hold the name of an enum value, which text leaves without quotes. */
const enums: ReadonlySet<string> = new Set(['denominator'])

/**
 * A RouteMatch (camelCase JSON) in protobuf's text format, as Envoy's router check tool prints it. Fields of the messages in
 * it come in the order of the configuration.
 */
export function matchText(routeMatch: RouteMatchJson): string {
  const match: JsonObject = { ...routeMatch }
  const known = order.filter((name) => Object.hasOwn(match, name))
  const rest = Object.keys(match).filter((name) => !order.includes(name))
  return [...known, ...rest].map((name) => fieldText(name, match[name], '')).join('')
}

function fieldText(name: string, value: unknown, indent: string): string {
  const key = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map((item) => fieldText(name, item, indent)).join('')
  const isWrapped = wrapped.has(name)
  if (!isObject(value) && !isWrapped) return `${indent}${key}: ${scalarText(name, value)}\n`
  const members = Object.entries(isObject(value) ? value : { value })
  const inner = members.map(([member, each]) => fieldText(member, each, `${indent}  `)).join('')
  return `${indent}${key} {\n${inner}${indent}}\n`
}

function scalarText(name: string, value: unknown): string {
  return typeof value === 'string' && !enums.has(name) ? JSON.stringify(value) : String(value)
}
