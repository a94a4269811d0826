import { setTimeout as wait } from 'node:timers/promises'
import { type Http1Line, openHttp1 } from './http1-line.ts'
import { type Http2Line, openHttp2 } from './http2-line.ts'

/** What was asked and what came of it. */
export interface LoadCounts {
  /** By kind of request. */
  readonly done: Map<string, number>
  /** What should not have happened, with its kind; only the first few are kept. */
  readonly unexpected: string[]
  unexpectedCount: number
}

/** Ports of the proxy. */
export interface Ports {
  readonly plain: number
  readonly tls: number
}

const maxKept = 10
/** Between two requests of one client: the machine has others to serve. */
const pauseMs = 3

/** Clients of every kind, each with one request at a time. */
export class Load {
  readonly counts: LoadCounts = { done: new Map(), unexpected: [], unexpectedCount: 0 }
  readonly #random: () => number
  #stopped = false
  readonly #clients: Promise<void>[] = []
  readonly #lines: { close(): void }[] = []

  constructor({ plain, tls }: Ports, random: () => number) {
    this.#random = random
    const http1 = this.#open(openHttp1({ port: plain, tls: false, keepAlive: true }))
    const http1Tls = this.#open(openHttp1({ port: tls, tls: true, keepAlive: true }))
    const brief = this.#open(openHttp1({ port: tls, tls: true, keepAlive: false }))
    const http2 = this.#open(openHttp2(`http://127.0.0.1:${plain}`))
    const http2Tls = this.#open(openHttp2(`https://127.0.0.1:${tls}`))
    this.#start(6, 'HTTP/1', (bytes) => http1.echo(bytes))
    this.#start(3, 'HTTP/1 in TLS', (bytes) => http1Tls.echo(bytes))
    this.#start(1, 'HTTP/1 in TLS, a connection each', (bytes) => brief.echo(bytes))
    this.#start(4, 'HTTP/2', (bytes) => http2.echo(bytes, '/'))
    this.#start(4, 'gRPC', (bytes) => http2.echo(bytes, '/grpc'))
    this.#start(4, 'gRPC in TLS', (bytes) => http2Tls.echo(bytes, '/grpc'))
    this.#start(2, 'WebSocket', (bytes) => http1.upgraded(bytes))
    this.#start(2, 'CONNECT', (bytes) => http1.tunnelled(bytes))
    this.#start(2, 'WebSocket over HTTP/2', (bytes) => http2.tunnelled(bytes, 'websocket'))
    this.#start(2, 'CONNECT over HTTP/2 in TLS', (bytes) => http2Tls.tunnelled(bytes, 'tunnel'))
    this.#start(2, 'HTTP/1, reset', (bytes) => http1.reset(bytes))
    // A connection on which most requests are broken off is sent away.
    this.#start(1, 'HTTP/2, reset', (bytes) => http2Tls.reset(bytes, '/grpc'))
  }

  /** Resolves once every client has its last answer. */
  async stop(): Promise<LoadCounts> {
    this.#stopped = true
    await Promise.all(this.#clients)
    for (const line of this.#lines) line.close()
    return this.counts
  }

  get total(): number {
    return [...this.counts.done.values()].reduce((sum, it) => sum + it, 0)
  }

  #open<T extends Http1Line | Http2Line>(line: T): T {
    this.#lines.push(line)
    return line
  }

  #start(clients: number, kind: string, ask: (bytes: number) => Promise<void>): void {
    this.counts.done.set(kind, 0)
    for (let i = 0; i < clients; i++) this.#clients.push(this.#client(kind, ask))
  }

  async #client(kind: string, ask: (bytes: number) => Promise<void>): Promise<void> {
    const { counts } = this
    while (!this.#stopped) {
      try {
        await ask(this.#drawBytes())
        counts.done.set(kind, (counts.done.get(kind) ?? 0) + 1)
      } catch (error) {
        counts.unexpectedCount += 1
        if (counts.unexpected.length < maxKept) counts.unexpected.push(`${kind}: ${error}`)
      }
      await wait(pauseMs)
    }
  }

  /** Mostly small, some large. */
  #drawBytes(): number {
    const most = this.#random() < 0.9 ? 2_000 : 200_000
    return 1 + Math.floor(this.#random() * most)
  }
}
