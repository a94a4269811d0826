import type { IncomingMessage, ServerResponse } from 'node:http'
import { nodeHttp } from '../http/node-http.ts'
import type { BoundAddress } from '../proxy.ts'
import { strayRequest } from './admin-guard.ts'
import { type AdminPage, type AdminSource, textPage } from './admin-page.ts'
import { adminRoutes, helpPage } from './admin-pages.ts'

/** A running admin API. */
export interface AdminServer extends AsyncDisposable {
  readonly address: BoundAddress
  close(): Promise<void>
}

/**
 * Serves the admin API. It shows the configuration and can end the process: keep it on loopback. There it answers only to
 * addresses and to `localhost`, so that no name that a web page made up leads to it.
 *
 * Rejects with the system's error when the address cannot be bound.
 */
export function serveAdmin(source: AdminSource, listen: BoundAddress): Promise<AdminServer> {
  return servePages((request) => answerPage(source, request), listen)
}

/** A request of the admin API. */
export interface AdminRequest {
  readonly method: string
  readonly url: string
}

/** An answer, and what is to be done once it is sent. */
export interface AdminAnswer {
  readonly page: AdminPage
  readonly afterwards?: (() => void) | undefined
}

/** Serves whatever `answer` gives, with the same guards. */
export async function servePages(
  answer: (request: AdminRequest) => AdminAnswer | Promise<AdminAnswer>,
  listen: BoundAddress,
): Promise<AdminServer> {
  const loopback = listen.address.startsWith('127.') || listen.address === '::1'
  const server = nodeHttp().createServer(limits, (request, response) => {
    const stray = strayRequest(request.headers, loopback)
    if (stray === undefined) void send(answer, request, response)
    else response.writeHead(forbidden, { 'content-type': 'text/plain' }).end(`${stray}\n`)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(listen.port, listen.address, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const bound = server.address()
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    // A TCP server that listens has an address object.
    address: typeof bound === 'object' && bound !== null ? bound : listen,
    close,
    [Symbol.asyncDispose]: close,
  }
}

const limits = { maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 30_000 }

async function send(
  answer: (request: AdminRequest) => AdminAnswer | Promise<AdminAnswer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/' } = request
  const { page, afterwards } = await answer({ method, url })
  response.statusCode = page.status
  response.setHeader('content-type', page.contentType)
  response.setHeader('cache-control', 'no-cache, max-age=0')
  response.setHeader('x-content-type-options', 'nosniff')
  if (page.status === methodNotAllowed) response.setHeader('allow', 'POST')
  request.resume()
  response.end(page.body, () => {
    if (page.status < badRequest) afterwards?.()
  })
}

/** The page that is asked for. */
export function answerPage(source: AdminSource, { method, url }: AdminRequest): AdminAnswer {
  const target = tryParseUrl(url)
  if (target === undefined) return { page: textPage('bad request\n', badRequest) }
  const route = adminRoutes.get(target.pathname)
  const { afterwards } = route ?? {}
  return {
    page: pageFor(source, method, target),
    afterwards: afterwards && (() => afterwards(source)),
  }
}

const badRequest = 400
const forbidden = 403
const notFound = 404
const methodNotAllowed = 405

function pageFor(source: AdminSource, method: string, url: URL): AdminPage {
  if (url.pathname === '/' || url.pathname === '/help') return helpPage()
  const route = adminRoutes.get(url.pathname)
  if (route === undefined) {
    return textPage(`invalid path. ${helpPage().body}`, notFound)
  }
  if (route.mutates && method !== 'POST') {
    return textPage(`Method Not Allowed: ${url.pathname} takes POST\n`, methodNotAllowed)
  }
  return route.answer(source, url.searchParams)
}

function tryParseUrl(target: string): URL | undefined {
  return URL.canParse(target, 'http://admin') ? new URL(target, 'http://admin') : undefined
}
