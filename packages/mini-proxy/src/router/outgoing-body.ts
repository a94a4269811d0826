import type { HeaderList } from '../http/header-list.ts'
import { HeldBytes } from '../http/held-bytes.ts'
import type { RequestHead } from '../http/stream.ts'
import type { UpstreamTry } from './upstream-try.ts'

/** Where a body comes from. */
export interface BodySource {
  /** No more, until resumed; calls nest. */
  pauseRequest(): void
  resumeRequest(): void
}

/** The body of a request on its way upstream: held until there is a try to send it, and as long as there may be another. */
export class OutgoingBody {
  readonly #source: BodySource
  readonly #limitBytes: number
  /** In one piece: an object per chunk would let a client of one-byte chunks take many times the limit. Undefined: nothing yet. */
  #held: HeldBytes | undefined
  #keeps: boolean
  #ended = false
  #trailers: HeaderList | undefined
  #paused = false

  /**
   * @param limitBytes how much may be held
   * @param keeps what was sent is held, too: it may have to be sent again
   */
  constructor(source: BodySource, limitBytes: number, keeps: boolean) {
    this.#source = source
    this.#limitBytes = limitBytes
    this.#keeps = keeps
  }

  /** The request is whole. */
  get ended(): boolean {
    return this.#ended
  }

  end(): void {
    this.#ended = true
  }

  /** Takes a piece, and passes it on if `attempt` is under way. False: the body has just become too long to be kept. */
  data(chunk: Uint8Array, endStream: boolean, attempt: UpstreamTry | undefined): boolean {
    this.#ended = endStream
    const tooLong = this.#keeps && this.#heldLength + chunk.length > this.#limitBytes
    if (tooLong) this.#keeps = false
    if (this.#keeps || attempt === undefined) this.#hold(chunk)
    else if (tooLong) this.#held?.clear()
    if (attempt === undefined) {
      if (this.#heldLength > this.#limitBytes) this.#pause()
    } else if (!attempt.sendData(chunk, endStream)) this.#pause()
    return !tooLong
  }

  trailers(trailers: HeaderList, attempt: UpstreamTry | undefined): void {
    this.#ended = true
    this.#trailers = trailers
    attempt?.sendTrailers(trailers)
  }

  /** Sends the request so far. */
  sendTo(attempt: UpstreamTry, head: RequestHead): void {
    const held = this.#heldLength === 0 ? undefined : this.#held?.bytes
    const trailers = this.#trailers
    const complete = this.#ended && trailers === undefined
    // What answers at once has the body forgotten before it is sent.
    attempt.sendHead(head, complete && held === undefined)
    const room = held === undefined || attempt.sendData(held, complete)
    if (trailers !== undefined) attempt.sendTrailers(trailers)
    if (!this.#keeps) this.#held?.clear()
    if (room) this.resume()
    else this.#pause()
  }

  /** What was sent will not be sent again. */
  forget(): void {
    this.#keeps = false
    this.#held?.clear()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#source.resumeRequest()
  }

  get #heldLength(): number {
    return this.#held === undefined ? 0 : this.#held.length
  }

  #hold(chunk: Uint8Array): void {
    this.#held ??= new HeldBytes()
    this.#held.append(chunk)
  }

  #pause(): void {
    if (this.#paused || this.#ended) return
    this.#paused = true
    this.#source.pauseRequest()
  }
}
