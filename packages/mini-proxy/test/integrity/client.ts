import * as http from 'node:http'
import * as http2 from 'node:http2'
import * as https from 'node:https'
import type { Readable, Writable } from 'node:stream'
import { oneByteOff } from './backend.ts'
import { body, Comparison, sumOf } from './bodies.ts'
import { readPaced, writePaced } from './pace.ts'
import type { Plan } from './plan.ts'

/** What the client got of one response. */
export interface SeenResponse {
  readonly status: number
  readonly comparison: Comparison
  /** It ended as a response does that is whole. */
  readonly ended: boolean
  /** Undefined: none came. */
  readonly sum: string | undefined
  /** Why it did not end, for a report. */
  readonly error: string | undefined
}

/** Who asks the proxy. */
export interface Client {
  /** Carries out the client's side; resolves once the response has ended or is known not to. */
  exchange(plan: Plan): Promise<SeenResponse>
  close(): void
}

export interface ClientOptions {
  readonly port: number
  readonly version: 1 | 2
  readonly tls: boolean
  /** HTTP/1: how many connections; HTTP/2: one for so many exchanges at once. */
  readonly connections: number
  /** A fault to plant: changes one byte of the request of the exchange with this number. */
  readonly corrupts?: number | undefined
}

export function startClient(options: ClientOptions): Client {
  return options.version === 1 ? new Http1Client(options) : new Http2Client(options)
}

/** The client's side of one exchange, whatever the protocol. */
class Exchange {
  readonly plan: Plan
  readonly #bytes: Buffer
  readonly #reset: () => void
  readonly #done = Promise.withResolvers<SeenResponse>()
  readonly #comparison: Comparison
  #status = 0

  constructor(plan: Plan, corrupts: number | undefined, reset: () => void) {
    this.plan = plan
    this.#reset = reset
    const bytes = body(plan.request.number, plan.request.bytes)
    this.#bytes = plan.id === corrupts ? oneByteOff(bytes) : bytes
    this.#comparison = new Comparison(body(plan.response.number, plan.response.bytes))
  }

  get seen(): Promise<SeenResponse> {
    return this.#done.promise
  }

  get headers(): Record<string, string> {
    const { chunked, bytes, trailers } = this.plan.request
    return {
      'x-plan': JSON.stringify(this.plan),
      ...(!chunked && bytes > 0 && { 'content-length': String(bytes) }),
      ...(trailers && { trailer: 'x-sum' }),
    }
  }

  get sum(): string {
    return sumOf(this.#bytes)
  }

  /** `end` ends the request, trailers and all. */
  send(to: Writable, end: () => void): void {
    const { request, breaks } = this.plan
    const turns = request.writerTurns
    if (breaks?.by === 'client' && breaks.during === 'request') {
      const part = this.#bytes.subarray(0, breaks.atByte)
      writePaced(to, part, { turns, end: () => setImmediate(this.#reset) })
    } else writePaced(to, this.#bytes, { turns, end })
  }

  receive(status: number, from: Readable): void {
    this.#status = status
    const { response, breaks } = this.plan
    const breaksAt = breaks?.by === 'client' && breaks.during === 'response' ? breaks.atByte : -1
    readPaced(from, response.readerTurns, (chunk) => {
      // What the proxy says by itself is not compared.
      if (status === 200) this.#comparison.add(chunk)
      if (breaksAt !== -1 && this.#comparison.bytes > breaksAt) this.#reset()
    })
  }

  /** The first call counts. */
  end(ended: boolean, more: { sum?: string | undefined; error?: string }): void {
    this.#done.resolve({
      status: this.#status,
      comparison: this.#comparison,
      ended,
      sum: more.sum,
      error: more.error,
    })
  }
}

class Http1Client implements Client {
  readonly #options: ClientOptions
  readonly #agent: http.Agent

  constructor(options: ClientOptions) {
    this.#options = options
    const pool = { keepAlive: true, maxSockets: options.connections }
    this.#agent = options.tls
      ? new https.Agent({ ...pool, rejectUnauthorized: false })
      : new http.Agent(pool)
  }

  exchange(plan: Plan): Promise<SeenResponse> {
    const { port, tls, corrupts } = this.#options
    const it = new Exchange(plan, corrupts, () => request.destroy())
    const sends = plan.request.bytes > 0 || plan.request.chunked
    const request = (tls ? https : http).request({
      port,
      host: '127.0.0.1',
      agent: this.#agent,
      method: sends ? 'POST' : 'GET',
      headers: it.headers,
    })
    const fail = ({ message }: Error): void => it.end(false, { error: message })
    request.on('error', fail)
    const closed = (): void => fail(new Error('closed'))
    request.once('close', closed)
    request.once('response', (response) => {
      request.off('close', closed)
      response.on('error', fail)
      response.once('close', closed)
      it.receive(response.statusCode ?? 0, response)
      response.once('end', () => {
        it.end(response.complete, { sum: response.trailers['x-sum'] })
      })
    })
    if (sends) request.flushHeaders()
    it.send(request, () => {
      if (plan.request.trailers) request.addTrailers({ 'x-sum': it.sum })
      request.end()
    })
    return it.seen
  }

  close(): void {
    this.#agent.destroy()
  }
}

class Http2Client implements Client {
  readonly #options: ClientOptions
  readonly #sessions: http2.ClientHttp2Session[] = []
  #turn = 0

  constructor(options: ClientOptions) {
    this.#options = options
  }

  exchange(plan: Plan): Promise<SeenResponse> {
    const { corrupts } = this.#options
    // Closed in place of destroyed, the stream may say that it has ended before it is reset.
    const it = new Exchange(plan, corrupts, () => stream.destroy(new Error('broken off')))
    const sends = plan.request.bytes > 0 || plan.request.chunked
    const stream = this.#session().request(
      { ':path': '/', ':method': sends ? 'POST' : 'GET', ...it.headers },
      { endStream: !sends, waitForTrailers: plan.request.trailers },
    )
    let sum: string | undefined
    stream.once('wantTrailers', () => stream.sendTrailers({ 'x-sum': it.sum }))
    stream.once('response', (head) => it.receive(Number(head[':status']), stream))
    stream.once('trailers', (fields) => {
      sum = fields['x-sum'] as string | undefined
    })
    stream.on('error', ({ message }) => it.end(false, { error: message }))
    // A stream that was reset ends for its reader, too.
    stream.once('end', () => {
      if (stream.rstCode === 0) it.end(true, { sum })
    })
    stream.once('close', () => it.end(false, { error: `closed by ${stream.rstCode}` }))
    if (sends) it.send(stream, () => stream.end())
    return it.seen
  }

  close(): void {
    for (const session of this.#sessions) session.destroy()
  }

  #session(): http2.ClientHttp2Session {
    this.#turn = (this.#turn + 1) % this.#options.connections
    const known = this.#sessions[this.#turn]
    if (known !== undefined && !known.closed && !known.destroyed) return known
    const { port, tls } = this.#options
    const session = http2.connect(`${tls ? 'https' : 'http'}://127.0.0.1:${port}`, {
      rejectUnauthorized: false,
    })
    session.on('error', () => undefined)
    this.#sessions[this.#turn] = session
    return session
  }
}
