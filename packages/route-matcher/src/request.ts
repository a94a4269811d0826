/**
 * A request as the matcher sees it: HTTP/2's view, whatever protocol carried it.
 *
 * An interface and not an object of headers, so that a proxy can hand in its own without making one.
 */
export interface Request {
  /** Host, perhaps with a port. Empty if the request has none. */
  readonly authority: string
  /** Path and query. Empty if the request has none (CONNECT). */
  readonly path: string
  readonly method: string
  readonly scheme: string
  /** The values of the header joined by a comma, or undefined without such a header. */
  header(lowerName: string): string | undefined
  /** The values one by one: matchers look at each, and hash policies sort them. Without it a header counts as one value. */
  headerValues?(lowerName: string): readonly string[]
}

/** A request as a plain object. Header names in any case. */
export interface PlainRequest {
  readonly authority: string
  readonly path: string
  /** Default: GET. */
  readonly method?: string
  /** Default: http. */
  readonly scheme?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
}

/**
 * Makes a {@link Request} of a plain object.
 *
 * @example
 * ```ts
 * request({ authority: 'shop', path: '/', headers: { 'X-User': ['a', 'b'] } }).header('x-user') // => 'a,b'
 * ```
 */
export function request(plain: PlainRequest): Request {
  const values = new Map<string, string[]>()
  for (const [name, value] of Object.entries(plain.headers ?? {})) {
    const list = values.get(name.toLowerCase()) ?? []
    list.push(...(typeof value === 'string' ? [value] : value))
    if (list.length > 0) values.set(name.toLowerCase(), list)
  }
  return {
    authority: plain.authority,
    path: plain.path,
    method: plain.method ?? 'GET',
    scheme: plain.scheme ?? 'http',
    header: (name) => values.get(name)?.join(','),
    headerValues: (name) => values.get(name) ?? [],
  }
}
