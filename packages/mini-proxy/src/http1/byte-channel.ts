import type { Duplex } from 'node:stream'

/** What a channel tells the connection above it. */
export interface ChannelEvents {
  /** The chunk is the receiver's to keep. */
  onBytes(chunk: Buffer): void
  /** The peer sends no more. */
  onEnd(): void
  /** The channel is gone, and everything not written with it. Last event. */
  onClose(error: Error | undefined): void
  /** There is room again after a write returned false. */
  onWritable(): void
}

/**
 * The one place where HTTP/1 meets a socket; a faster path than Node's streams would replace this file.
 *
 * Chunks are fresh buffers, so that they can be written elsewhere without a copy. A path that reads into a buffer of its
 * own has to copy whatever a write did not take at once.
 */
export class ByteChannel {
  readonly #stream: Duplex

  constructor(stream: Duplex, events: ChannelEvents) {
    this.#stream = stream
    let error: Error | undefined
    stream.on('data', (chunk: Buffer) => events.onBytes(chunk))
    stream.on('end', () => events.onEnd())
    stream.on('drain', () => events.onWritable())
    stream.on('error', (cause: Error) => {
      error = cause
    })
    stream.on('close', () => events.onClose(error))
  }

  /** Bytes that wait to be written. */
  get queuedBytes(): number {
    return this.#stream.writableLength
  }

  /** More waits than should: `onWritable` will tell when it does not any more. */
  get full(): boolean {
    return this.#stream.writableNeedDrain
  }

  /** Writes text whose characters are bytes. False: full. */
  writeText(text: string): boolean {
    if (!this.#stream.writable) return true
    return this.#stream.write(text, 'latin1')
  }

  /** Writes text, bytes and text in one go. The bytes must not change any more. */
  writeAround(before: string, bytes: Uint8Array, after: string): boolean {
    if (!this.#stream.writable) return true
    this.#stream.cork()
    if (before !== '') this.#stream.write(before, 'latin1')
    let room = this.#stream.write(bytes)
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

  /** Sends what is queued, then the end. */
  end(): void {
    if (this.#stream.writable) this.#stream.end()
  }

  destroy(): void {
    this.#stream.destroy()
  }
}
