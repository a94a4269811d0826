/** An Any in proto3 JSON: the name of its message and its fields; both empty if it is none. */
export interface TypedConfig {
  readonly type: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** Reads an object with an `@type`. */
export function typedConfig(config: unknown): TypedConfig {
  if (typeof config !== 'object' || config === null) return { type: '', fields: {} }
  const { '@type': url, ...fields }: Record<string, unknown> = { ...config }
  return { type: typeof url === 'string' ? url.slice(url.lastIndexOf('/') + 1) : '', fields }
}
