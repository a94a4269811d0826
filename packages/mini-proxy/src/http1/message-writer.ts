import type { ByteChannel } from '../channel/byte-channel.ts'
import { atTurnEnd, type Waiting } from '../channel/turn.ts'
import type { HeaderList } from '../http/header-list.ts'

/** How the body that is being sent is delimited; `none` drops what is given. */
export type OutgoingFraming = number | 'chunked' | 'until-close' | 'none'

/** Up to so many bytes a body goes out in the same string as its head: copying it costs less than a second write. */
const inlineBytes = 16 * 1024

/** Writes one message after the other to a channel: head and first piece of body as one write where it can. */
export class MessageWriter implements Waiting {
  readonly #channel: ByteChannel
  readonly #onBroken: () => void
  readonly #trailers: boolean
  /** A head that waits for its body until the end of the current turn. */
  #head = ''
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
    if (endStream) {
      this.#end(head)
      return
    }
    this.#head = head
    atTurnEnd(this)
  }

  /** False: stop until the channel is writable again. */
  data(chunk: Uint8Array, endStream: boolean): boolean {
    if (chunk.length === 0 || this.#framing === 'none') {
      if (!endStream) return true
      const head = this.#take()
      return this.#end(head)
    }
    if (typeof this.#framing === 'number' && !this.#account(chunk.length, endStream)) return true
    const chunked = this.#framing === 'chunked'
    const before = this.#take() + (chunked ? `${chunk.length.toString(16)}\r\n` : '')
    const after = chunked ? (endStream ? '\r\n0\r\n\r\n' : '\r\n') : ''
    return this.#write(before, chunk, after)
  }

  /** Ends the message. */
  trailers(trailers: HeaderList): void {
    let section = ''
    if (this.#framing === 'chunked' && this.#trailers) section = writeHeaders(trailers)
    if (this.#framing === 'chunked') this.#channel.writeText(`${this.#take()}0\r\n${section}\r\n`)
    else this.#end(this.#take())
  }

  /** Forgets a head that was not written yet. */
  abandon(): void {
    this.#head = ''
  }

  #write(before: string, chunk: Uint8Array, after: string): boolean {
    if (before.length + chunk.length > inlineBytes || (before === '' && after === '')) {
      return this.#channel.writeAround(before, chunk, after)
    }
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    return this.#channel.writeText(before + bytes.toString('latin1') + after)
  }

  #account(bytes: number, endStream: boolean): boolean {
    this.#left -= bytes
    if (this.#left >= 0 && (!endStream || this.#left === 0)) return true
    this.#onBroken()
    return false
  }

  #end(head: string): boolean {
    if (this.#framing === 'chunked') return this.#channel.writeText(`${head}0\r\n\r\n`)
    if (typeof this.#framing === 'number' && this.#left > 0) {
      this.#onBroken()
      return true
    }
    return head === '' || this.#channel.writeText(head)
  }

  #take(): string {
    const head = this.#head
    this.#head = ''
    return head
  }

  flush(): void {
    if (this.#head !== '') this.#channel.writeText(this.#take())
  }
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

/** Header lines, without those of one hop. */
export function writeHeaders(headers: HeaderList): string {
  let lines = ''
  for (let i = 0; i < headers.size; i += 1) {
    const name = headers.nameAt(i)
    if (!isHopHeader(name)) lines += `${name}: ${headers.valueAt(i)}\r\n`
  }
  return lines
}
