import type { ByteChannel } from '../channel/byte-channel.ts'
import { type AfterReads, afterReads } from '../channel/loop-turn.ts'
import { ByteWriter } from '../hpack/byte-writer.ts'

/** How many frames may wait for the peer to read them. */
export interface OutboxLimits {
  readonly maxOutboundFrames: number
  readonly maxOutboundControlFrames: number
}

/** The frames that go out in this turn of the event loop, as one write. */
export class Outbox implements AfterReads {
  readonly writer: ByteWriter = new ByteWriter(initialBytes)
  readonly #channel: ByteChannel
  readonly #limits: OutboxLimits
  readonly #onFlood: (kind: 'frames' | 'control frames') => void
  /** Since the peer had last read everything. */
  #frames = 0
  #controlFrames = 0
  #announced = false
  #closed = false

  /** @param onFlood the peer makes this side write frames, and does not read them */
  constructor(
    channel: ByteChannel,
    limits: OutboxLimits,
    onFlood: (kind: 'frames' | 'control frames') => void,
  ) {
    this.#channel = channel
    this.#limits = limits
    this.#onFlood = onFlood
  }

  /** The peer should read before it is sent more. */
  get full(): boolean {
    return this.#channel.full
  }

  /** A frame was appended to the writer. */
  wrote(): void {
    this.#announce()
    this.#frames += 1
    if (this.#frames > this.#limits.maxOutboundFrames) this.#check('frames')
    if (this.writer.length >= writeBytes) this.flush()
  }

  /** The same, of a frame that the peer can make this side write. */
  wroteControl(): void {
    this.#announce()
    this.#controlFrames += 1
    if (this.#controlFrames > this.#limits.maxOutboundControlFrames) this.#check('control frames')
    this.wrote()
  }

  /** Writes what there is. */
  flush(): void {
    const { writer } = this
    if (writer.length === 0 || this.#closed) return
    this.#channel.writeAround('', writer.bytes.subarray(0, writer.length), '')
    if (writer.bytes.length <= keptBytes) writer.clear()
    else writer.take(initialBytes)
    if (this.#channel.queuedBytes === 0) this.#emptied()
  }

  onReadsDone(): void {
    this.#announced = false
    this.flush()
  }

  /** The channel took everything that waited. */
  onWritable(): void {
    this.#emptied()
  }

  /** Nothing more is written. */
  close(): void {
    this.flush()
    this.#closed = true
  }

  /** Of the first frame in a turn: nothing else is in the writer then. */
  #announce(): void {
    if (this.#announced) return
    this.#announced = true
    afterReads(this)
    // The writes of earlier turns may have lasted, as in TLS each does, and nobody says when they are over.
    if (this.#channel.queuedBytes === 0) this.#emptied()
  }

  #emptied(): void {
    this.#frames = 0
    this.#controlFrames = 0
  }

  #check(kind: 'frames' | 'control frames'): void {
    this.flush()
    if (this.#channel.queuedBytes > 0 && !this.#closed) this.#onFlood(kind)
  }
}

const initialBytes = 4096
/** What a write should not be much more than. */
const writeBytes = 65_536
/** Memory that a connection keeps for the next turn. */
const keptBytes = 131_072
