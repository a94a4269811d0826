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
  return new RequestOfPlain(plain)
}

/** A class and one map: whoever makes thousands of requests ahead, for a test or a replay, has them lie close together. */
class RequestOfPlain implements Request {
  readonly authority: string
  readonly path: string
  readonly method: string
  readonly scheme: string
  readonly #plain: PlainRequest
  /** By lower-case name; those sent more than once as a list. */
  readonly #headers: ReadonlyMap<string, string | readonly string[]>

  constructor(plain: PlainRequest) {
    this.authority = plain.authority
    this.path = plain.path
    this.method = plain.method ?? 'GET'
    this.scheme = plain.scheme ?? 'http'
    this.#plain = plain
    this.#headers = headersOf(plain)
  }

  header(lowerName: string): string | undefined {
    const value = this.#headers.get(lowerName)
    return typeof value === 'object' ? value.join(',') : value
  }

  headerValues(lowerName: string): readonly string[] {
    const value = this.#headers.get(lowerName) ?? []
    return typeof value === 'object' ? value : [value]
  }

  get tls(): RequestTls | undefined {
    return this.#plain.tls
  }

  get connection(): RequestConnection | undefined {
    return this.#plain.connection
  }

  metadata(filter: string, path: readonly string[]): unknown {
    return [filter, ...path].reduce(member, this.#plain.metadata)
  }

  filterState(key: string): string | undefined {
    const value = member(this.#plain.filterState, key)
    return typeof value === 'string' ? value : undefined
  }
}

function headersOf({ headers = {} }: PlainRequest): Map<string, string | readonly string[]> {
  const all = new Map<string, string | readonly string[]>()
  for (const [anyCase, value] of Object.entries(headers)) {
    const name = anyCase.toLowerCase()
    const before = all.get(name)
    const together =
      before === undefined && typeof value === 'string' ? value : [before ?? [], value].flat()
    if (typeof together === 'string' || together.length > 0) all.set(name, together)
  }
  return all
}

/** A member of its own, whatever the object is. */
function member(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null || Array.isArray(object)) return undefined
  return Object.getOwnPropertyDescriptor(object, name)?.value
}
