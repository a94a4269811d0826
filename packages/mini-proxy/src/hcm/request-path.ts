import type { FilterDecision, HttpFilter, LocalReply } from '../filters/http-filter.ts'
import type { HeaderList } from '../http/header-list.ts'
import { HeldBytes } from '../http/held-bytes.ts'
import type { RequestHead } from '../http/stream.ts'

/** Takes the body of a request that has passed all filters. */
export interface RequestBodySink {
  data(chunk: Uint8Array, endStream: boolean): void
  trailers(trailers: HeaderList): void
}

/** What a request path asks of its stream. */
export interface RequestPathOwner {
  /** A filter threw: its request is answered 500, the proxy goes on. */
  onFilterError(error: unknown): void
  respond(reply: LocalReply): void
  /** All filters have let the head through. `endStream`: no body follows. */
  forward(endStream: boolean): RequestBodySink
  pauseReading(): void
  resumeReading(): void
}

/** Bytes kept while a filter makes up its mind, before the client is told to wait. */
const holdBytes = 64 * 1024

const tooLarge: LocalReply = {
  status: 413,
  body: 'Payload Too Large',
  details: 'request_payload_too_large',
}

/** The answer to a request whose filter threw. */
export const filterFailure: LocalReply = {
  status: 500,
  body: 'Internal Server Error',
  details: 'filter_error',
}

/** The way of one request through the filters, in their order. What arrives while one of them pauses is kept. */
export class RequestPath {
  readonly #filters: readonly HttpFilter[]
  readonly #owner: RequestPathOwner
  readonly #head: RequestHead
  #at = 0
  #step: 'head' | 'body' = 'head'
  #state: 'running' | 'paused' | 'waiting' | 'forwarded' | 'stopped' = 'waiting'
  #early: 'continue' | LocalReply | undefined
  readonly #held = new HeldBytes()
  #ended = false
  #trailers: HeaderList | undefined
  #reading = true
  #sink: RequestBodySink | undefined

  constructor(filters: readonly HttpFilter[], head: RequestHead, owner: RequestPathOwner) {
    this.#filters = filters
    this.#head = head
    this.#owner = owner
  }

  start(endStream: boolean): void {
    this.#ended = endStream
    this.#run()
  }

  data(chunk: Uint8Array, endStream: boolean): void {
    if (this.#sink !== undefined) {
      this.#sink.data(chunk, endStream)
      return
    }
    if (this.#state === 'stopped') return
    this.#ended = endStream
    this.#hold(chunk)
    if (this.#state === 'waiting') this.#run()
  }

  trailers(trailers: HeaderList): void {
    if (this.#sink !== undefined) {
      this.#sink.trailers(trailers)
      return
    }
    this.#ended = true
    this.#trailers = trailers
    if (this.#state === 'waiting') this.#run()
  }

  /** A filter that paused has decided. */
  resume(decision: 'continue' | LocalReply): void {
    if (this.#state === 'running') this.#early = decision
    if (this.#state !== 'paused') return
    this.#state = 'running'
    if (this.#settle(decision)) this.#next()
  }

  /** No filter is asked any more. */
  stop(): void {
    this.#state = 'stopped'
    this.#held.clear()
    this.#sink = undefined
  }

  #run(): void {
    this.#state = 'running'
    for (
      let filter = this.#filters[this.#at];
      filter !== undefined;
      filter = this.#filters[this.#at]
    ) {
      const decision = this.#ask(filter)
      if (decision === undefined) {
        this.#state = 'waiting'
        return
      }
      if (!this.#settle(decision)) return
      this.#advance()
    }
    this.#forward()
  }

  /** Undefined: the filter wants a body that is not there yet. */
  #ask(filter: HttpFilter): FilterDecision | undefined {
    try {
      return this.#askFilter(filter)
    } catch (error) {
      this.#owner.onFilterError(error)
      return filterFailure
    }
  }

  #askFilter(filter: HttpFilter): FilterDecision | undefined {
    if (this.#step === 'head') {
      return filter.onRequest?.(this.#head, this.#ended && this.#held.length === 0) ?? 'continue'
    }
    // What follows an upgrade is no body, and need not end before the answer.
    if (filter.requestBodyLimit === undefined || this.#head.upgrade !== undefined) return 'continue'
    if (this.#held.length > filter.requestBodyLimit) return tooLarge
    if (!this.#ended) return undefined
    return filter.onRequestBody?.(this.#held.bytes) ?? 'continue'
  }

  #settle(decision: FilterDecision): boolean {
    const early = this.#early
    this.#early = undefined
    if (decision === 'continue') return true
    if (decision === 'pause' && early !== undefined) return this.#settle(early)
    if (decision === 'pause') {
      this.#state = 'paused'
      return false
    }
    this.stop()
    this.#owner.respond(decision)
    return false
  }

  #next(): void {
    this.#advance()
    this.#run()
  }

  #advance(): void {
    if (this.#step === 'head') this.#step = 'body'
    else {
      this.#step = 'head'
      this.#at += 1
    }
  }

  #hold(chunk: Uint8Array): void {
    this.#held.append(chunk)
    const limit = this.#filters[this.#at]?.requestBodyLimit ?? 0
    if (!this.#reading || this.#held.length <= Math.max(holdBytes, limit)) return
    this.#reading = false
    this.#owner.pauseReading()
  }

  #forward(): void {
    if (this.#state === 'stopped') return
    this.#state = 'forwarded'
    const held = this.#held.bytes
    const sink = this.#owner.forward(this.#ended && held.length === 0 && !this.#trailers)
    this.#held.clear()
    if (held.length > 0) sink.data(held, this.#ended && this.#trailers === undefined)
    if (this.#trailers !== undefined) sink.trailers(this.#trailers)
    this.#sink = sink
    if (!this.#reading) this.#owner.resumeReading()
    this.#reading = true
  }
}
