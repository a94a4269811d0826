import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo, Server, Socket } from 'node:net'

/** A host that counts its connections and answers no request before it is told to. */
export class CountingHost {
  /** Connections it has seen. */
  accepted = 0
  readonly #server: Server
  /** With the requests that each has brought and that are not answered. */
  readonly #open = new Map<Socket, number>()
  readonly #used = new WeakSet<Socket>()
  readonly #held: ServerResponse[]

  /** What it has not answered it adds to `held`. `maxStreams`: speaks HTTP/2, and takes so many requests on a connection. */
  constructor(held: ServerResponse[], maxStreams?: number) {
    this.#held = held
    const hold = (_request: unknown, response: unknown): void => {
      this.#hold(response as ServerResponse)
    }
    if (maxStreams === undefined) {
      const server = createServer(hold)
      // An idle connection stays.
      server.keepAliveTimeout = 0
      this.#server = server
    } else {
      const settings = { maxConcurrentStreams: maxStreams }
      this.#server = createHttp2Server({ settings }, hold)
    }
    this.#server.on('connection', (socket: Socket) => {
      this.accepted++
      this.#open.set(socket, 0)
      socket.on('close', () => this.#open.delete(socket))
    })
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** Open connections of HTTP/1 that have brought a request. */
  get used(): number {
    return [...this.#open.keys()].filter((it) => this.#used.has(it)).length
  }

  get open(): number {
    return this.#open.size
  }

  /** Ends the connections without a request, of HTTP/1. */
  cutIdle(): void {
    for (const [socket, requests] of this.#open) {
      if (requests > 0) continue
      this.#open.delete(socket)
      socket.destroy()
    }
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#open.keys()) socket.destroy()
    await closed
  }

  #hold(response: ServerResponse<IncomingMessage>): void {
    const socket: Socket | null = response.socket
    this.#held.push(response)
    // Of HTTP/2 it is only a stand-in for the connection.
    if (socket === null || !this.#open.has(socket)) return
    this.#used.add(socket)
    this.#open.set(socket, (this.#open.get(socket) ?? 0) + 1)
    response.on('close', () => {
      if (this.#open.has(socket)) this.#open.set(socket, (this.#open.get(socket) ?? 0) - 1)
    })
  }
}
