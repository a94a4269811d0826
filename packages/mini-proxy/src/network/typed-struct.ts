/** A typed config in proto3 JSON. */
export interface TypedConfigJson {
  readonly '@type': string
  readonly [field: string]: unknown
}

const typedStructs = new Set([
  'type.googleapis.com/udpa.type.v1.TypedStruct',
  'type.googleapis.com/xds.type.v3.TypedStruct',
])

/** The config that a TypedStruct wraps, under its own type; anything else as it is. */
export function unwrapTypedStruct(config: TypedConfigJson): TypedConfigJson {
  if (!typedStructs.has(config['@type'])) return config
  const { typeUrl, value } = config as { typeUrl?: string; value?: Record<string, unknown> }
  return { ...value, '@type': typeUrl ?? '' }
}

/** The message's name in a type URL: what follows the last slash. */
export function typeNameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf('/') + 1)
}
