import type { ByteChannel, ChannelEvents } from '../channel/byte-channel.ts'
import { type ChannelSource, openChannel } from '../channel/open-channel.ts'
import type { Deadlines, Expiring } from '../http/deadlines.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { ConnectionFacts, StreamHandler } from '../http/stream.ts'
import type { Connection } from '../network/connection.ts'
import type { IdleConnections } from '../network/network-filter.ts'
import { reductionMs } from '../overload/timeout-floors.ts'
import { errorReply } from './error-reply.ts'
import { fault, type Http1Fault, overloaded } from './http1-fault.ts'
import { defaultHttp1Limits, type Http1Limits } from './http1-limits.ts'
import type { MessageParser } from './message-parser.ts'
import { MessageWriter } from './message-writer.ts'
import {
  createRequestParser,
  type ParsedRequest,
  type RequestParserOptions,
  type RequestSink,
} from './request-parser.ts'
import { type ExchangeConnection, ServerExchange } from './server-exchange.ts'

/** How a server connection behaves. Durations in milliseconds, `Infinity` for never. */
export interface ServerConnectionOptions extends RequestParserOptions {
  readonly onStream: StreamHandler
  readonly deadlines: Deadlines
  /** Without a request for so long the connection is closed. Envoy: common_http_protocol_options.idle_timeout. */
  readonly idleTimeoutMs: number
  /** What that comes to under full pressure. Default: the same. */
  readonly leastIdleMs?: number
  /** From the first byte of a head to its last; then 408. Envoy: request_headers_timeout. */
  readonly requestHeadersTimeoutMs: number
  /** How long a closing connection waits for the client to take more of what is queued, or to close too. Envoy: delayed_close_timeout. */
  readonly delayedCloseTimeoutMs: number
  readonly maxRequests: number
  /** Leave `Expect: 100-continue` to the upstream. Envoy: proxy_100_continue. */
  readonly proxyContinue: boolean
  /** Server header of replies to what is no request; undefined for none. */
  readonly serverName: string | undefined
  /** Asked with all that comes: whether it is not to be read. Undefined: it is. */
  readonly sheds?: (() => boolean) | undefined
  /** A connection sent what is no request. `begun`: in the body of one whose stream hears of it too. */
  onFault?(fault: Http1Fault, begun: boolean, connection: ConnectionFacts): void
}

const nothing = Buffer.alloc(0)

/** One client connection: requests in order, one at a time; what is sent ahead waits, bounded, until its turn. */
export class Http1ServerConnection
  implements Expiring, ExchangeConnection, ChannelEvents, RequestSink
{
  readonly channel: ByteChannel
  readonly writer: MessageWriter
  readonly #options: ServerConnectionOptions
  readonly #facts: ConnectionFacts
  readonly #onClosed: (() => void) | undefined
  readonly #parser: MessageParser
  deadline: number
  watchedAt = -1
  placeInBag = -1
  #exchange: ServerExchange | undefined
  /** Bytes of requests whose turn has not come. */
  #ahead: Buffer | undefined
  #requests = 0
  #pumping = false
  #draining = false
  #closesWhenIdle = false
  /** Bytes that waited when a closing connection was last looked at. */
  #queued = 0
  #state: 'open' | 'closing' | 'closed' = 'open'

  constructor(
    socket: Connection | ChannelSource,
    facts: ConnectionFacts,
    options: ServerConnectionOptions,
    onClosed?: () => void,
  ) {
    const limits: Http1Limits = options.limits ?? defaultHttp1Limits
    this.#options = options
    this.#onClosed = onClosed
    this.#facts = facts
    this.#parser = createRequestParser(this, options)
    this.channel = openChannel(socket, this)
    this.writer = new MessageWriter(this.channel, () => this.onAbort(), limits.trailers)
    this.deadline = options.deadlines.after(options.idleTimeoutMs)
    options.deadlines.add(this)
  }

  /**
   * The answer that begins next is the last. With `wait`, a client that was promised a further request by an answer under
   * way may send it; with `close`, what is idle ends now.
   */
  drain(idle: IdleConnections): void {
    this.#draining = true
    this.#closesWhenIdle = idle === 'close'
    if (this.#closesWhenIdle && this.#exchange === undefined && this.#parser.idle) this.#close()
  }

  /** Ends the connection now. Answers that are whole, and wait for the end of the turn, go out before. */
  destroy(): void {
    this.writer.abandon()
    this.channel.destroy()
  }

  hurry(share: number, now: number): void {
    if (this.#state !== 'open' || this.#exchange !== undefined || !this.#parser.idle) return
    const { idleTimeoutMs, leastIdleMs = idleTimeoutMs } = this.#options
    if (this.deadline - reductionMs(idleTimeoutMs, leastIdleMs, share) <= now) this.deadline = now
  }

  onDeadline(): void {
    if (this.#state !== 'open') this.#stopWaiting()
    else if (this.#exchange === undefined && !this.#parser.idle) {
      this.onFault(fault('request header timeout', 408))
    } else if (this.#exchange === undefined) this.#close()
  }

  mayKeepAlive(): boolean {
    return !this.#draining && this.#requests < this.#options.maxRequests
  }

  pauseReading(): void {
    this.channel.pause()
  }

  resumeReading(): void {
    if (this.#ahead === undefined) this.channel.resume()
  }

  onResponseEnd(exchange: ServerExchange): void {
    if (exchange.tunnel && !exchange.requestDone) this.writer.close()
    else if (!(exchange.keepAlive && exchange.requestDone) || this.#closesWhenIdle) this.#close()
    else if (!this.#pumping) this.#pump(this.#takeAhead())
  }

  onAbort(): void {
    this.destroy()
  }

  onBytes(chunk: Buffer): void {
    if (this.#state !== 'open') return
    if (this.#options.sheds?.()) {
      // A request that was answered is not the one that this belongs to.
      this.#nextTurn()
      this.onFault(overloaded)
      return
    }
    this.#pump(this.#ahead === undefined ? chunk : Buffer.concat([this.#takeAhead(), chunk]))
  }

  #pump(bytes: Buffer): void {
    if (this.#state !== 'open') return
    this.#pumping = true
    let rest = bytes
    while (this.#nextTurn() && rest.length > 0) {
      const used = this.#parser.execute(rest)
      rest = used === rest.length ? nothing : rest.subarray(used)
      if (this.#parser.idle === false && this.#exchange === undefined) this.#startHeadTimeout()
    }
    this.#pumping = false
    if (rest.length > 0 && this.#state === 'open') {
      // The chunk is the channel's; what waits is a copy.
      this.#ahead = Buffer.from(rest)
      this.channel.pause()
    }
  }

  /**
   * Whether the parser may go on: within the current request, or with the next one. A client that sends requests and does
   * not take the answers waits.
   */
  #nextTurn(): boolean {
    if (this.#state !== 'open') return false
    const exchange = this.#exchange
    if (exchange === undefined) return !(this.#parser.idle && this.channel.full)
    if (!exchange.requestDone) return true
    if (!exchange.responseDone) return false
    this.#exchange = undefined
    this.#parser.next()
    this.deadline = this.#options.deadlines.after(this.#options.idleTimeoutMs)
    return !this.channel.full
  }

  onWritable(): void {
    this.#exchange?.receiver?.onWritable()
    if (this.#exchange === undefined && !this.#pumping) this.#pump(this.#takeAhead())
  }

  #takeAhead(): Buffer {
    const ahead = this.#ahead ?? nothing
    if (this.#ahead !== undefined) this.channel.resume()
    this.#ahead = undefined
    return ahead
  }

  #startHeadTimeout(): void {
    if (this.#headStarted) return
    this.#headStarted = true
    this.deadline = this.#options.deadlines.after(this.#options.requestHeadersTimeoutMs)
  }
  #headStarted = false

  onRequest(request: ParsedRequest): void {
    this.#headStarted = false
    this.deadline = Number.POSITIVE_INFINITY
    this.#requests += 1
    const exchange = new ServerExchange(this, request)
    this.#exchange = exchange
    const proxied = this.#options.proxyContinue && request.expectContinue
    if (proxied) request.head.headers.append('expect', '100-continue')
    exchange.receiver = this.#options.onStream(exchange, this.#facts)
    exchange.receiver.onHead(request.head, request.endStream)
    if (!proxied) exchange.sendContinue()
  }

  onData(chunk: Buffer, endStream: boolean): void {
    const exchange = this.#exchange
    if (exchange === undefined || this.#state !== 'open') return
    if (endStream) exchange.requestDone = true
    if (!exchange.responseDone || exchange.tunnel) exchange.receiver?.onData(chunk, endStream)
  }

  onTrailers(trailers: HeaderList): void {
    const exchange = this.#exchange
    if (exchange === undefined || this.#state !== 'open') return
    exchange.requestDone = true
    if (!exchange.responseDone) exchange.receiver?.onTrailers(trailers)
  }

  onFault(why: Http1Fault): void {
    const exchange = this.#exchange
    this.#options.onFault?.(why, exchange !== undefined, this.#facts)
    const canReply = exchange === undefined || !exchange.responseStarted
    exchange?.abort('protocol-error')
    if (!canReply) {
      this.destroy()
      return
    }
    this.writer.text(errorReply(why, this.#options.serverName))
    this.#close()
  }

  onEnd(): void {
    const exchange = this.#exchange
    if (this.#state === 'open' && exchange === undefined) this.#close()
    else if (this.#state === 'open' && exchange?.tunnel === true) this.#endTunnelRequest(exchange)
    // As Envoy: a client that stops sending before it has its answer has gone away.
    else this.destroy()
  }

  #endTunnelRequest(exchange: ServerExchange): void {
    exchange.endTunnelRequest()
    if (exchange.responseDone) this.#close()
  }

  /** Sends what is queued and waits a little for the client: to close at once could destroy the answer on its way. */
  #close(): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#parser.stop()
    this.deadline = this.#options.deadlines.after(this.#options.delayedCloseTimeoutMs)
    this.#queued = this.channel.queuedBytes
    this.channel.resume()
    this.writer.close()
  }

  /** A client that is slow but takes the answer piece by piece gets all of it. */
  #stopWaiting(): void {
    const queued = this.channel.queuedBytes
    if (queued >= this.#queued) this.destroy()
    else this.deadline = this.#options.deadlines.after(this.#options.delayedCloseTimeoutMs)
    this.#queued = queued
  }

  onClose(): void {
    this.#state = 'closed'
    this.#parser.stop()
    this.#options.deadlines.remove(this)
    this.#exchange?.abort('connection-termination')
    this.#exchange = undefined
    this.#onClosed?.()
  }
}
