import type { Ambient } from '../ambient.ts'
import type { HttpFilter } from '../filters/http-filter.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { ResponseHead } from '../http/stream.ts'
import { PacedBody } from './paced-body.ts'

/** Takes a response piece by piece. */
export interface ResponseOutlet {
  sendHead(head: ResponseHead, endStream: boolean): void
  /** False: no more until there is room again. */
  sendData(chunk: Uint8Array, endStream: boolean): boolean
  sendTrailers(trailers: HeaderList): void
}

/** Takes what has passed all filters. */
export interface ResponseSink extends ResponseOutlet {
  /** A filter threw: it is passed over. */
  onFilterError(error: unknown): void
  /** There is room for more after a pause. */
  onWritable(): void
}

/** The way of one response through the filters, in reverse order. What arrives while one of them pauses is kept. */
export class ResponsePath implements ResponseOutlet {
  readonly #filters: readonly HttpFilter[]
  readonly #sink: ResponseSink
  readonly #ambient: Pick<Ambient, 'clock' | 'timers'>
  /** What passes the body on. */
  #body: Pick<ResponseOutlet, 'sendData' | 'sendTrailers'>
  #paced: PacedBody | undefined
  #at: number
  #state: 'idle' | 'asking' | 'paused' | 'open' = 'idle'
  #resumed = false
  #head: ResponseHead | undefined
  #ended = false
  #held: Buffer[] = []
  #trailers: HeaderList | undefined

  constructor(
    filters: readonly HttpFilter[],
    sink: ResponseSink,
    ambient: Pick<Ambient, 'clock' | 'timers'>,
  ) {
    this.#filters = filters
    this.#at = filters.length - 1
    this.#sink = sink
    this.#body = sink
    this.#ambient = ambient
  }

  /** A head has been taken. */
  get begun(): boolean {
    return this.#state !== 'idle'
  }

  sendHead(head: ResponseHead, endStream: boolean): void {
    this.#head = head
    this.#ended = endStream
    this.#run(head)
  }

  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.#state === 'open') return this.#body.sendData(chunk, endStream)
    this.#held.push(Buffer.from(chunk))
    this.#ended = endStream
    return false
  }

  sendTrailers(trailers: HeaderList): void {
    if (this.#state === 'open') this.#body.sendTrailers(trailers)
    else this.#trailers = trailers
  }

  /** The client takes more. Whether more is wanted. */
  writable(): boolean {
    return this.#paced?.writable() ?? true
  }

  /** Nobody wants the rest. */
  stop(): void {
    this.#paced?.stop()
  }

  /** A filter that paused lets the response go on. */
  resume(): void {
    if (this.#state === 'asking') this.#resumed = true
    if (this.#state !== 'paused' || this.#head === undefined) return
    this.#at -= 1
    this.#run(this.#head)
    if (this.#open) this.#sink.onWritable()
  }

  #ask(head: ResponseHead): 'continue' | 'pause' {
    try {
      const empty = this.#ended && this.#held.length === 0
      return this.#filters[this.#at]?.onResponse?.(head, empty) ?? 'continue'
    } catch (error) {
      this.#sink.onFilterError(error)
      return 'continue'
    }
  }

  get #open(): boolean {
    return this.#state === 'open'
  }

  #run(head: ResponseHead): void {
    for (; this.#at >= 0; this.#at -= 1) {
      this.#state = 'asking'
      this.#resumed = false
      const decision = this.#ask(head)
      if (decision === 'pause' && !this.#resumed) {
        this.#state = 'paused'
        return
      }
    }
    this.#state = 'open'
    const held = this.#held
    this.#held = []
    this.#pace()
    this.#sink.sendHead(head, this.#ended && held.length === 0)
    for (const [i, chunk] of held.entries()) {
      this.#body.sendData(chunk, this.#ended && i === held.length - 1)
    }
    if (this.#trailers !== undefined) this.#body.sendTrailers(this.#trailers)
  }

  /** The first filter that paces decides. */
  #pace(): void {
    for (const filter of this.#filters) {
      const pacer = filter.responsePacer?.()
      if (pacer === undefined) continue
      this.#paced = new PacedBody(this.#sink, pacer, this.#ambient)
      this.#body = this.#paced
      return
    }
  }
}
