import type { ClientRequest, RequestOptions } from 'node:http'
import type { RequestView } from '../cluster/request-view.ts'

/** What Node tells an agent of a request. */
export type RequestTarget = RequestOptions

/** What a request asks for. */
export function viewOf(request: ClientRequest, { headers }: RequestTarget): RequestView {
  return {
    method: request.method,
    path: request.path,
    header(name) {
      // Headers that are given as an array are written at once, and the request does not know them.
      const value = Array.isArray(headers) ? inArray(headers, name) : request.getHeader(name)
      const first = Array.isArray(value) ? value[0] : value
      return first === undefined ? undefined : String(first)
    },
  }
}

/** In `[name, value, name, value]`, or in pairs. */
function inArray(headers: readonly (string | readonly string[])[], name: string): unknown {
  const flat = headers.flat()
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i]?.toLowerCase() === name) return flat[i + 1]
  }
  return undefined
}
