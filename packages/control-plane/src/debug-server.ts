import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { ControlPlaneError } from './errors.ts'

/** A page of the debug server: what to answer, by status. */
export interface Page {
  readonly status: number
  /** JSON if it is an object, else text. */
  readonly body: object | string
}

/** The pages, by path. */
export type Pages = ReadonlyMap<string, (query: URLSearchParams) => Page>

const headersTimeoutMs = 5_000
const requestTimeoutMs = 10_000
const maxConnections = 256

/** A read-only HTTP server for people, probes and Prometheus. */
export class DebugServer {
  readonly #server: Server

  constructor(pages: Pages) {
    this.#server = createServer(
      { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs },
      (request, response) => answer(pages, request, response),
    )
    this.#server.maxConnections = maxConnections
  }

  /** Rejects with `ERR_CONTROL_PLANE_LISTEN`. */
  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause) => {
        const code = 'ERR_CONTROL_PLANE_LISTEN'
        reject(new ControlPlaneError(`cannot listen on ${host}:${port}`, { code, cause }))
      })
      this.#server.listen(port, host, () => {
        const address = this.#server.address()
        const bound = typeof address === 'object' && address !== null ? address.port : port
        resolve({ host, port: bound })
      })
    })
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }
}

function answer(pages: Pages, request: IncomingMessage, response: ServerResponse): void {
  const { status, body } = pageFor(pages, request)
  const isText = typeof body === 'string'
  response.writeHead(status, {
    'content-type': isText ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  })
  response.end(isText ? body : `${JSON.stringify(body, undefined, 2)}\n`)
}

function pageFor(pages: Pages, { method, url = '/' }: IncomingMessage): Page {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'read-only\n' }
  const [path = '/', query = ''] = url.split('?', 2)
  const page = pages.get(path)
  if (page === undefined) {
    return { status: 404, body: `no such page; there are:\n${[...pages.keys()].join('\n')}\n` }
  }
  return page(new URLSearchParams(query))
}
