import type { ConnectionFacts } from '../http/stream.ts'
import type { Connection } from './connection.ts'

/**
 * What becomes of connections without a request when a filter drains. `wait`: they are told with their next answer, so
 * that no request meets a closed connection. `close`: they are closed at once.
 */
export type IdleConnections = 'wait' | 'close'

/** A stream that holds a lot of memory, and can be ended by itself. */
export interface HeavyStream {
  /** Read and not taken, or to be sent. */
  readonly bytes: number
  reset(): void
}

/** The last filter of a filter chain: takes over accepted connections (http_connection_manager, tcp_proxy, direct_response). */
export interface NetworkFilter {
  /**
   * Bytes peeked at were unshifted; TLS is already terminated. Its bytes come through a channel. It allows half-open: after `end` it is the
   * filter that ends it. `close` follows in every case.
   */
  onConnection(connection: Connection, facts: ConnectionFacts): void
  /**
   * Stop keeping connections alive: finish what is in flight, then close (Connection: close). `overMs`: the connections that
   * are open are told one after the other, over so much time. Default: all at once.
   */
  drain(idle: IdleConnections, overMs?: number): void
  /** Streams that share their connections with others and hold at least so much. Default: there are none. */
  heavyStreams?(leastBytes: number): Iterable<HeavyStream>
  /** Connections still open. */
  readonly activeConnections: number
  /** Ends every connection now. */
  close(): void
}
