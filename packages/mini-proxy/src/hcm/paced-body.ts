import type { Pacer } from '@meshwright/resilience'
import type { Ambient } from '../ambient.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { ResponseSink } from './response-path.ts'

/** More than so much that may not go yet holds the upstream back. */
const maxHeldBytes = 65_536
const nothing = Buffer.alloc(0)

/** Sends the body of a response on no faster than a pacer lets it. */
export class PacedBody {
  readonly #sink: ResponseSink
  readonly #pacer: Pacer
  readonly #ambient: Pick<Ambient, 'clock' | 'timers'>
  #held: Buffer = nothing
  #ended = false
  #trailers: HeaderList | undefined
  #timer: unknown
  #isOver = false
  /** The client takes no more. */
  #isFull = false

  constructor(sink: ResponseSink, pacer: Pacer, ambient: Pick<Ambient, 'clock' | 'timers'>) {
    this.#sink = sink
    this.#pacer = pacer
    this.#ambient = ambient
  }

  /** False: no more until the sink's `onWritable`. */
  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    this.#held = Buffer.concat([this.#held, chunk])
    this.#ended = endStream
    this.#drain()
    return this.#held.length <= maxHeldBytes
  }

  sendTrailers(trailers: HeaderList): void {
    this.#trailers = trailers
    this.#drain()
  }

  /** The client takes more. Whether there is room for more. */
  writable(): boolean {
    this.#isFull = false
    this.#drain()
    return this.#held.length <= maxHeldBytes
  }

  /** Nobody wants the rest. */
  stop(): void {
    this.#isOver = true
    this.#held = nothing
    if (this.#timer !== undefined) this.#ambient.timers.clearTimeout(this.#timer)
  }

  #drain(): void {
    if (this.#isOver || this.#isFull || this.#timer !== undefined) return
    const now = this.#ambient.clock.now()
    const count = this.#pacer.take(this.#held.length, now)
    const piece = this.#held.subarray(0, count)
    this.#held = this.#held.subarray(count)
    const isLast = this.#ended && this.#held.length === 0
    if (count > 0 || isLast) this.#isFull = !this.#sink.sendData(piece, isLast)
    if (this.#held.length > 0) this.#wait(now)
    else if (this.#trailers !== undefined) this.#sink.sendTrailers(this.#trailers)
    if (isLast || (this.#held.length === 0 && this.#trailers !== undefined)) this.#isOver = true
  }

  #wait(now: number): void {
    // At least the shortest time a timer knows: a pacer that has something now has it then.
    const ms = Math.max(1, this.#pacer.waitMs(now))
    this.#timer = this.#ambient.timers.setTimeout(() => {
      this.#timer = undefined
      const wasFull = this.#held.length > maxHeldBytes
      this.#drain()
      if (wasFull && this.#held.length <= maxHeldBytes) this.#sink.onWritable()
    }, ms)
  }
}
