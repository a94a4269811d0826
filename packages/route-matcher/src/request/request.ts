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
  /** What is known of the client's TLS; undefined: the request came without. Only `tls_context` looks at it. */
  readonly tls?: RequestTls | undefined
  /** The connection that the request came on. Without it, whatever a matcher asks of it is absent. */
  readonly connection?: RequestConnection | undefined
  /**
   * Dynamic metadata: the value at `path` in the namespace `filter`, plain JSON, or undefined. Without it there is none.
   * An empty path asks for the whole namespace.
   */
  metadata?(filter: string, path: readonly string[]): unknown
  /** A filter state object as a string, or undefined without such an object. Without it there is none. */
  filterState?(key: string): string | undefined
}

/** The client's side of a TLS connection. */
export interface RequestTls {
  /** The client presented a certificate. */
  readonly presented: boolean
  /** The certificate was validated against a trusted authority. */
  readonly validated: boolean
}

/** Where a request comes from and where it went. Addresses are IP addresses without a port. */
export interface RequestConnection {
  /** The peer's address, or what trusted forwarding headers say of it. */
  readonly sourceAddress?: string | undefined
  readonly sourcePort?: number | undefined
  /** The peer's own address, whatever forwarding headers say. Default: {@link sourceAddress}. */
  readonly directSourceAddress?: string | undefined
  readonly destinationAddress?: string | undefined
  readonly destinationPort?: number | undefined
  /** The server name that the client asked for in TLS (SNI). */
  readonly serverName?: string | undefined
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
  /** Default: the request came without TLS. */
  readonly tls?: RequestTls
  readonly connection?: RequestConnection
  /** Dynamic metadata: values by namespace, then by key. */
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly filterState?: Readonly<Record<string, string>>
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
  const joined = new Map([...values].map(([name, list]) => [name, list.join(',')]))
  return {
    authority: plain.authority,
    path: plain.path,
    method: plain.method ?? 'GET',
    scheme: plain.scheme ?? 'http',
    header: (name) => joined.get(name),
    headerValues: (name) => values.get(name) ?? [],
    tls: plain.tls,
    connection: plain.connection,
    metadata: (filter, path) => [filter, ...path].reduce(member, plain.metadata),
    filterState: (key) => {
      const value = member(plain.filterState, key)
      return typeof value === 'string' ? value : undefined
    },
  }
}

/** A member of its own, whatever the object is. */
function member(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return undefined
  return Object.getOwnPropertyDescriptor(object, name)?.value
}
