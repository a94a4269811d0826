import { messageTypeFor } from '@meshwright/xds-types'

/** A typed config of a type that nobody here knows. */
export interface UnknownType {
  readonly typeUrl: string
  /** What the message around it is called: the name of the filter, for example. */
  readonly owner: string | undefined
}

// Typed metadata is for whoever looks for it; nothing depends on knowing all of it.
const inertFields: ReadonlySet<string> = new Set(['typedFilterMetadata'])

/**
 * The typed configs of unknown types inside a resource, except where the message around one says `is_optional` or
 * `disabled`: those may be passed over, all others may not.
 */
export function requiredUnknownTypes(json: unknown): readonly UnknownType[] {
  const found: UnknownType[] = []
  collect(json, undefined, found)
  return found
}

function collect(json: unknown, outer: string | undefined, found: UnknownType[]): void {
  if (Array.isArray(json)) {
    for (const element of json) collect(element, outer, found)
    return
  }
  if (!isRecord(json)) return
  const owner = typeof json['name'] === 'string' ? json['name'] : outer
  const optional = json['isOptional'] === true || json['disabled'] === true
  for (const [field, value] of Object.entries(json)) {
    if (inertFields.has(field)) continue
    const typeUrl = unknownTypeOf(value)
    if (typeUrl === undefined) collect(value, owner, found)
    else if (!optional) found.push({ typeUrl, owner })
  }
}

function unknownTypeOf(value: unknown): string | undefined {
  const typeUrl = isRecord(value) ? value['@type'] : undefined
  return typeof typeUrl === 'string' && messageTypeFor(typeUrl) === undefined ? typeUrl : undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
