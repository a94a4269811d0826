// `node http-proxy-3-proxy.ts FILE`: a reverse proxy of node:http and http-proxy-3, WebSockets included.
import { randomUUID } from 'node:crypto'
import { Agent, createServer, type IncomingMessage, ServerResponse } from 'node:http'
import { createProxyServer } from 'http-proxy-3'
import { mostConnections, portsFromArguments } from './program-ports.ts'

const { port, backend } = portsFromArguments()
const agent = new Agent({ keepAlive: true, maxSockets: mostConnections })
const proxy = createProxyServer({ target: `http://127.0.0.1:${backend}`, agent })
proxy.on('error', (_, __, to) => {
  if (to instanceof ServerResponse && !to.headersSent) to.writeHead(502).end()
  else to?.destroy()
})

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  addHeaders(request)
  void proxy.web(request, response)
})
server.on('upgrade', (request, socket, head) => {
  addHeaders(request)
  void proxy.ws(request, socket, head)
})
server.listen(port, '127.0.0.1')

function addHeaders({ headers, socket }: IncomingMessage): void {
  const { 'x-forwarded-for': before } = headers
  const from = socket.remoteAddress ?? ''
  headers['x-forwarded-for'] = before === undefined ? from : `${before}, ${from}`
  headers['x-request-id'] ??= randomUUID()
}
