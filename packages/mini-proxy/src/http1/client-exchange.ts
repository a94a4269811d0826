import type { ByteChannel } from '../channel/byte-channel.ts'
import type { HeaderList } from '../http/header-list.ts'
import { HeldBytes } from '../http/held-bytes.ts'
import type {
  MessageReceiver,
  MessageSender,
  RequestHead,
  ResetReason,
  ResponseHead,
} from '../http/stream.ts'
import type { MessageWriter } from './message-writer.ts'
import { writeRequestHead } from './request-head-text.ts'
import type { AnsweredRequest } from './response-parser.ts'

/** What an exchange needs of its connection. */
export interface ClientExchangeConnection {
  readonly channel: ByteChannel
  readonly writer: MessageWriter
  /** The exchange was given up: nothing more may be told of it. */
  onAbort(): void
  /** No more is sent through the tunnel. */
  onTunnelRequestEnd(exchange: ClientExchange): void
}

const nothing = new Uint8Array(0)

/** One request and its response on an upstream connection. */
export class ClientExchange implements MessageSender<RequestHead> {
  readonly #connection: ClientExchangeConnection
  readonly receiver: MessageReceiver<ResponseHead>
  /** Set once the request was sent. */
  request: AnsweredRequest | undefined
  /** The server agreed to an upgrade: the two directions end each on its own. */
  tunnel = false
  /** The head of the answer has come. */
  answered = false
  requestDone = false
  responseDone = false
  #pauses = 0
  #over = false
  /** What the client sent before the server has agreed to another protocol. */
  #early: HeldBytes | undefined
  #earlyEnd = false

  constructor(connection: ClientExchangeConnection, receiver: MessageReceiver<ResponseHead>) {
    this.#connection = connection
    this.receiver = receiver
  }

  sendHead(head: RequestHead, endStream: boolean): void {
    if (this.#over) return
    const { method, upgrade } = head
    this.request = { method, upgrade }
    this.requestDone = endStream && upgrade === undefined
    this.#earlyEnd = endStream
    const { text, framing } = writeRequestHead(head, endStream)
    this.#connection.writer.start(text, framing, endStream)
  }

  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.#over) return true
    if (this.request?.upgrade !== undefined) return this.#sendThrough(chunk, endStream)
    this.requestDone = endStream
    return this.#connection.writer.data(chunk, endStream)
  }

  sendTrailers(trailers: HeaderList): void {
    if (this.#over) return
    if (this.request?.upgrade !== undefined) {
      this.#sendThrough(nothing, true)
      return
    }
    this.requestDone = true
    this.#connection.writer.trailers(trailers)
  }

  reset(_reason: ResetReason): void {
    if (this.#over) return
    this.#over = true
    this.#connection.onAbort()
  }

  pauseReading(): void {
    this.#pauses += 1
    if (this.#pauses === 1 && !this.#over) this.#connection.channel.pause()
  }

  resumeReading(): void {
    this.#pauses -= 1
    if (this.#pauses === 0 && !this.#over) this.#connection.channel.resume()
  }

  /** The server agreed to the upgrade: what has waited for that goes out. */
  openTunnel(): void {
    this.tunnel = true
    const bytes = this.#early?.bytes ?? nothing
    if (bytes.length === 0 && !this.#earlyEnd) return
    const room = this.#sendThrough(bytes, this.#earlyEnd)
    this.#early = undefined
    if (room) this.receiver.onWritable()
  }

  /** Tells the receiver that no more comes. */
  abort(reason: ResetReason): void {
    if (this.#over) return
    this.#over = true
    if (!this.responseDone || (this.tunnel && !this.requestDone)) this.receiver.onReset(reason)
  }

  #sendThrough(chunk: Uint8Array, endStream: boolean): boolean {
    if (!this.tunnel) {
      this.#early ??= new HeldBytes()
      this.#early.append(chunk)
      this.#earlyEnd = endStream
      return false
    }
    const room = this.#connection.writer.data(chunk, endStream)
    if (!endStream) return room
    this.requestDone = true
    this.#connection.onTunnelRequestEnd(this)
    return true
  }

  /** The response is whole: the connection goes back to its pool. */
  finish(): void {
    this.#over = true
    if (this.#pauses > 0) this.#connection.channel.resume()
  }
}
