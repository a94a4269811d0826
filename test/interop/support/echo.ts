import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createHttp2Server, type Http2Server } from 'node:http2'

/** What a backend says of the request that reached it. */
export interface Echo {
  readonly backend: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** Starts a backend that answers every request with what it saw of it. */
export async function startEcho(backend: string, address: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { method = '', url: path = '', headers } = request
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ backend, method, path, headers }))
    })
  })
  server.listen(port, address)
  await once(server, 'listening')
  return server
}

/** The same over HTTP/2 without TLS, as gRPC servers speak it. */
export async function startHttp2Echo(
  backend: string,
  address: string,
  port: number,
): Promise<Http2Server> {
  const server = createHttp2Server((request, response) => {
    request.resume().on('end', () => {
      const { method, url: path, headers } = request
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ backend, method, path, headers }))
    })
  })
  server.listen(port, address)
  await once(server, 'listening')
  return server
}

/** Stops a server now, whoever is connected. */
export async function stop(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}
