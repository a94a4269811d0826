import type { HeaderList } from '../http/header-list.ts'
import { HeldBytes } from '../http/held-bytes.ts'
import type { UpstreamTry } from './upstream-try.ts'

/** Where a body comes from. */
export interface BodySource {
  /** No more, until resumed; calls nest. */
  pauseRequest(): void
  resumeRequest(): void
}

/** How much of a body may be held, and whether what was sent is. */
export interface BodyLimits {
  readonly limitBytes: number
  /** It may have to be sent again. */
  readonly keeps: boolean
}

/** The body of a request on its way upstream: held until there is a try to send it, and as long as there may be another. */
export class OutgoingBody {
  readonly #source: BodySource
  readonly #limitBytes: number
  /** In one piece: an object per chunk would let a client of one-byte chunks take many times the limit. */
  readonly #held = new HeldBytes()
  #keeps: boolean
  #ended = false
  #trailers: HeaderList | undefined
  #paused = false

  constructor(source: BodySource, { limitBytes, keeps }: BodyLimits) {
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
    const tooLong = this.#keeps && this.#held.length + chunk.length > this.#limitBytes
    if (tooLong) this.#keeps = false
    if (this.#keeps || attempt === undefined) this.#held.append(chunk)
    else if (tooLong) this.#held.clear()
    if (attempt === undefined) {
      if (this.#held.length > this.#limitBytes) this.#pause()
    } else if (!attempt.sendData(chunk, endStream)) this.#pause()
    return !tooLong
  }

  trailers(trailers: HeaderList, attempt: UpstreamTry | undefined): void {
    this.#ended = true
    this.#trailers = trailers
    attempt?.sendTrailers(trailers)
  }

  /** Sends the request so far. */
  sendTo(attempt: UpstreamTry, head: Parameters<UpstreamTry['sendHead']>[0]): void {
    const { bytes } = this.#held
    const trailers = this.#trailers
    const complete = this.#ended && trailers === undefined
    attempt.sendHead(head, complete && bytes.length === 0)
    const room = bytes.length === 0 || attempt.sendData(bytes, complete)
    if (trailers !== undefined) attempt.sendTrailers(trailers)
    if (!this.#keeps) this.#held.clear()
    if (room) this.resume()
    else this.#pause()
  }

  /** What was sent will not be sent again. */
  forget(): void {
    this.#keeps = false
    this.#held.clear()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#source.resumeRequest()
  }

  #pause(): void {
    if (this.#paused || this.#ended) return
    this.#paused = true
    this.#source.pauseRequest()
  }
}
