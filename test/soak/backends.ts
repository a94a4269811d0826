import { once } from 'node:events'
import * as http from 'node:http'
import * as http2 from 'node:http2'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** Servers that answer with what they hear. */
export interface Backends {
  readonly http1: readonly number[]
  readonly http2: readonly number[]
  readonly tcp: readonly number[]
  close(): void
}

/** Two of each protocol, so that one can leave while the other serves. */
export async function startBackends(): Promise<Backends> {
  const sockets = new Set<Socket>()
  const start = async (server: Server): Promise<number> => {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => sockets.delete(socket))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    return (server.address() as AddressInfo).port
  }
  const servers: Server[] = []
  return {
    http1: [await start(http1Echo()), await start(http1Echo())],
    http2: [await start(http2Echo()), await start(http2Echo())],
    tcp: [await start(tcpEcho()), await start(tcpEcho())],
    close: () => {
      for (const server of servers) server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function http1Echo(): Server {
  // The proxy closes what is idle: a request must not meet a connection that the server is closing.
  const server = http.createServer({ keepAliveTimeout: 0 }, (request, response) => {
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    request.pipe(response)
  })
  return server.on('upgrade', (_request, socket, head) => {
    socket.on('error', () => undefined)
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    socket.write(head)
    socket.pipe(socket)
  })
}

function tcpEcho(): Server {
  return createServer((socket) => void socket.pipe(socket))
}

/** As a gRPC server does: the status comes in trailers. */
function http2Echo(): Server {
  const server = http2.createServer()
  server.on('sessionError', () => undefined)
  server.on('stream', (stream) => {
    stream.on('error', () => undefined)
    stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.pipe(stream)
  })
  return server
}
