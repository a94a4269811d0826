import type { Timers } from '../ambient.ts'
import type { ByteChannel, ChannelEvents } from '../channel/byte-channel.ts'
import { openChannel } from '../channel/open-channel.ts'
import { sharedReadSlab } from '../channel/slabs.ts'
import type { Connection } from '../network/connection.ts'

/** Told of a relay's progress. */
export interface RelayOptions {
  /** Both ends are closed once nothing has moved for so long. `Infinity`: never. */
  readonly idleTimeoutMs: number
  readonly timers: Timers
  /** Bytes taken from the first end. */
  onForward(bytes: number): void
  /** Bytes taken from the second end. */
  onBackward(bytes: number): void
}

/**
 * Joins two connections: what one end says the other hears, with back-pressure, and an end that has said all is
 * half-closed while the other goes on. When one breaks, the other is closed once it has what was sent before.
 *
 * Both are established. On the fast path no connection has memory of its own while nothing waits to be written: all read
 * into one large slab, so that a flow that turns out to be bulk needs few reads, and a short one nothing at all.
 */
export function relay(first: Connection, second: Connection, options: RelayOptions): void {
  void new Relay(first, second, options)
}

/** Twice as much as the shared one halves the reads; more gains nothing. */
const bulkSlabBytes = 256 * 1024

class Relay {
  readonly #options: RelayOptions
  readonly #front: End
  readonly #back: End
  /** The timer outlives the first to close: the other may be stuck with bytes that nobody takes. */
  #open = 2
  #timer: unknown
  #touched = false

  constructor(first: Connection, second: Connection, options: RelayOptions) {
    this.#options = options
    if (Number.isFinite(options.idleTimeoutMs)) this.#arm()
    this.#front = new End(this, first)
    this.#back = new End(this, second)
    this.#front.join(this.#back)
    this.#back.join(this.#front)
  }

  onMoved(from: End, bytes: number): void {
    this.#touched = true
    if (from === this.#front) this.#options.onForward(bytes)
    else this.#options.onBackward(bytes)
  }

  onClosed(): void {
    this.#open--
    if (this.#open > 0 || this.#timer === undefined) return
    this.#options.timers.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** One timer for many bytes: it looks back when it fires, rather than being moved by every one. */
  #arm(): void {
    const { timers, idleTimeoutMs } = this.#options
    this.#touched = false
    this.#timer = timers.setTimeout(() => this.#look(), idleTimeoutMs)
  }

  #look(): void {
    if (this.#touched) this.#arm()
    else {
      this.#front.destroy()
      this.#back.destroy()
    }
  }
}

/** One of the two connections. */
class End implements ChannelEvents {
  readonly #relay: Relay
  readonly #connection: Connection
  #channel: ByteChannel | undefined
  #other: End | undefined
  #hasSlab = false

  constructor(relay: Relay, connection: Connection) {
    this.#relay = relay
    this.#connection = connection
  }

  /** Undefined until it is joined. */
  get channel(): ByteChannel | undefined {
    return this.#channel
  }

  join(other: End): void {
    this.#other = other
    this.#channel = openChannel(this.#connection, this)
  }

  destroy(): void {
    this.#connection.destroy()
  }

  onBytes(chunk: Buffer): void {
    const to = this.#other?.channel
    if (to === undefined) return
    this.#relay.onMoved(this, chunk.length)
    if (!this.#passOn(chunk, to)) this.#channel?.pause()
  }

  onEnd(): void {
    this.#other?.channel?.end()
  }

  onWritable(): void {
    this.#other?.channel?.resume()
  }

  /** A half-closed end that nobody answers any more ends itself; one that was cut short is cut after its last byte. */
  onClose(): void {
    this.#other?.channel?.finish()
    this.#relay.onClosed()
  }

  /**
   * Writes what was read here. A flow that fills the slab which all share gets one of its own: then nothing is copied, as
   * nobody reads into it while a write still points there.
   */
  #passOn(chunk: Buffer, to: ByteChannel): boolean {
    if (this.#hasSlab && to.writeLent !== undefined) return to.writeLent(chunk)
    if (this.#channel?.readInto !== undefined && chunk.length >= sharedReadSlab().length) {
      this.#hasSlab = true
      this.#channel.readInto(Buffer.allocUnsafeSlow(bulkSlabBytes))
    }
    return to.writeAround('', chunk, '')
  }
}
