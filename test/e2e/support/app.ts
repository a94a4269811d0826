import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A plain HTTP program that knows nothing of a mesh. */
export interface App extends AsyncDisposable {
  readonly port: number
  /** Requests that came so far. */
  readonly requests: number
  /** Connections that are open. */
  readonly connections: () => Promise<number>
  close(): Promise<void>
}

/** Starts one on a free port of loopback; without `serve` it answers with its name. */
export async function startApp(name: string, serve?: RequestListener): Promise<App> {
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    if (serve) return serve(request, response)
    request.resume().on('end', () => response.end(name))
  })
  // Longer than any test: whoever keeps a connection decides when it ends.
  server.keepAliveTimeout = 120_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  return {
    port: (server.address() as AddressInfo).port,
    get requests() {
      return requests
    },
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
      }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** The whole body of a message. */
export async function bodyOf(message: IncomingMessage): Promise<string> {
  let body = ''
  message.setEncoding('utf8')
  for await (const chunk of message) body += chunk
  return body
}
