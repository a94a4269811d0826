/** An Any in proto3 JSON: the name of its message and its fields. */
export interface TypedConfig {
  /** For example `xds.type.matcher.v3.IPMatcher`. */
  readonly type: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Reads an object with an `@type`; undefined if it is none. */
export function readTypedConfig(config: unknown): TypedConfig | undefined {
  if (typeof config !== 'object' || config === null) return undefined
  const { '@type': url, ...fields }: Record<string, unknown> = { ...config }
  return typeof url === 'string' ? { type: url.slice(url.lastIndexOf('/') + 1), fields } : undefined
}

/** The type of a typed config, as a fault shows it. */
export function typeName(config: unknown): string {
  return readTypedConfig(config)?.type ?? 'no @type'
}
