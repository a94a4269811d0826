import type { HeaderList } from '../http/header-list.ts'

/** What the router does with the rest of a request. */
export interface RouterRequest {
  data(chunk: Uint8Array, endStream: boolean): void
  trailers(trailers: HeaderList): void
  /** The client takes more of the response. */
  downstreamWritable(): void
  /** Nobody wants the answer any more. */
  cancel(): void
}
