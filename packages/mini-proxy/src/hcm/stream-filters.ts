import type { Ambient } from '../ambient.ts'
import type { HttpFilter } from '../filters/http-filter.ts'
import type { RequestHead } from '../http/stream.ts'
import { RequestPath, type RequestPathOwner } from './request-path.ts'
import { ResponsePath, type ResponseSink } from './response-path.ts'

/** The filters of one request, with the ways of request and response through them. */
export class StreamFilters {
  readonly request: RequestPath
  readonly response: ResponsePath
  readonly #filters: readonly HttpFilter[]
  readonly #owner: RequestPathOwner & ResponseSink

  constructor(
    filters: readonly HttpFilter[],
    head: RequestHead,
    owner: RequestPathOwner & ResponseSink,
    ambient: Pick<Ambient, 'clock' | 'timers'>,
  ) {
    this.#filters = filters
    this.#owner = owner
    this.request = new RequestPath(filters, head, owner)
    this.response = new ResponsePath(filters, owner, ambient)
  }

  /** The request is over, and the filters are told so. */
  end(): void {
    for (const filter of this.#filters) {
      try {
        filter.onEnd?.()
      } catch (error) {
        this.#owner.onFilterError(error)
      }
    }
  }
}
