import type { Duplex } from 'node:stream'
import type { ByteChannel, ChannelEvents } from './byte-channel.ts'
import { finishStream } from './finish-stream.ts'
import { inTurn } from './turn.ts'

/** Memory of the chunk that is being taken: Node made it for this read alone, so that a write may keep it. */
let fresh: ArrayBufferLike | undefined

/** A channel over any duplex stream, by the public API of Node alone. */
export class PortableChannel implements ByteChannel {
  readonly #stream: Duplex
  readonly #events: ChannelEvents

  constructor(stream: Duplex, events: ChannelEvents) {
    this.#stream = stream
    this.#events = events
    let error: Error | undefined
    const take = (chunk: Buffer): void => this.#take(chunk)
    stream.on('data', (chunk: Buffer) => inTurn(take, chunk))
    stream.on('end', () => events.onEnd())
    stream.on('drain', () => events.onWritable())
    stream.on('error', (cause: Error) => {
      error = cause
    })
    stream.on('close', () => events.onClose(error))
  }

  get queuedBytes(): number {
    return this.#stream.writableLength
  }

  get full(): boolean {
    return this.#stream.writableNeedDrain
  }

  writeText(text: string): boolean {
    if (!this.#stream.writable) return true
    return this.#stream.write(text, 'latin1')
  }

  writeAround(before: string, bytes: Uint8Array, after: string): boolean {
    if (!this.#stream.writable) return true
    const kept = bytes.buffer === fresh ? bytes : Buffer.from(bytes)
    if (before === '' && after === '') return this.#stream.write(kept)
    this.#stream.cork()
    if (before !== '') this.#stream.write(before, 'latin1')
    let room = this.#stream.write(kept)
    if (after !== '') room = this.#stream.write(after, 'latin1')
    this.#stream.uncork()
    return room
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  end(): void {
    if (this.#stream.writable) this.#stream.end()
  }

  finish(): void {
    finishStream(this.#stream, () => this.end())
  }

  destroy(): void {
    this.#stream.destroy()
  }

  #take(chunk: Buffer): void {
    fresh = chunk.buffer
    this.#events.onBytes(chunk)
    fresh = undefined
  }
}
