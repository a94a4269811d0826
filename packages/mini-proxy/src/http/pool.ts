import type { Socket } from 'node:net'
import type { Timers } from '../ambient.ts'
import type { Http2Options } from '../http2/http2-options.ts'
import type { OutgoingConnection } from '../network/connection.ts'
import type { StatsScope } from '../stats/stats.ts'
import type { AgeLimit } from './limit-age.ts'
import type { PoolLoad } from './preconnect.ts'
import type {
  HttpVersion,
  MessageReceiver,
  MessageSender,
  RequestHead,
  ResetReason,
  ResponseHead,
} from './stream.ts'

/** What a pool tells of a stream that was asked for; exactly one of the two is called, perhaps before `newStream` returns. */
export interface StreamCallbacks {
  /** With a request admitted by the breaker, which whoever gets it releases once. */
  onReady(sender: MessageSender<RequestHead>, facts: UpstreamFacts): void
  onFailure(reason: ResetReason, detail: string): void
  /** What the client speaks, for clusters that speak the same. */
  readonly version?: HttpVersion
}

export interface UpstreamFacts {
  readonly localAddress: string
  readonly remoteAddress: string
  /** The connection had carried a request before. */
  readonly reused: boolean
  /** What is spoken there. Default: 1.1. */
  readonly version?: HttpVersion
}

/** Connections to one host. */
export interface HttpPool {
  /** Takes an idle connection, opens one, or waits for one. `cancel` before `onReady` withdraws the request. */
  newStream(receiver: MessageReceiver<ResponseHead>, callbacks: StreamCallbacks): { cancel(): void }
  /**
   * Opens a connection that speaks `version` if, with one more request, there were not room for `ratio` times as many. Whether it
   * did, and may open another.
   */
  preconnect(ratio: number, version?: HttpVersion): boolean
  readonly load: PoolLoad
  /** Closes idle connections now and the others after one request; whoever still holds the pool is still served. */
  drain(): void
  /** Closes everything now. */
  close(): void
}

/** Makes the pool of one host; the cluster calls it once per host. */
export type HttpPoolFactory = (options: HostPoolOptions) => HttpPool

/** What is spoken to a host: one version, whichever TLS agrees on, or what the client of each request speaks. */
export type UpstreamProtocol = 'http1' | 'http2' | 'alpn' | 'downstream'

/** What is offered in the handshake of a TLS connection. */
export type OfferedProtocol = Exclude<UpstreamProtocol, 'downstream'>

/** What a pool of any version knows of its host and its cluster. */
export interface HostPoolOptions extends Omit<HttpPoolOptions, 'connect'> {
  /** Opens a connection to the host, TLS included; it is usable once it has emitted `connectEvent`. */
  connect(offer: Exclude<OfferedProtocol, 'alpn'>): OutgoingConnection
  /** The same for what is still to be agreed on. */
  connectUndecided(): Socket
  readonly protocol: UpstreamProtocol
  readonly http2: Http2Options
  /** `cluster.<name>`. */
  readonly stats: StatsScope
}

/** What a pool knows of its host and its cluster. Durations in milliseconds, `Infinity` for never. */
export interface HttpPoolOptions {
  /** Opens a connection to the host, TLS included; it is usable once it has emitted `connectEvent`. */
  connect(): OutgoingConnection
  readonly connectEvent: 'connect' | 'secureConnect'
  readonly connectTimeoutMs: number
  /** An idle connection is closed after so long. */
  readonly idleTimeoutMs: number
  /** A connection is closed after so many requests. */
  readonly maxRequestsPerConnection: number
  /** A connection takes no more requests once it has lasted so long. Default: for ever. */
  readonly ageLimit?: AgeLimit | undefined
  /** Of how many requests there is to be room for, per request that there is; asked at each. Default: always 1. */
  readonly preconnectRatio?: (() => number) | undefined
  readonly timers: Timers
  readonly breaker: PoolBreaker
}

/** The cluster's limits that a pool has to ask for, one release per admission. A refusal fails the stream with `overflow`. */
export interface PoolBreaker {
  admitConnection(): boolean
  /** Counts a connection that is made all the same: the only one to its host. */
  takeConnection(): void
  releaseConnection(): void
  /** A request that waits for a connection. */
  admitPending(): boolean
  releasePending(): void
  /** A request that gets a connection; the pool leaves the release to who takes the stream. */
  admitRequest(): boolean
}
