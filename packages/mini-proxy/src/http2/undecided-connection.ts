import type { Bagged } from '../bag.ts'
import type { ByteChannel, ChannelEvents } from '../channel/byte-channel.ts'
import { type ChannelSource, openChannel } from '../channel/open-channel.ts'
import type { Deadlines, Expiring } from '../http/deadlines.ts'
import type { ConnectionFacts } from '../http/stream.ts'
import type { Connection } from '../network/connection.ts'
import type { HeavyStream, IdleConnections } from '../network/network-filter.ts'
import { reductionMs } from '../overload/timeout-floors.ts'
import { clientPreface } from './frame-format.ts'

/** A client connection of any version. */
export interface ServerConnection extends Bagged {
  drain(idle: IdleConnections): void
  destroy(): void
  /** Streams that hold at least so much, where there can be more than one. */
  heavyStreams?(leastBytes: number): Iterable<HeavyStream>
}

/** What becomes of a connection that has not said yet what it speaks. */
export interface UndecidedOptions {
  readonly deadlines: Deadlines
  /** Without a byte for so long the connection is closed. */
  readonly idleTimeoutMs: number
  /** What that comes to under full pressure. */
  readonly leastIdleMs: number
  /** From the first byte to enough of them. */
  readonly requestHeadersTimeoutMs: number
  /** Asked once it has said: whether it is closed instead. */
  readonly sheds: () => boolean
  /** Goes on with the connection, whose first bytes come again. */
  open(version: 1 | 2, source: ChannelSource, facts: ConnectionFacts): ServerConnection
  /** It has closed, whatever it spoke. */
  onClose(connection: ServerConnection): void
}

const preface = Buffer.from(clientPreface, 'latin1')
const nothing = Buffer.alloc(0)

/** A connection whose first bytes tell whether it speaks HTTP/2, by its preface, or HTTP/1. */
export class UndecidedConnection
  implements Expiring, ServerConnection, ChannelSource, ChannelEvents
{
  readonly #options: UndecidedOptions
  readonly #facts: ConnectionFacts
  readonly #channel: ByteChannel
  readonly #known: 1 | 2 | undefined
  /** Of the connection that has taken over. */
  #events: ChannelEvents | undefined
  deadline: number
  watchedAt = -1
  placeInBag = -1
  #bytes: Buffer = nothing
  #inner: ServerConnection | undefined
  #draining: IdleConnections | undefined

  /** `known`: what it speaks as soon as it speaks. */
  constructor(
    socket: Connection,
    facts: ConnectionFacts,
    options: UndecidedOptions,
    known?: 1 | 2,
  ) {
    this.#options = options
    this.#facts = facts
    this.#known = known
    this.deadline = options.deadlines.after(options.idleTimeoutMs)
    options.deadlines.add(this)
    this.#channel = openChannel(socket, this)
  }

  attach(events: ChannelEvents): ByteChannel {
    this.#events = events
    return this.#channel
  }

  onBytes(chunk: Buffer): void {
    if (this.#events === undefined) this.#read(chunk)
    else this.#events.onBytes(chunk)
  }

  onEnd(): void {
    if (this.#events === undefined) this.#channel.destroy()
    else this.#events.onEnd()
  }

  onWritable(): void {
    this.#events?.onWritable()
  }

  onClose(error: Error | undefined): void {
    if (this.#events === undefined) this.#options.deadlines.remove(this)
    else this.#events.onClose(error)
    this.#options.onClose(this)
  }

  drain(idle: IdleConnections): void {
    this.#draining = idle
    if (this.#inner !== undefined) this.#inner.drain(idle)
    else if (idle === 'close') this.#channel.destroy()
  }

  destroy(): void {
    if (this.#inner === undefined) this.#channel.destroy()
    else this.#inner.destroy()
  }

  heavyStreams(leastBytes: number): Iterable<HeavyStream> {
    return this.#inner?.heavyStreams?.(leastBytes) ?? []
  }

  hurry(share: number, now: number): void {
    if (this.#bytes.length > 0) return
    const { idleTimeoutMs, leastIdleMs } = this.#options
    if (this.deadline - reductionMs(idleTimeoutMs, leastIdleMs, share) <= now) this.deadline = now
  }

  onDeadline(): void {
    this.#channel.destroy()
  }

  #read(chunk: Buffer): void {
    if (this.#known !== undefined) {
      this.#decide(this.#known, chunk)
      return
    }
    const bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    const length = Math.min(bytes.length, preface.length)
    const alike = bytes.compare(preface, 0, length, 0, length) === 0
    if (alike && length < preface.length) {
      if (this.#bytes.length === 0) {
        const { deadlines, requestHeadersTimeoutMs } = this.#options
        this.deadline = deadlines.after(requestHeadersTimeoutMs)
      }
      this.#bytes = Buffer.from(bytes)
    } else this.#decide(alike ? 2 : 1, bytes)
  }

  #decide(version: 1 | 2, bytes: Buffer): void {
    this.#options.deadlines.remove(this)
    this.#bytes = nothing
    if (this.#options.sheds()) {
      this.#channel.destroy()
      return
    }
    this.#inner = this.#options.open(version, this, this.#facts)
    if (this.#draining !== undefined) this.#inner.drain(this.#draining)
    this.#events?.onBytes(bytes)
  }
}
