import type { ByteChannel } from '../channel/byte-channel.ts'
import { type AfterReads, afterReads } from '../channel/loop-turn.ts'
import type { HeaderList } from '../http/header-list.ts'

/** How the body that is being sent is delimited; `none` drops what is given. */
export type OutgoingFraming = number | 'chunked' | 'until-close' | 'none'

/** Up to so many bytes wait as one text: to copy a short body costs less than a write of its own. */
const textBytes = 16 * 1024

/**
 * Writes one message after the other to a channel. Heads and short bodies wait for the end of the event loop's turn, and so
 * become one write; what is longer goes out at once, behind what waits.
 */
export class MessageWriter implements AfterReads {
  readonly #channel: ByteChannel
  readonly #onBroken: () => void
  readonly #trailers: boolean
  #waiting = ''
  /** How much of it, at its end, is a head none of whose body was given. */
  #bareHead = 0
  #framing: OutgoingFraming = 'none'
  #left = 0

  /**
   * @param onBroken the message turned out longer or shorter than its content-length said: the connection is of no use
   * @param trailers whether trailers are sent or left out
   */
  constructor(channel: ByteChannel, onBroken: () => void, trailers: boolean) {
    this.#channel = channel
    this.#onBroken = onBroken
    this.#trailers = trailers
  }

  start(head: string, framing: OutgoingFraming, endStream: boolean): void {
    this.#framing = framing
    this.#left = typeof framing === 'number' ? framing : 0
    this.#bareHead = head.length
    this.text(head)
    if (endStream) this.#end()
  }

  /** False: stop until the channel is writable again. */
  data(chunk: Uint8Array, endStream: boolean): boolean {
    if (chunk.length === 0 || this.#framing === 'none') return endStream ? this.#end() : true
    if (typeof this.#framing === 'number' && !this.#account(chunk.length, endStream)) return true
    this.#bareHead = 0
    if (this.#framing !== 'chunked') return this.#write('', chunk, '')
    const after = endStream ? '\r\n0\r\n\r\n' : '\r\n'
    return this.#write(`${chunk.length.toString(16)}\r\n`, chunk, after)
  }

  /** Ends the message. */
  trailers(trailers: HeaderList): void {
    const isWritten = this.#framing === 'chunked' && this.#trailers
    this.#end(isWritten ? writeHeaders(trailers) : '')
  }

  /** Text that is no part of a message, or one of its own: it keeps its place. False: full. */
  text(text: string): boolean {
    if (this.#waiting === '') afterReads(this)
    this.#waiting += text
    if (this.#waiting.length > textBytes || this.#channel.full) this.flush()
    return !this.#channel.full
  }

  /** Sends what waits now. */
  flush(): void {
    this.#bareHead = 0
    if (this.#waiting !== '') this.#channel.writeText(this.#take())
  }

  onReadsDone(): void {
    this.flush()
  }

  /** Sends what waits, then the end. */
  close(): void {
    this.flush()
    this.#channel.end()
  }

  /** The message under way will not be whole: its head, if nothing followed it, is not sent at all. */
  abandon(): void {
    this.#waiting = this.#waiting.slice(0, this.#waiting.length - this.#bareHead)
    this.flush()
  }

  #write(before: string, chunk: Uint8Array, after: string): boolean {
    if (this.#waiting.length + chunk.length > textBytes) {
      return this.#channel.writeAround(this.#take() + before, chunk, after)
    }
    return this.text(before + latin1(chunk) + after)
  }

  #account(bytes: number, endStream: boolean): boolean {
    this.#left -= bytes
    if (this.#left >= 0 && (!endStream || this.#left === 0)) return true
    this.#onBroken()
    return false
  }

  #end(trailers = ''): boolean {
    if (typeof this.#framing === 'number' && this.#left > 0) {
      this.#onBroken()
      return true
    }
    this.#bareHead = 0
    return this.#framing !== 'chunked' || this.text(`0${trailers}\r\n\r\n`)
  }

  #take(): string {
    const text = this.#waiting
    this.#waiting = ''
    return text
  }
}

function latin1(bytes: Uint8Array): string {
  // Nearly always it is one; a view of it costs as much as its text.
  if (Buffer.isBuffer(bytes)) return bytes.toString('latin1')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Only this hop's codec decides these. */
function isHopHeader(name: string): boolean {
  switch (name.length) {
    case 7:
      return name === 'upgrade'
    case 10:
      return name === 'connection' || name === 'keep-alive'
    case 17:
      return name === 'transfer-encoding'
    default:
      return false
  }
}

/** Header lines, each after a line break, without those of one hop. */
export function writeHeaders(headers: HeaderList): string {
  return headers.linesBut(isHopHeader)
}
