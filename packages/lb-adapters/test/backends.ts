import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** A server on a port of its own that says who it is. */
export interface Backend {
  readonly name: string
  readonly address: string
  /** Requests that arrived. */
  readonly seen: readonly SeenRequest[]
  /** Connections that are open. */
  readonly connections: number
  /** Connections that were made, ever. */
  readonly opened: number
  /** From now on it answers so. */
  answer(respond: Respond): void
  /** Takes connections that ask for another protocol. */
  onUpgrade(take: (socket: Duplex) => void): void
  close(): Promise<void>
}

export interface SeenRequest {
  readonly host: string | undefined
  readonly url: string | undefined
}

export type Respond = (request: IncomingMessage, response: ServerResponse) => void

/** Starts servers that answer 200 with their names. */
export function startBackends(...names: readonly string[]): Promise<Backend[]> {
  return Promise.all(names.map((name) => startBackend(name)))
}

export async function startBackend(
  name: string,
  make = createServer as MakeServer,
): Promise<Backend> {
  const seen: SeenRequest[] = []
  const sockets = new Set<Socket>()
  let respond: Respond = (_, response) => response.end(name)
  const server = make((request, response) => {
    seen.push({ host: request.headers.host, url: request.url })
    respond(request, response)
  })
  let opened = 0
  server.on('connection', (socket: Socket) => {
    opened += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      if (!server.listening) resolve()
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return {
    name,
    address: `127.0.0.1:${port}`,
    seen,
    get connections() {
      return sockets.size
    },
    get opened() {
      return opened
    },
    answer(next) {
      respond = next
    },
    onUpgrade(take) {
      server.on('upgrade', (_, socket: Duplex) => take(socket))
    },
    close,
  }
}

type MakeServer = (listener: Respond) => Server
