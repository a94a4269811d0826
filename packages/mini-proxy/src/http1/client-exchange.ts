import type { HeaderList } from '../http/header-list.ts'
import type {
  MessageReceiver,
  MessageSender,
  RequestHead,
  ResetReason,
  ResponseHead,
} from '../http/stream.ts'
import type { ByteChannel } from './byte-channel.ts'
import type { MessageWriter } from './message-writer.ts'
import { writeRequestHead } from './request-head-text.ts'

/** What an exchange needs of its connection. */
export interface ClientExchangeConnection {
  readonly channel: ByteChannel
  readonly writer: MessageWriter
  /** The exchange was given up: nothing more may be told of it. */
  onAbort(): void
}

/** One request and its response on an upstream connection. */
export class ClientExchange implements MessageSender<RequestHead> {
  readonly #connection: ClientExchangeConnection
  readonly receiver: MessageReceiver<ResponseHead>
  method: string | undefined
  requestDone = false
  responseDone = false
  #pauses = 0
  #over = false

  constructor(connection: ClientExchangeConnection, receiver: MessageReceiver<ResponseHead>) {
    this.#connection = connection
    this.receiver = receiver
  }

  sendHead(head: RequestHead, endStream: boolean): void {
    if (this.#over) return
    this.method = head.method
    this.requestDone = endStream
    const { text, framing } = writeRequestHead(head, endStream)
    this.#connection.writer.start(text, framing, endStream)
  }

  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.#over) return true
    this.requestDone = endStream
    return this.#connection.writer.data(chunk, endStream)
  }

  sendTrailers(trailers: HeaderList): void {
    if (this.#over) return
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

  /** Tells the receiver that no more comes. */
  abort(reason: ResetReason): void {
    if (this.#over) return
    this.#over = true
    if (!this.responseDone) this.receiver.onReset(reason)
  }

  /** The response is whole: the connection goes back to its pool. */
  finish(): void {
    this.#over = true
    if (this.#pauses > 0) this.#connection.channel.resume()
  }
}
