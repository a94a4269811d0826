import type { ByteChannel, ChannelEvents } from '../../src/channel/byte-channel.ts'

/** A channel without a socket: what the peer says is given to it, what the codec writes is kept. */
export class MemoryChannel implements ByteChannel {
  readonly queuedBytes = 0
  readonly full = false
  #events: ChannelEvents | undefined
  #written: Buffer[] = []
  #closed = false

  attach(events: ChannelEvents): ByteChannel {
    this.#events = events
    return this
  }

  /** Everything that was written. */
  get written(): Buffer {
    return Buffer.concat(this.#written)
  }

  /** The peer's bytes arrive; they are spoilt afterwards, so that whoever keeps them is found out. */
  give(bytes: Buffer): void {
    if (this.#closed) return
    const chunk = Buffer.from(bytes)
    this.#events?.onBytes(chunk)
    chunk.fill(0xa5)
  }

  writeText(text: string): boolean {
    this.#written.push(Buffer.from(text, 'latin1'))
    return true
  }

  writeAround(before: string, bytes: Uint8Array, after: string): boolean {
    this.#written.push(
      Buffer.from(before, 'latin1'),
      Buffer.from(bytes),
      Buffer.from(after, 'latin1'),
    )
    return true
  }

  pause(): void {}

  resume(): void {}

  end(): void {}

  finish(): void {
    this.destroy()
  }

  destroy(): void {
    if (this.#closed) return
    this.#closed = true
    queueMicrotask(() => this.#events?.onClose(undefined))
  }
}
