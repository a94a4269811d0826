import type { Pacer } from '@meshwright/resilience'
import type { Match } from '@meshwright/route-matcher'
import type { FormatContext } from '@meshwright/substitution-format'
import type { Clock, Timers } from '../ambient.ts'
import type { ConnectionFacts, RequestHead, ResponseHead } from '../http/stream.ts'
import type { StatsScope } from '../stats/stats.ts'

/**
 * What a filter says of a head it was shown: go on; wait until the filter resumes the stream; or answer at once with a
 * local reply.
 */
export type FilterDecision = 'continue' | 'pause' | LocalReply

/** A response made by the proxy itself. */
export interface LocalReply {
  readonly status: number
  readonly body?: string
  /** Default of a body: `text/plain`. */
  readonly headers?: Readonly<Record<string, string>>
  /** What the access log says in `%RESPONSE_CODE_DETAILS%`. */
  readonly details: string
  /** Envoy's two- or more-letter response flag, such as `FI`. */
  readonly flag?: string
  /** It goes out as it is: neither the route nor `local_reply_config` changes it. Default: false. */
  readonly isFinal?: boolean
  /** gRPC callers get this code in place of the one that stands for `status`. */
  readonly grpcStatus?: number
}

/** One filter's part in one request. Every method is optional and called synchronously. */
export interface HttpFilter {
  /** Bytes. If set, the whole request body is collected before `onRequestBody`; one that is longer is answered 413. */
  readonly requestBodyLimit?: number
  onRequest?(head: RequestHead, endStream: boolean): FilterDecision
  /** The whole body; only with `requestBodyLimit`. */
  onRequestBody?(body: Uint8Array): FilterDecision
  onResponse?(head: ResponseHead, endStream: boolean): 'continue' | 'pause'
  /** How fast the body of the response may go; asked once, when its head has passed. Undefined: as fast as it comes. */
  responsePacer?(): Pacer | undefined
  /** The stream is over, whatever its end: release timers. */
  onEnd?(): void
}

/** The stream as a filter sees it. */
export interface FilterStream {
  readonly connection: ConnectionFacts
  /** What is known of the request so far, as templates ask for it. */
  readonly info: FormatContext & {
    /** The client's address after x-forwarded-for, without port. */
    readonly remoteAddress: string
  }
  /** The route that the request takes at this moment; undefined: none. */
  match(): Match | undefined
  /** The typed config of the route for this filter, if it has one. */
  routeConfig(): FilterConfigJson | undefined
  /** Forgets the chosen route, after a filter changed what routes are chosen by. */
  clearRouteCache(): void
  /** Ends a pause in `onRequest` or `onRequestBody`. */
  resumeRequest(decision: 'continue' | LocalReply): void
  /** Ends a pause in `onResponse`. */
  resumeResponse(): void
  /** Marks the request in the access log, for example `DI`. */
  addResponseFlag(flag: string): void
  /** When the request came, in ms since 1970. */
  readonly startTime: number
  /** Asks for the host at `ip:port` in place of the one that the cluster would choose; strictly: for none but that. */
  overrideHost(address: string, strictly: boolean): void
  /** `ip:port` of the host that the last try went to. */
  upstreamHost(): string | undefined
}

/** A typed config as JSON. */
export interface FilterConfigJson {
  readonly '@type': string
  readonly [field: string]: unknown
}

/** What a filter may use for as long as its configuration lives. */
export interface FilterContext {
  /** The name the configuration gave the filter. */
  readonly name: string
  /** Scope of the connection manager: `http.<stat_prefix>`. */
  readonly stats: StatsScope
  /** The scope of the whole proxy. */
  readonly rootStats: StatsScope
  readonly clock: Clock
  readonly timers: Timers
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** A kind of HTTP filter, found by the message that configures it. */
export interface HttpFilterType {
  /** Full names of the messages that configure the filter, as they stand behind the slash of a type URL. */
  readonly configTypes: readonly string[]
  /** The same for what `typed_per_filter_config` may hold for it. Default: none. */
  readonly routeConfigTypes?: readonly string[]
  /** Accepted, but does nothing: the user is warned once. */
  readonly inert?: boolean
  /** Reasons to refuse the configuration, empty if there are none. */
  check?(config: FilterConfigJson): readonly string[]
  checkRoute?(config: FilterConfigJson): readonly string[]
  /** Called once per configuration; what it returns is called once per request. Undefined: not for this request. */
  create(
    config: FilterConfigJson,
    context: FilterContext,
  ): (stream: FilterStream) => HttpFilter | undefined
}
