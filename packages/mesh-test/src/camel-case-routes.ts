import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import { isObject, type JsonObject } from './json.ts'
import { isDurationMessage, protoDurationText } from './proto-duration.ts'

/** Fields whose keys are data. */
const maps = new Set(['filterMetadata', 'typedFilterMetadata', 'map'])
/** Fields whose keys are data and whose values are messages. */
const mapsOfMessages = new Set(['typedPerFilterConfig', 'map'])

/** A route configuration with the names of its fields in camelCase and durations as text, as the matcher reads them. */
export function camelCaseRoutes(value: unknown): RouteConfigurationJson {
  // In a discovery response or a dump it is an Any, whose type says nothing more here.
  const { '@type': _, ...message } = camelCase(value) as JsonObject
  // A parse boundary: the matcher checks every field.
  return message as RouteConfigurationJson
}

function camelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCase)
  if (!isObject(value)) return value
  if (isDurationMessage(value)) return protoDurationText(value)
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const camel = name.startsWith('@') ? name : camelName(name)
      return [camel, converted(camel, inner)]
    }),
  )
}

function converted(camel: string, inner: unknown): unknown {
  if (mapsOfMessages.has(camel) && isObject(inner)) return mapped(inner)
  return maps.has(camel) ? inner : camelCase(inner)
}

function mapped(inner: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, camelCase(one)]))
}

function camelName(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
