import type { Match } from '@meshwright/route-matcher'
import type { StreamInfo } from '../access-log/stream-info.ts'
import type { ClusterSet } from '../cluster/cluster.ts'
import type { LocalReply } from '../filters/http-filter.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { ConnectionFacts, RequestHead, ResponseHead } from '../http/stream.ts'

/** The downstream side of a request, as the router uses it. */
export interface RouterStream {
  readonly connection: ConnectionFacts
  readonly info: StreamInfo
  /** The router's to change: what it sends upstream is what the access log shows. */
  readonly head: RequestHead
  readonly match: Match | undefined
  readonly clusters: ClusterSet
  respondInterim(head: ResponseHead): void
  respondHead(head: ResponseHead, endStream: boolean): void
  /** False: no more until the router's `downstreamWritable`. */
  respondData(chunk: Uint8Array, endStream: boolean): boolean
  respondTrailers(trailers: HeaderList): void
  /** Before the response has begun; ends the router's part. */
  respondLocally(reply: LocalReply): void
  /** After the response has begun; ends the router's part. */
  resetDownstream(): void
  /** No more of the request's body, until resumed. */
  pauseRequest(): void
  resumeRequest(): void
}
