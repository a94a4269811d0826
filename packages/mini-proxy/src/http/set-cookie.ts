/** What a cookie that the proxy makes says besides its value. */
export interface CookieParts {
  /** 0: for as long as the client runs. */
  readonly ttlMs: number
  /** Empty: the client's default. */
  readonly path: string
  readonly attributes: readonly { readonly name: string; readonly value: string }[]
}

/** A `set-cookie` value as Envoy writes it. */
export function setCookieOf(
  name: string,
  value: string,
  { ttlMs, path, attributes }: CookieParts,
): string {
  return [
    `${name}="${value}"`,
    ...(ttlMs > 0 ? [`Max-Age=${Math.floor(ttlMs / 1000)}`] : []),
    ...(path === '' ? [] : [`Path=${path}`]),
    ...attributes.map((it) => (it.value === '' ? it.name : `${it.name}=${it.value}`)),
    'HttpOnly',
  ].join('; ')
}
