import { type PlainRequest, type Request, request } from '@meshwright/route-matcher'
import { MeshTestError } from './errors.ts'

/** What else the proxy knows of a request than its line says. */
type Surroundings = Pick<PlainRequest, 'connection' | 'filterState' | 'metadata' | 'tls'>

/**
 * What a client adds to the line of its request. Without `tls` there is none, even of `https`;
 * `metadata` and `filterState` are what earlier filters left.
 */
export interface RequestOptions extends Surroundings {
  /** Names in any case. `host` replaces the authority that the URL gives; the URL still says where to connect. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /**
   * The draw that decides weights and fractions. Default: 0, and a split counts as all of its
   * parts rather than as one of them.
   */
  readonly random?: number
  /** Runtime keys that are set: percents of fractions, and weights. Default: none. */
  readonly runtime?: Readonly<Record<string, number>>
  /** The route configuration to ask, by name. Default: the one that the listener asks. */
  readonly routeConfiguration?: string
}

/** A request on its way to the proxy. */
export interface SentRequest {
  readonly method: string
  readonly scheme: 'http' | 'https'
  /** The host to connect to, without a port. */
  readonly host: string
  /** The port to connect to: the URL's, or else its scheme's. */
  readonly port: number
  readonly authority: string
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly surroundings: Surroundings
}

const lineForm = /^(?:([!#$%&'*+.^_`|~A-Za-z0-9-]+)[ ]+)?(https?):\/\/([^/?# ]+)([^ ]*)$/
const authorityForm = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/
const defaultPorts = { http: 80, https: 443 } as const

/**
 * Reads `GET http://reviews:9080/path?query`; without a method it is GET.
 *
 * The path stays as it is written: nothing is decoded, and dot segments stay for the proxy to judge.
 *
 * @throws {MeshTestError} if the line is not of that form.
 */
export function sentRequest(line: string, options: RequestOptions = {}): SentRequest {
  const [, method = 'GET', scheme, target = '', rest = ''] = lineForm.exec(line) ?? []
  const [, host, digits] = authorityForm.exec(target) ?? []
  const port = Number(digits ?? defaultPorts[scheme === 'https' ? 'https' : 'http'])
  if ((scheme !== 'http' && scheme !== 'https') || host === undefined || port > 65_535) {
    throw new MeshTestError(
      `expected a request such as "GET http://reviews:9080/", got ${JSON.stringify(line)}`,
      { code: 'ERR_MESH_TEST_REQUEST' },
    )
  }
  const { headers = {}, connection, filterState, metadata, tls } = options
  const [path = ''] = rest.split('#', 1)
  return {
    method,
    scheme,
    host,
    port,
    authority: hostHeader(headers) ?? target,
    path: path.startsWith('/') || path === '*' ? path : `/${path}`,
    headers: Object.fromEntries(
      Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'host'),
    ),
    surroundings: {
      ...(connection !== undefined && { connection }),
      ...(filterState !== undefined && { filterState }),
      ...(metadata !== undefined && { metadata }),
      ...(tls !== undefined && { tls }),
    },
  }
}

/** The request as the matcher takes it, with what the proxy made of path and authority. */
export function matcherRequest(
  { method, scheme, headers, surroundings }: SentRequest,
  { path, authority }: { readonly path: string; readonly authority: string },
): Request {
  return request({ ...surroundings, authority, path, method, scheme, headers })
}

function hostHeader(headers: NonNullable<RequestOptions['headers']>): string | undefined {
  const found = Object.entries(headers).find(([name]) => name.toLowerCase() === 'host')?.[1]
  return typeof found === 'string' ? found : found?.[0]
}
