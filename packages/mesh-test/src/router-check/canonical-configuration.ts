import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import { isObject, type JsonObject } from '../json.ts'
import { camelName } from './field-reader.ts'
import { isDurationMessage, protoDurationText } from './proto-duration.ts'

/** Fields whose members are named by whoever wrote the configuration. */
const maps: ReadonlySet<string> = new Set(['filterMetadata', 'typedFilterMetadata', 'map'])

/** Fields that are read as they are written, by whoever knows their type. */
const opaque: ReadonlySet<string> = new Set(['filterMetadata', 'typedPerFilterConfig'])

/** The configuration with field names in camelCase, and durations as text. */
export function canonicalConfiguration(value: JsonObject): RouteConfigurationJson {
  // What it is made of is for `compileRoutes` to check.
  return canonical(value) as RouteConfigurationJson
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (!isObject(value)) return value
  if (isDurationMessage(value)) return protoDurationText(value)
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const camel = camelName(name)
      if (opaque.has(camel)) return [camel, member]
      if (maps.has(camel) && isObject(member)) return [camel, mapValues(member)]
      return [camel, canonical(member)]
    }),
  )
}

function mapValues(map: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, canonical(value)]))
}
