import { isObject, type JsonObject } from '../json.ts'

/** An entry of a test's `dynamic_metadata`. */
export interface MetadataEntry {
  readonly namespace: string
  /** Undefined: it is a typed value, which no matcher of routes looks at. */
  readonly value: JsonObject | undefined
  readonly allowOverwrite: boolean
}

/**
 * What the entries together set: the first of a namespace counts; a later one is merged into it if it may overwrite, and
 * is passed over if not. Merging replaces plain values, goes down into objects and appends lists.
 */
export function mergedMetadata(
  entries: readonly MetadataEntry[],
): Readonly<Record<string, unknown>> {
  const merged = new Map<string, JsonObject>()
  for (const { namespace, value, allowOverwrite } of entries) {
    if (value === undefined) continue
    const before = merged.get(namespace)
    if (before === undefined) merged.set(namespace, value)
    else if (allowOverwrite) merged.set(namespace, mergeObjects(before, value))
  }
  return Object.fromEntries(merged)
}

function mergeObjects(before: JsonObject, after: JsonObject): JsonObject {
  const merged = new Map<string, unknown>(Object.entries(before))
  for (const [name, value] of Object.entries(after)) {
    merged.set(name, merged.has(name) ? mergeValues(merged.get(name), value) : value)
  }
  return Object.fromEntries(merged)
}

function mergeValues(before: unknown, after: unknown): unknown {
  if (isObject(before) && isObject(after)) return mergeObjects(before, after)
  if (Array.isArray(before) && Array.isArray(after)) return [...before, ...after]
  return after
}
