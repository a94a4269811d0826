import type { HeaderList } from '../http/header-list.ts'
import { ReplayBuffer } from './replay-buffer.ts'
import type { RouterStream } from './router-stream.ts'
import type { UpstreamTry } from './upstream-try.ts'

/** The body of a request on its way upstream, kept as long as it may have to be sent again. */
export class OutgoingBody {
  readonly #stream: RouterStream
  readonly #buffer: ReplayBuffer
  #ended = false
  #trailers: HeaderList | undefined
  #paused = false

  constructor(stream: RouterStream, limitBytes: number) {
    this.#stream = stream
    this.#buffer = new ReplayBuffer(limitBytes)
  }

  /** The request is whole. */
  get ended(): boolean {
    return this.#ended
  }

  /** All of it so far can be sent again. */
  get replayable(): boolean {
    return this.#buffer.whole
  }

  /** What is kept. */
  get bytes(): Buffer {
    return this.#buffer.bytes
  }

  end(): void {
    this.#ended = true
  }

  /** Takes a piece, and passes it on if `attempt` is under way. */
  data(chunk: Uint8Array, endStream: boolean, attempt: UpstreamTry | undefined): void {
    this.#ended = endStream
    this.#buffer.add(chunk)
    if (attempt === undefined) {
      if (this.#buffer.full) this.#pause()
      return
    }
    if (!attempt.sendData(chunk, endStream)) this.#pause()
    if (endStream) this.#stream.info.markRequestSent()
    if (this.#buffer.full) this.#buffer.abandon()
  }

  trailers(trailers: HeaderList, attempt: UpstreamTry | undefined): void {
    this.#ended = true
    this.#trailers = trailers
    if (attempt === undefined) return
    attempt.sendTrailers(trailers)
    this.#stream.info.markRequestSent()
  }

  /** Sends the request so far. */
  sendTo(attempt: UpstreamTry): void {
    const { bytes } = this.#buffer
    const trailers = this.#trailers
    const complete = this.#ended && trailers === undefined
    attempt.sendHead(this.#stream.head, complete && bytes.length === 0)
    if (bytes.length > 0) attempt.sendData(bytes, complete)
    if (trailers !== undefined) attempt.sendTrailers(trailers)
    if (this.#ended) this.#stream.info.markRequestSent()
    this.resume()
  }

  /** It will not be sent again. */
  abandon(): void {
    this.#buffer.abandon()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#stream.resumeRequest()
  }

  #pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#stream.pauseRequest()
  }
}
