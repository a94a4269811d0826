import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIP } from 'node:net'
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
const idleTimeoutMs = 30_000
const maxConnections = 256

/** A read-only HTTP server for people, probes and Prometheus. */
export class DebugServer {
  readonly #server: Server
  #onlyLocal = true

  constructor(pages: Pages) {
    this.#server = createServer(
      { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs },
      (request, response) => answer(response, this.#pageFor(pages, request)),
    )
    this.#server.maxConnections = maxConnections
    // Ends connections whose other end reads no more.
    this.#server.timeout = idleTimeoutMs
  }

  /** Rejects with `ERR_CONTROL_PLANE_LISTEN`. */
  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }> {
    this.#onlyLocal = isLocal(host)
    return new Promise((resolve, reject) => {
      // Stays: without a listener, running out of file descriptors would end the process.
      this.#server.on('error', (cause) => {
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

  /**
   * On loopback only names of this machine are answered to: a web page whose name was made to lead
   * here (DNS rebinding) cannot read what its visitor may.
   */
  #pageFor(pages: Pages, request: IncomingMessage): Page {
    const host = request.headers.host?.replace(/:\d*$/, '')
    if (this.#onlyLocal && host !== undefined && !isLocal(host)) {
      return { status: 403, body: 'this port answers to names of this machine only\n' }
    }
    try {
      return pageFor(pages, request)
    } catch {
      return { status: 500, body: 'the page cannot be made\n' }
    }
  }
}

/** Whether a host, bare or as a URL has it, leads to loopback wherever it is asked for. */
function isLocal(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (name === 'localhost' || name === '::1') return true
  return isIP(name) === 4 && name.startsWith('127.')
}

function answer(response: ServerResponse, { status, body }: Page): void {
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
