import type { Duplex } from 'node:stream'
import type { Timers } from '../ambient.ts'
import type { ByteChannel, ChannelEvents } from '../channel/byte-channel.ts'
import { openChannel } from '../channel/open-channel.ts'
import { sharedReadSlab } from '../channel/slabs.ts'

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
export function relay(first: Duplex, second: Duplex, options: RelayOptions): void {
  void new Relay(first, second, options)
}

class Relay {
  readonly #idle: IdleTimer
  /** The timer outlives the first to close: the other may be stuck with bytes that nobody takes. */
  #open = 2

  constructor(first: Duplex, second: Duplex, options: RelayOptions) {
    this.#idle = idleTimer(options, () => {
      first.destroy()
      second.destroy()
    })
    const front = new End(first)
    const back = new End(second)
    front.open(this.#events(front, back, options.onForward))
    back.open(this.#events(back, front, options.onBackward))
  }

  #events(from: End, to: End, count: (bytes: number) => void): ChannelEvents {
    return {
      onBytes: (chunk) => {
        this.#idle.touch()
        count(chunk.length)
        if (!from.passOn(chunk, to.channel)) from.channel.pause()
      },
      onEnd: () => to.channel.end(),
      onWritable: () => to.channel.resume(),
      onClose: () => {
        to.endAfterFlush()
        this.#open--
        if (this.#open === 0) this.#idle.stop()
      },
    }
  }
}

/** Twice as much as the shared one halves the reads; more gains nothing. */
const bulkSlabBytes = 256 * 1024

/** One of the two connections. */
class End {
  readonly #stream: Duplex
  #channel: ByteChannel | undefined
  #hasSlab = false

  constructor(stream: Duplex) {
    this.#stream = stream
  }

  get channel(): ByteChannel {
    if (this.#channel === undefined) throw new Error('the end is not open yet')
    return this.#channel
  }

  open(events: ChannelEvents): void {
    this.#channel = openChannel(this.#stream, events)
  }

  /**
   * Writes what was read here. A flow that fills the slab which all share gets one of its own: then nothing is copied, as
   * nobody reads into it while a write still points there.
   */
  passOn(chunk: Buffer, to: ByteChannel): boolean {
    if (this.#hasSlab && to.writeLent !== undefined) return to.writeLent(chunk)
    if (this.channel.readInto !== undefined && chunk.length >= sharedReadSlab().length) {
      this.#hasSlab = true
      this.channel.readInto(Buffer.allocUnsafeSlow(bulkSlabBytes))
    }
    return to.writeAround('', chunk, '')
  }

  /** A half-closed socket that nobody answers any more ends itself; one that was cut short is cut after its last byte. */
  endAfterFlush(): void {
    const stream = this.#stream
    if (stream.destroyed) return
    if (stream.writableFinished) {
      stream.destroy()
      return
    }
    stream.once('finish', () => stream.destroy())
    this.channel.end()
  }
}

interface IdleTimer {
  touch(): void
  stop(): void
}

/** One timer for many touches: it looks back when it fires, rather than being moved by every byte. */
function idleTimer(options: RelayOptions, onIdle: () => void): IdleTimer {
  const { idleTimeoutMs, timers } = options
  let touched = false
  let timer: unknown
  const arm = (): void => {
    touched = false
    timer = timers.setTimeout(() => (touched ? arm() : onIdle()), idleTimeoutMs)
  }
  if (Number.isFinite(idleTimeoutMs)) arm()
  return {
    touch: () => {
      touched = true
    },
    stop: () => {
      if (timer !== undefined) timers.clearTimeout(timer)
      timer = undefined
    },
  }
}
