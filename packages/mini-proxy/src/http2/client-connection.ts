import type { ByteChannel } from '../channel/byte-channel.ts'
import { awaitChannel } from '../channel/open-channel.ts'
import type { Deadlines, Expiring } from '../http/deadlines.ts'
import type { UpstreamFacts } from '../http/pool.ts'
import type { MessageReceiver, ResetReason, ResponseHead } from '../http/stream.ts'
import type { OutgoingConnection } from '../network/connection.ts'
import type { FieldBlock, FieldLimits } from './field-block.ts'
import { clientPreface, maxWindow, type Setting, SettingId } from './frame-format.ts'
import { FrameHandler } from './frame-handler.ts'
import { encodeRequestHead } from './head-writer.ts'
import { malformed } from './http2-fault.ts'
import type { Http2Options } from './http2-options.ts'
import { Http2Session, type SessionRole } from './http2-session.ts'
import type { Http2Stats } from './http2-stats.ts'
import type { AnyHead, Http2Stream } from './http2-stream.ts'
import { Keepalive } from './keepalive.ts'
import { responseHeadOf } from './response-head.ts'
import { acceptOf, isTunnel } from './upgrade-answer.ts'

/** What a pool wants to know of its connections. */
export interface Http2ClientEvents {
  onConnected(connection: Http2ClientConnection): void
  /** Perhaps another stream can be opened. */
  onCapacity(connection: Http2ClientConnection): void
  /** `failure` is set if it never was connected. Last event. */
  onClosed(connection: Http2ClientConnection, failure: Http2ConnectFailure | undefined): void
}

/** Why there is no connection. */
export interface Http2ConnectFailure {
  readonly reason: ResetReason
  readonly detail: string
}

/** How a client connection behaves. Durations in milliseconds, `Infinity` for never. */
export interface Http2ClientOptions {
  readonly connectEvent: 'connect' | 'secureConnect'
  readonly connectTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly maxRequestsPerConnection: number
  readonly deadlines: Deadlines
  readonly http2: Http2Options
  readonly limits: FieldLimits
  readonly stats: Http2Stats
}

/** Streams that are opened before the server has said how many it takes. */
const assumedConcurrentStreams = 100
/** Envoy's stream_idle_timeout: a request that the server does not take is given up after so long. */
const flushTimeoutMs = 300_000

/** A connection to an upstream host that carries many requests at once. */
export class Http2ClientConnection implements Expiring, SessionRole {
  readonly side = 'client'
  readonly socket: OutgoingConnection
  deadline: number
  readonly #options: Http2ClientOptions
  readonly #events: Http2ClientEvents
  readonly #channel: ByteChannel
  #session: Http2Session | undefined
  #frames: FrameHandler | undefined
  #state: 'connecting' | 'open' | 'retiring' | 'closed' = 'connecting'
  #failure: Http2ConnectFailure | undefined
  #nextId = 1
  #requests = 0
  #maxStreams: number
  #keepalive: Keepalive | undefined
  #facts: ReturnType<typeof readFacts> | undefined

  constructor(socket: OutgoingConnection, options: Http2ClientOptions, events: Http2ClientEvents) {
    const { deadlines, http2, connectEvent } = options
    this.socket = socket
    this.#options = options
    this.#events = events
    this.#maxStreams = Math.min(http2.maxConcurrentStreams, assumedConcurrentStreams)
    this.#channel = awaitChannel(socket, connectEvent, {
      onBytes: (chunk) => this.#frames?.receive(chunk),
      onEnd: () => this.destroy(),
      onClose: (error) => this.#onClose(error),
      onWritable: () => this.#session?.onWritable(),
    })
    this.deadline = deadlines.after(options.connectTimeoutMs)
    deadlines.add(this)
    socket.once(connectEvent, () => this.#onConnected())
  }

  /** Can carry another request now. */
  get available(): boolean {
    const session = this.#session
    if (session === undefined || session.over || this.#state !== 'open') return false
    return session.streams.size < this.#maxStreams
  }

  /** Requests under way. */
  get active(): number {
    return this.#session?.streams.size ?? 0
  }

  /** How many requests more it could carry at the same time. */
  get room(): number {
    if (!this.available) return 0
    const left = this.#options.maxRequestsPerConnection - this.#requests
    return Math.min(this.#maxStreams - this.active, left)
  }

  get connecting(): boolean {
    return this.#state === 'connecting'
  }

  /** Opens a stream; only when available. */
  open(receiver: MessageReceiver<ResponseHead>): {
    readonly stream: Http2Stream
    readonly facts: UpstreamFacts
  } {
    const session = this.#session
    if (session === undefined) throw new Error('the connection is not open yet')
    const stream = session.openStream(this.#nextId)
    // What a client's stream receives is a response.
    stream.receiver = receiver as MessageReceiver<AnyHead>
    this.#nextId += 2
    this.#requests += 1
    this.deadline = Number.POSITIVE_INFINITY
    const facts = this.#factsOf(this.#requests > 1)
    const spent = this.#requests >= this.#options.maxRequestsPerConnection
    if (spent || this.#nextId > maxWindow) this.#state = 'retiring'
    return { stream, facts }
  }

  /** Opens no more streams, and closes when the last one is over. */
  retire(): void {
    if (this.#state === 'open') this.#state = 'retiring'
    if (this.#state === 'connecting' || this.#session?.streams.size === 0) this.destroy()
  }

  destroy(): void {
    if (this.#state === 'open') this.#state = 'retiring'
    this.#session?.outbox.flush()
    this.#channel.destroy()
  }

  onDeadline(): void {
    if (this.#state === 'connecting') {
      this.#failure = { reason: 'connect-timeout', detail: 'connect timeout' }
    }
    this.destroy()
  }

  onNewStream(): void {
    this.#session?.fail(malformed('stream that the server opened'))
  }

  onHead(stream: Http2Stream, block: FieldBlock, endStream: boolean): void {
    const session = this.#session
    const head = responseHeadOf(block)
    if ('detail' in head) session?.onMalformed(stream, head)
    else if (head.status < 200) {
      if (endStream) session?.onMalformed(stream, malformed('interim response that ends'))
      else stream.receiver?.onInterim?.(head)
    } else this.#onResponse(stream, head, { endStream, length: block.contentLength })
  }

  encodeHead(stream: Http2Stream, head: AnyHead): void {
    const session = this.#session
    if (session === undefined || !('method' in head)) return
    stream.method = head.method
    stream.upgrade = head.upgrade
    if (head.upgrade !== undefined) stream.accept = acceptOf(head)
    encodeRequestHead(head, session.sender.encoder, session.outbox.writer)
  }

  onSent(): void {
    // The response is still to come.
  }

  onStreamClosed(): void {
    const idle = this.#session?.streams.size === 0
    if (this.#state === 'retiring' && idle) this.destroy()
    else if (this.#state === 'open') {
      if (idle) this.deadline = this.#options.deadlines.after(this.#options.idleTimeoutMs)
      this.#events.onCapacity(this)
    }
  }

  onSettings(settings: readonly Setting[]): void {
    for (const { id, value } of settings) {
      if (id === SettingId.MAX_CONCURRENT_STREAMS) {
        this.#maxStreams = Math.min(value, this.#options.http2.maxConcurrentStreams)
      }
    }
    this.#events.onCapacity(this)
  }

  onPingAnswer(): void {
    this.#keepalive?.onAnswer()
  }

  /** The server has not begun with streams above the last: they can go elsewhere. */
  onGoAway(lastStreamId: number): void {
    const session = this.#session
    if (session === undefined) return
    if (this.#state === 'open') this.#state = 'retiring'
    for (const stream of session.streams.values()) {
      if (stream.id <= lastStreamId) continue
      session.closeStream(stream, 'reset')
      stream.abort('refused-stream')
    }
    if (session.streams.size === 0) this.destroy()
  }

  onFault(): void {
    // Each stream tells of its own end.
  }

  onFailed(): void {
    this.#frames?.stop()
    this.destroy()
  }

  #onConnected(): void {
    if (this.#state !== 'connecting') return
    const { deadlines, http2, limits, stats, idleTimeoutMs } = this.#options
    this.#state = 'open'
    this.deadline = deadlines.after(idleTimeoutMs)
    const session = new Http2Session(this.#channel, this, {
      http2,
      limits,
      stats,
      after: (ms) => deadlines.after(ms),
      flushTimeoutMs,
      watch: (stream, on) => (on ? deadlines.add(stream) : deadlines.remove(stream)),
    })
    this.#session = session
    this.#frames = new FrameHandler(session)
    session.outbox.writer.append(Buffer.from(clientPreface, 'latin1'))
    session.start([{ id: SettingId.ENABLE_PUSH, value: 0 }])
    if (http2.keepalive !== undefined) {
      this.#keepalive = new Keepalive(
        http2.keepalive,
        deadlines,
        () => session.sender.writePing(keepalivePing, false),
        () => this.#onSilence(),
      )
    }
    this.#events.onConnected(this)
  }

  #onResponse(
    stream: Http2Stream,
    head: ResponseHead,
    { endStream, length }: { readonly endStream: boolean; readonly length: number },
  ): void {
    const bodiless = stream.method === 'HEAD' || head.status === 204 || head.status === 304
    if (isTunnel(stream.upgrade, head.status)) this.#openTunnel(stream, head)
    else {
      stream.bodyLeft = bodiless ? 0 : length
      if (endStream && stream.bodyLeft > 0) {
        this.#session?.onMalformed(stream, malformed('no body in spite of its content-length'))
        return
      }
    }
    stream.headReceived = true
    stream.remoteEnded = endStream
    if (endStream) stream.finishReceiving()
    stream.receiver?.onHead(head, endStream)
    if (endStream) this.#session?.afterRemoteEnd(stream)
  }

  /** The acceptance that HTTP/2 says with 200 is 101 to the rest of the proxy. */
  #openTunnel(stream: Http2Stream, head: ResponseHead): void {
    stream.tunnel = true
    if (stream.upgrade === 'CONNECT') return
    head.status = 101
    if (stream.accept !== undefined) head.headers.set('sec-websocket-accept', stream.accept)
  }

  #factsOf(reused: boolean): UpstreamFacts {
    this.#facts ??= readFacts(this.socket)
    return reused ? this.#facts.reused : this.#facts.first
  }

  #onSilence(): void {
    this.#options.stats.keepaliveTimeout.inc()
    this.destroy()
  }

  #onClose(error: Error | undefined): void {
    if (this.#state === 'connecting') {
      this.#failure ??= { reason: 'connection-failure', detail: error?.message ?? 'closed' }
    }
    this.#state = 'closed'
    this.#frames?.stop()
    this.#keepalive?.stop()
    this.#options.deadlines.remove(this)
    this.#events.onClosed(this, this.#failure)
    this.#session?.terminate('connection-termination')
  }
}

const keepalivePing = Buffer.from('keepaliv', 'latin1')

/** Of the first request and of the others. */
function readFacts(socket: OutgoingConnection): {
  readonly first: UpstreamFacts
  readonly reused: UpstreamFacts
} {
  const addresses = {
    version: '2' as const,
    localAddress: `${socket.localAddress}:${socket.localPort}`,
    remoteAddress: `${socket.remoteAddress}:${socket.remotePort}`,
  }
  return { first: { ...addresses, reused: false }, reused: { ...addresses, reused: true } }
}
