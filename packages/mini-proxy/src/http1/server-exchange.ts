import type { ByteChannel } from '../channel/byte-channel.ts'
import type { HeaderList } from '../http/header-list.ts'
import type {
  MessageReceiver,
  MessageSender,
  RequestHead,
  ResetReason,
  ResponseHead,
} from '../http/stream.ts'
import { acceptsUpgrade } from '../http/upgrade.ts'
import type { MessageWriter } from './message-writer.ts'
import type { ParsedRequest } from './request-parser.ts'
import { writeInterimHead, writeResponseHead, writeTunnelHead } from './response-head-text.ts'

const nothing = new Uint8Array(0)

/** What an exchange needs of its connection. */
export interface ExchangeConnection {
  readonly channel: ByteChannel
  readonly writer: MessageWriter
  /** Whether the connection may stay open after this exchange; asked when the response begins. */
  mayKeepAlive(): boolean
  /** The response is whole. */
  onResponseEnd(exchange: ServerExchange): void
  /** The response cannot be finished. */
  onAbort(): void
  /** Something was sent or read. */
  pauseReading(): void
  resumeReading(): void
}

/** One request and its response on a server connection; the sender that filters answer through. */
export class ServerExchange implements MessageSender<ResponseHead> {
  readonly #connection: ExchangeConnection
  readonly #head: RequestHead
  readonly #clientKeepsAlive: boolean
  /** Set by the connection once the handler gave it. */
  receiver: MessageReceiver<RequestHead> | undefined
  requestDone: boolean
  responseStarted = false
  responseDone = false
  keepAlive = false
  /** The response made a tunnel of the connection: its two directions end each on its own. */
  tunnel = false
  /** The client waits for `100 Continue`. */
  #continueWanted: boolean
  #pauses = 0
  #over = false

  constructor(connection: ExchangeConnection, request: ParsedRequest) {
    this.#connection = connection
    this.#head = request.head
    // Whatever follows a refused upgrade is no HTTP.
    this.#clientKeepsAlive = request.keepAlive && request.head.upgrade === undefined
    this.#continueWanted = request.expectContinue
    this.requestDone = request.endStream
  }

  /** Asks for the body, unless the response says already that it is not wanted. */
  sendContinue(): void {
    if (!this.#continueWanted || this.responseStarted || this.#over) return
    this.#continueWanted = false
    this.#connection.writer.text('HTTP/1.1 100 Continue\r\n\r\n')
  }

  sendInterim(head: ResponseHead): void {
    if (this.#over || this.responseStarted || this.#head.version === '1.0') return
    if (head.status === 100) this.#continueWanted = false
    this.#connection.writer.text(writeInterimHead(head))
  }

  sendHead(head: ResponseHead, endStream: boolean): void {
    if (this.#over || this.responseStarted) return
    this.responseStarted = true
    if (acceptsUpgrade(this.#head.upgrade, head.status)) {
      this.#openTunnel(head, endStream)
      return
    }
    const canReuse = this.requestDone || !(endStream || this.#continueWanted)
    const { text, framing, keepAlive } = writeResponseHead(head, endStream, {
      method: this.#head.method,
      version: this.#head.version === '1.0' ? '1.0' : '1.1',
      keepAlive: canReuse && this.#clientKeepsAlive && this.#connection.mayKeepAlive(),
    })
    this.keepAlive = keepAlive
    this.#connection.writer.start(text, framing, endStream)
    if (endStream) this.#end()
  }

  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.#over || !this.responseStarted || this.responseDone) return true
    const room = this.#connection.writer.data(chunk, endStream)
    if (endStream) this.#end()
    return room
  }

  sendTrailers(trailers: HeaderList): void {
    if (this.#over || !this.responseStarted) return
    this.#connection.writer.trailers(trailers)
    this.#end()
  }

  reset(_reason: ResetReason): void {
    if (this.#over) return
    this.#over = true
    this.#connection.onAbort()
  }

  pauseReading(): void {
    this.#pauses += 1
    if (this.#pauses === 1 && !this.#over) this.#connection.pauseReading()
  }

  resumeReading(): void {
    this.#pauses -= 1
    if (this.#pauses === 0 && !this.#over) this.#connection.resumeReading()
  }

  /** The connection is gone or of no use; tells the receiver. */
  abort(reason: ResetReason): void {
    if (this.#over) return
    this.#over = true
    this.receiver?.onReset(reason)
  }

  /** The client has sent all it will through the tunnel. */
  endTunnelRequest(): void {
    this.requestDone = true
    if (this.responseDone) this.#over = true
    this.receiver?.onData(nothing, true)
  }

  #openTunnel(head: ResponseHead, endStream: boolean): void {
    this.tunnel = true
    const text = writeTunnelHead(head, this.#head.upgrade ?? '')
    this.#connection.writer.start(text, 'until-close', endStream)
    if (endStream) this.#end()
  }

  #end(): void {
    this.#over = this.requestDone || !this.tunnel
    this.responseDone = true
    if (this.#over && this.#pauses > 0) this.#connection.resumeReading()
    this.#connection.onResponseEnd(this)
  }
}
