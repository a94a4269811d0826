// `node undici-proxy.ts FILE`: a reverse proxy of node:http and undici's dispatch, bodies streamed both ways.
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Dispatcher, Pool } from 'undici'
import { mostConnections, portsFromArguments } from './program-ports.ts'

const { port, backend } = portsFromArguments()
const pool = new Pool(`http://127.0.0.1:${backend}`, { connections: mostConnections })
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const { method = 'GET', url: path = '/' } = request
  const hasBody = 'content-length' in request.headers || 'transfer-encoding' in request.headers
  const options = { path, method, headers: headersTo(request), body: hasBody ? request : null }
  pool.dispatch(options as Dispatcher.DispatchOptions, answering(response))
}).listen(port, '127.0.0.1')

function headersTo({ rawHeaders, socket, headers }: IncomingMessage): string[] {
  const kept = endToEnd(rawHeaders, 'x-forwarded-for')
  const { 'x-forwarded-for': before } = headers
  const from = socket.remoteAddress ?? ''
  kept.push('x-forwarded-for', before === undefined ? from : `${before}, ${from}`)
  if (!('x-request-id' in headers)) kept.push('x-request-id', randomUUID())
  return kept
}

/** Names and values in turn, without those that concern one connection only, and without one more. */
function endToEnd(raw: readonly string[], dropped?: string): string[] {
  const kept: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const lower = name.toLowerCase()
    if (!hopByHop.has(lower) && lower !== dropped) kept.push(name, raw[i + 1] ?? '')
  }
  return kept
}

function answering(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller) {
      response.once('close', () => {
        if (!response.writableFinished) controller.abort(new Error('the client has gone'))
      })
    },
    onResponseStart(controller, status) {
      const raw = ((controller.rawHeaders ?? []) as Buffer[]).map((it) => it.toString('latin1'))
      response.writeHead(status, endToEnd(raw))
    },
    onResponseData(controller, chunk) {
      if (response.write(chunk)) return
      controller.pause()
      response.once('drain', () => controller.resume())
    },
    onResponseEnd: () => {
      response.end()
    },
    onResponseError: () => {
      if (response.headersSent) response.destroy()
      else response.writeHead(502).end()
    },
  }
}
