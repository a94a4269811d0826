import type { ByteChannel, ChannelEvents } from '../channel/byte-channel.ts'
import { awaitChannel } from '../channel/open-channel.ts'
import type { Deadlines, Expiring } from '../http/deadlines.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { UpstreamFacts } from '../http/pool.ts'
import type { MessageReceiver, ResetReason, ResponseHead } from '../http/stream.ts'
import { acceptsUpgrade } from '../http/upgrade.ts'
import type { OutgoingConnection } from '../network/connection.ts'
import { ClientExchange, type ClientExchangeConnection } from './client-exchange.ts'
import type { Http1Limits } from './http1-limits.ts'
import type { MessageParser } from './message-parser.ts'
import { MessageWriter } from './message-writer.ts'
import {
  type AnsweredRequest,
  createResponseParser,
  type ParsedResponse,
  type ResponseSink,
} from './response-parser.ts'

/** What a pool wants to know of its connections. */
export interface ClientConnectionEvents {
  onConnected(connection: Http1ClientConnection): void
  /** Ready for another request. */
  onIdle(connection: Http1ClientConnection): void
  /** `failure` is set if it never was connected. Last event. */
  onClosed(connection: Http1ClientConnection, failure: ConnectFailure | undefined): void
}

/** Why there is no connection. */
export interface ConnectFailure {
  readonly reason: ResetReason
  readonly detail: string
}

/** How a client connection behaves. Durations in milliseconds, `Infinity` for never. */
export interface ClientConnectionOptions {
  readonly connectEvent: 'connect' | 'secureConnect'
  readonly connectTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly maxRequestsPerConnection: number
  readonly deadlines: Deadlines
  readonly limits: Http1Limits
}

const nothing = Buffer.alloc(0)
/** A server that has ended a tunnel may take so long for the last that it was sent. */
const maxFlushMs = 30_000

/** A connection to an upstream host: one request at a time, reused while both sides allow it. */
export class Http1ClientConnection
  implements Expiring, ClientExchangeConnection, ChannelEvents, ResponseSink
{
  readonly channel: ByteChannel
  readonly writer: MessageWriter
  readonly socket: OutgoingConnection
  readonly #options: ClientConnectionOptions
  readonly #events: ClientConnectionEvents
  readonly #parser: MessageParser
  deadline: number
  watchedAt = -1
  #state: 'connecting' | 'idle' | 'busy' | 'closed' = 'connecting'
  #exchange: ClientExchange | undefined
  #requests = 0
  #facts: UpstreamFacts | undefined
  #failure: ConnectFailure | undefined
  #retiring = false

  constructor(
    socket: OutgoingConnection,
    options: ClientConnectionOptions,
    events: ClientConnectionEvents,
  ) {
    this.socket = socket
    this.#options = options
    this.#events = events
    this.#parser = createResponseParser(this, options.limits)
    this.channel = awaitChannel(socket, options.connectEvent, this)
    this.writer = new MessageWriter(
      this.channel,
      () => this.#abort('local-reset'),
      options.limits.trailers,
    )
    this.deadline = options.deadlines.after(options.connectTimeoutMs)
    options.deadlines.add(this)
    socket.once(options.connectEvent, () => this.#onConnected())
  }

  /** Can carry a request now. */
  get available(): boolean {
    return this.#state === 'idle' && !this.socket.destroyed
  }

  get busy(): boolean {
    return this.#state === 'busy'
  }

  get connecting(): boolean {
    return this.#state === 'connecting'
  }

  /** What the next request may know of it. The same object from the second request on. */
  get facts(): UpstreamFacts {
    if (this.#facts === undefined || this.#requests === 1) {
      const { localAddress, localPort, remoteAddress, remotePort } = this.socket
      this.#facts = {
        localAddress: `${localAddress}:${localPort}`,
        remoteAddress: `${remoteAddress}:${remotePort}`,
        reused: this.#requests > 0,
      }
    }
    return this.#facts
  }

  /** Takes the connection for one request; only when idle. */
  open(receiver: MessageReceiver<ResponseHead>): ClientExchange {
    this.#state = 'busy'
    this.deadline = Number.POSITIVE_INFINITY
    this.#requests += 1
    this.#exchange = new ClientExchange(this, receiver)
    return this.#exchange
  }

  /** Closes when the request under way is over, or now if there is none. */
  retire(): void {
    this.#retiring = true
    if (this.#state !== 'busy') this.destroy()
  }

  destroy(): void {
    this.channel.destroy()
  }

  onDeadline(): void {
    if (this.#state === 'connecting') {
      this.#failure = { reason: 'connect-timeout', detail: 'connect timeout' }
    }
    this.destroy()
  }

  onAbort(): void {
    this.#exchange = undefined
    this.writer.abandon()
    this.destroy()
  }

  onTunnelRequestEnd(exchange: ClientExchange): void {
    this.writer.close()
    if (exchange.responseDone) this.#finishTunnel(exchange)
  }

  #onConnected(): void {
    if (this.#state !== 'connecting') return
    this.#becomeIdle()
    this.#events.onConnected(this)
  }

  #becomeIdle(): void {
    this.#state = 'idle'
    this.deadline = this.#options.deadlines.after(this.#options.idleTimeoutMs)
  }

  onBytes(chunk: Buffer): void {
    const used = this.#parser.execute(chunk)
    // Bytes that belong to no response: whoever gets them next would be misled.
    if (used < chunk.length && this.#state !== 'closed') this.#retireNow()
    else if (this.#parser.done) this.#finish()
  }

  #retireNow(): void {
    this.#retiring = true
    if (this.#parser.done && this.#exchange?.responseDone === true) this.#finish()
    else this.#abort('protocol-error')
  }

  onWritable(): void {
    this.#exchange?.receiver.onWritable()
  }

  request(): AnsweredRequest | undefined {
    return this.#exchange?.request
  }

  onInterim(head: ResponseHead): void {
    this.#exchange?.receiver.onInterim?.(head)
  }

  onResponse(response: ParsedResponse): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    if (!response.keepAlive) this.#retiring = true
    exchange.answered = true
    exchange.responseDone = response.endStream
    exchange.receiver.onHead(response.head, response.endStream)
    if (acceptsUpgrade(exchange.request?.upgrade, response.head.status)) exchange.openTunnel()
  }

  onData(chunk: Buffer, endStream: boolean): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    exchange.responseDone = endStream
    exchange.receiver.onData(chunk, endStream)
  }

  onTrailers(trailers: HeaderList): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    exchange.responseDone = true
    exchange.receiver.onTrailers(trailers)
  }

  onFault(): void {
    this.#abort('protocol-error')
  }

  /** The response is whole. A request that is not yet means that the server would read the rest as another request. */
  #finish(): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.finish()
    if (this.#state !== 'busy') return
    const spent = this.#requests >= this.#options.maxRequestsPerConnection
    if (exchange?.requestDone !== true || this.#retiring || spent) {
      this.destroy()
      return
    }
    this.#parser.next()
    this.#becomeIdle()
    this.#events.onIdle(this)
  }

  onEnd(): void {
    const exchange = this.#exchange
    if (exchange?.tunnel === true) {
      exchange.responseDone = true
      exchange.receiver.onData(nothing, true)
      if (exchange.requestDone) this.#finishTunnel(exchange)
      return
    }
    if (exchange !== undefined && this.#parser.endsWithConnection) {
      this.#exchange = undefined
      exchange.responseDone = true
      exchange.receiver.onData(nothing, true)
      exchange.finish()
    }
    this.destroy()
  }

  /** Both ends have said all. What is queued still goes out. */
  #finishTunnel(exchange: ClientExchange): void {
    this.#exchange = undefined
    exchange.finish()
    this.#retiring = true
    this.deadline = this.#options.deadlines.after(maxFlushMs)
  }

  #abort(reason: ResetReason): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    this.writer.abandon()
    this.destroy()
    exchange?.abort(reason)
  }

  onClose(error: Error | undefined): void {
    const wasConnecting = this.#state === 'connecting'
    this.#state = 'closed'
    this.#parser.stop()
    this.#options.deadlines.remove(this)
    const exchange = this.#exchange
    this.#exchange = undefined
    if (wasConnecting) {
      this.#failure ??= { reason: 'connection-failure', detail: error?.message ?? 'closed' }
    }
    this.#events.onClosed(this, this.#failure)
    // As Envoy: a server that stops amid its answer breaks the protocol.
    const amidAnswer = exchange?.answered === true && !exchange.tunnel
    exchange?.abort(amidAnswer ? 'protocol-error' : 'connection-termination')
  }
}
