import { fromSnakeCase, type RouteConfigurationJson } from '@meshwright/route-matcher'
import { isObject } from './json.ts'
import { isDurationMessage, protoDurationText } from './proto-duration.ts'

/** Fields that hold data of somebody else's. */
const structs = new Set(['filterMetadata'])

/** A route configuration with the names of its fields in camelCase and durations as text, as the matcher reads them. */
export function camelCaseRoutes(value: unknown): RouteConfigurationJson {
  if (!isObject(value)) return {}
  // In a discovery response or a dump it is an Any, whose type says nothing more here.
  const { '@type': _, ...message } = value
  // A parse boundary: the matcher checks every field.
  return durationTexts(fromSnakeCase(message)) as RouteConfigurationJson
}

/** Durations may be written as messages of seconds and nanos, which proto3 JSON does not know. */
function durationTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(durationTexts)
  if (!isObject(value)) return value
  if (isDurationMessage(value)) return protoDurationText(value)
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      structs.has(name) ? inner : durationTexts(inner),
    ]),
  )
}
