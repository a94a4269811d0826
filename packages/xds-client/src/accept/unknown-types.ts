import { messageTypeFor } from '@meshwright/xds-types'

// Typed metadata is for whoever looks for it; nothing depends on knowing all of it.
const inertFields: ReadonlySet<string> = new Set(['typedFilterMetadata'])

/**
 * The type URLs that nobody here knows, inside a resource, except where the message around one says `is_optional` or
 * `disabled`: those may be passed over, all others may not.
 */
export function requiredUnknownTypes(json: unknown): readonly string[] {
  const found = new Set<string>()
  collect(json, found)
  return [...found]
}

function collect(json: unknown, found: Set<string>): void {
  if (Array.isArray(json)) {
    for (const element of json) collect(element, found)
    return
  }
  if (!isRecord(json)) return
  const optional = json['isOptional'] === true || json['disabled'] === true
  for (const [field, value] of Object.entries(json)) {
    if (inertFields.has(field) || (optional && isUnknownAny(value))) continue
    const typeUrl = unknownTypeOf(value)
    if (typeUrl === undefined) collect(value, found)
    else found.add(typeUrl)
  }
}

function isUnknownAny(value: unknown): boolean {
  return unknownTypeOf(value) !== undefined
}

function unknownTypeOf(value: unknown): string | undefined {
  const typeUrl = isRecord(value) ? value['@type'] : undefined
  return typeof typeUrl === 'string' && messageTypeFor(typeUrl) === undefined ? typeUrl : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
