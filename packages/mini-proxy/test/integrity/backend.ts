import * as http from 'node:http'
import * as http2 from 'node:http2'
import * as https from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import { body, Comparison, sumOf } from './bodies.ts'
import { readPaced, writePaced } from './pace.ts'
import type { Plan } from './plan.ts'

/** What the server got of one request. */
export interface SeenRequest {
  readonly comparison: Comparison
  /** It ended as a request does that is whole. */
  ended: boolean
  /** Undefined: none came. */
  sum: string | undefined
}

/** A server that does what the plan in a request's header says. */
export interface Backend {
  readonly port: number
  /** By the plan's number, in order; more than one if it was sent again. */
  readonly seen: ReadonlyMap<number, readonly SeenRequest[]>
  close(): Promise<void>
}

export interface BackendOptions {
  readonly version: 1 | 2
  /** Undefined: without TLS. */
  readonly keys: { readonly cert: string; readonly key: string } | undefined
  /** A fault to plant: changes one byte of the response of the exchange with this number. */
  readonly corrupts?: number | undefined
}

type Request = http.IncomingMessage | http2.Http2ServerRequest
type Response = http.ServerResponse | http2.Http2ServerResponse

/** Starts it on a port of its own. */
export async function startBackend(options: BackendOptions): Promise<Backend> {
  const seen = new Map<number, SeenRequest[]>()
  const server = serverOf(options, (request, response) => {
    const plan: Plan = JSON.parse(String(request.headers['x-plan']))
    const { number, bytes } = plan.request
    const it = { comparison: new Comparison(body(number, bytes)), ended: false, sum: undefined }
    seen.set(plan.id, [...(seen.get(plan.id) ?? []), it])
    new Exchange(request, response, { plan, seen: it, corrupts: options.corrupts }).begin()
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function serverOf(
  { version, keys }: BackendOptions,
  onRequest: (request: Request, response: Response) => void,
): Server {
  if (version === 2) {
    return keys
      ? http2.createSecureServer({ ...keys, maxSessionMemory }, onRequest)
      : http2.createServer({ maxSessionMemory }, onRequest)
  }
  // Connections stay for as long as the proxy keeps them: a request must not meet one that is being closed.
  const forever = { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }
  return keys
    ? https.createServer({ ...keys, ...forever }, onRequest)
    : http.createServer(forever, onRequest)
}

/** Megabytes; with as much as bodies of many streams to send, node:http2 would refuse streams. */
const maxSessionMemory = 1000

interface Task {
  readonly plan: Plan
  readonly seen: SeenRequest
  readonly corrupts: number | undefined
}

class Exchange {
  readonly #request: Request
  readonly #response: Response
  readonly #task: Task
  readonly #bytes: Buffer
  #broken = false

  constructor(request: Request, response: Response, task: Task) {
    this.#request = request
    this.#response = response
    this.#task = task
    const { plan, corrupts } = task
    const { number, bytes } = plan.response
    this.#bytes = plan.id === corrupts ? oneByteOff(body(number, bytes)) : body(number, bytes)
    request.on('error', () => undefined)
    response.on('error', () => undefined)
  }

  begin(): void {
    const { plan, seen } = this.#task
    const { request, response, breaks } = plan
    if (!response.chunked) this.#response.setHeader('content-length', response.bytes)
    if (response.trailers) this.#response.setHeader('trailer', 'x-sum')
    if (plan.early) this.#writer.flushHeaders()
    const breaksAt = breaks?.by === 'server' && breaks.during === 'request' ? breaks.atByte : -1
    readPaced(this.#request, request.readerTurns, (chunk) => {
      seen.comparison.add(chunk)
      if (breaksAt !== -1 && seen.comparison.bytes > breaksAt) this.#break()
    })
    this.#request.once('end', () => this.#onEnd())
  }

  #onEnd(): void {
    const { seen, plan } = this.#task
    // A stream that was reset ends for its reader, too.
    if (this.#broken || this.#wasReset) return
    seen.ended = true
    seen.sum = this.#request.trailers['x-sum'] as string | undefined
    this.#answer(plan)
  }

  #answer({ response, breaks }: Plan): void {
    const turns = response.writerTurns
    const to = this.#writer
    if (breaks?.by === 'server' && breaks.during === 'response') {
      const part = this.#bytes.subarray(0, breaks.atByte)
      writePaced(to, part, { turns, end: () => setImmediate(() => this.#break()) })
      return
    }
    // With a head that says the end, node:http2 sends no trailers.
    if (response.trailers && response.bytes === 0) to.flushHeaders()
    const end = (): void => {
      if (response.trailers) to.addTrailers({ 'x-sum': sumOf(this.#bytes) })
      to.end()
    }
    writePaced(to, this.#bytes, { turns, end })
  }

  /** One API in two types, of which that of HTTP/2 leaves out a little. */
  get #writer(): http.ServerResponse {
    return this.#response as http.ServerResponse
  }

  get #wasReset(): boolean {
    const request = this.#request
    return 'stream' in request ? request.stream.rstCode !== 0 : !request.complete
  }

  #break(): void {
    this.#broken = true
    const response = this.#response
    // Closed in place of destroyed, a stream of node:http2 may say that it has ended before it is reset.
    if ('stream' in response) response.stream.destroy(new Error('broken off'))
    else this.#request.socket?.destroy()
  }
}

/** A copy with one bit changed in the middle. */
export function oneByteOff(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  const at = copy.length >> 1
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
  return copy
}
