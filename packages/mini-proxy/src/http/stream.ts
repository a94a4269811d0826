import type { ProxyTlv } from '../network/proxy-tlvs.ts'
import type { HeaderList } from './header-list.ts'

/**
 * The codec seam: one request and its response, whatever protocol carries them.
 *
 * Both directions have the same form. Who sends calls a {@link MessageSender}; who receives implements a
 * {@link MessageReceiver}. The code above never sees a socket. Everything is synchronous: a receiver is called from
 * inside a read, a sender writes at once or buffers up to a limit and says so.
 */
export type HttpVersion = '1.0' | '1.1' | '2'

/** A request as the filters see it: HTTP/2's view, also over HTTP/1. */
export interface RequestHead {
  method: string
  /** Path and query as sent; of an absolute-form target only its path and query. */
  path: string
  /** Host of the absolute-form target, or else of the Host header. */
  authority: string
  scheme: string
  readonly version: HttpVersion
  /** Without Host, Connection, Transfer-Encoding and what else belongs to one hop. */
  readonly headers: HeaderList
  /**
   * What the client asks to turn the stream into: a lower-case protocol name, or `CONNECT`. The head is then no end of the
   * stream: see `acceptsUpgrade` for what follows.
   */
  readonly upgrade?: string | undefined
}

export interface ResponseHead {
  status: number
  readonly headers: HeaderList
}

/** Why a stream ended before its message was whole. */
export type ResetReason =
  | 'local-reset'
  | 'remote-reset'
  /** The other side has not begun with the request: HTTP/2's REFUSED_STREAM. */
  | 'refused-stream'
  | 'connection-failure'
  | 'connect-timeout'
  | 'connection-termination'
  | 'protocol-error'
  | 'overflow'

/** Takes one message as it arrives. After `onReset` nothing more comes. */
export interface MessageReceiver<Head> {
  onHead(head: Head, endStream: boolean): void
  /** An interim (1xx) response, never 101. Requests have none. */
  onInterim?(head: Head): void
  /** The chunk is valid until the call returns; keep a copy, or pass it to a sender, which copies what it cannot write. */
  onData(chunk: Uint8Array, endStream: boolean): void
  onTrailers(trailers: HeaderList): void
  onReset(reason: ResetReason): void
  /** The other side's sender, full before, takes more again. */
  onWritable(): void
}

/** Sends one message and controls the flow of the one that comes back on the same stream. */
export interface MessageSender<Head> {
  sendInterim?(head: Head): void
  sendHead(head: Head, endStream: boolean): void
  /** False once more is buffered than the limit allows: stop until `onWritable`. The data is taken either way. */
  sendData(chunk: Uint8Array, endStream: boolean): boolean
  sendTrailers(trailers: HeaderList): void
  /** Ends the stream without finishing the message. */
  reset(reason: ResetReason): void
  /** Stops the arrival of data on this stream; calls nest, one resume per pause. */
  pauseReading(): void
  resumeReading(): void
}

/** What a server codec offers for every request: answer through `sender`, receive through what is returned. */
export type StreamHandler = (
  sender: MessageSender<ResponseHead>,
  connection: ConnectionFacts,
) => MessageReceiver<RequestHead>

/** What the filters may know of a downstream connection. */
export interface ConnectionFacts {
  readonly id: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  /** The peer of the socket, where a PROXY header told another client; undefined: they are the same. */
  readonly directPeer?: { readonly address: string; readonly port: number }
  /** What a PROXY header said besides, as far as it is to be told to hosts. */
  readonly proxyTlvs?: readonly ProxyTlv[]
  /** Where a captured connection was going, `ip:port`; local address and port then say the same. For ORIGINAL_DST clusters. */
  readonly originalDestination?: string
  /** Undefined on plain text. */
  readonly tls: TlsFacts | undefined
}

export interface TlsFacts {
  readonly serverName: string | undefined
  readonly alpn: string | undefined
  readonly version: string | undefined
  /** The peer showed a certificate; one that cannot be verified ends the connection. */
  readonly peerVerified: boolean
  /** The verified peer's URI SANs. */
  readonly peerUriSans: readonly string[]
  readonly peerSubject: string | undefined
}
