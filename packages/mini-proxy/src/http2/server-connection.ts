import type { ByteChannel } from '../channel/byte-channel.ts'
import { type ChannelSource, openChannel } from '../channel/open-channel.ts'
import type { Deadlines, Expiring } from '../http/deadlines.ts'
import { HeaderList } from '../http/header-list.ts'
import type {
  ConnectionFacts,
  MessageReceiver,
  ResponseHead,
  StreamHandler,
} from '../http/stream.ts'
import { acceptsUpgrade } from '../http/upgrade.ts'
import type { Connection } from '../network/connection.ts'
import type { HeavyStream, IdleConnections } from '../network/network-filter.ts'
import { reductionMs } from '../overload/timeout-floors.ts'
import type { Counter } from '../stats/stats.ts'
import type { StreamEnd } from './closed-streams.ts'
import type { FieldBlock, FieldLimits } from './field-block.ts'
import { maxWindow, type Setting, SettingId } from './frame-format.ts'
import { FrameHandler } from './frame-handler.ts'
import { encodeResponseHead } from './head-writer.ts'
import { errorCode, type Http2Fault, malformed } from './http2-fault.ts'
import type { Http2Options } from './http2-options.ts'
import { Http2Session, type SessionRole } from './http2-session.ts'
import type { Http2Stats } from './http2-stats.ts'
import type { AnyHead, Http2Stream } from './http2-stream.ts'
import { Keepalive } from './keepalive.ts'
import { PrematureResets, prematureMs } from './premature-resets.ts'
import { requestHeadOf } from './request-head.ts'

/** How a server connection behaves. Durations in milliseconds, `Infinity` for never. */
export interface Http2ServerOptions {
  readonly onStream: StreamHandler
  readonly deadlines: Deadlines
  readonly http2: Http2Options
  readonly limits: FieldLimits
  readonly stats: Http2Stats
  /** Connections that were ended because of resets. */
  readonly tooManyResets: Counter
  /** Without a stream for so long the connection is closed. Envoy: common_http_protocol_options.idle_timeout. */
  readonly idleTimeoutMs: number
  /** What that comes to under full pressure. Default: the same. */
  readonly leastIdleMs?: number
  /** From the first byte to the first request. Envoy: request_headers_timeout. */
  readonly requestHeadersTimeoutMs: number
  /** A response that the client does not take is given up after so long. Envoy: stream_idle_timeout. */
  readonly streamIdleTimeoutMs: number
  /** How long a closing connection waits for the client to take more of what is queued, or to close too. Envoy: delayed_close_timeout. */
  readonly delayedCloseTimeoutMs: number
  readonly maxRequests: number
  /** Asked with every request: whether the client is to go elsewhere with its next. */
  isToLeave?(): boolean
  /** Asked with all that comes: whether the client is to be sent away. Undefined: it is not. */
  readonly sheds?: (() => boolean) | undefined
  /** Leave `expect: 100-continue` to the upstream. Envoy: proxy_100_continue. */
  readonly proxyContinue: boolean
  /** The connection sent what is no request. */
  onFault?(fault: Http2Fault): void
  onClose?(): void
}

/** One client connection that speaks HTTP/2. */
export class Http2ServerConnection implements Expiring, SessionRole {
  readonly side = 'server'
  deadline: number
  readonly #options: Http2ServerOptions
  readonly #facts: ConnectionFacts
  readonly #channel: ByteChannel
  readonly #session: Http2Session
  readonly #frames: FrameHandler
  readonly #resets = new PrematureResets()
  #requests = 0
  #drain: 'no' | 'announced' | 'final' = 'no'
  #state: 'open' | 'closing' | 'closed' = 'open'
  #queued = 0
  #goAwayBy: number = forever
  /** What the client has begun and not finished, and by when it has to. */
  #unfinished = 0
  #finishBy: number = forever
  readonly #keepalive: Keepalive | undefined

  constructor(
    socket: Connection | ChannelSource,
    facts: ConnectionFacts,
    options: Http2ServerOptions,
  ) {
    const { deadlines, http2 } = options
    this.#options = options
    this.#facts = facts
    this.#channel = openChannel(socket, {
      onBytes: (chunk) => this.#receive(chunk),
      onEnd: () => this.#onEnd(),
      onClose: () => this.#onClose(),
      onWritable: () => this.#session.onWritable(),
    })
    this.#session = new Http2Session(this.#channel, this, {
      http2,
      limits: options.limits,
      stats: options.stats,
      after: (ms) => deadlines.after(ms),
      flushTimeoutMs: options.streamIdleTimeoutMs,
      watch: (stream, on) => (on ? deadlines.add(stream) : deadlines.remove(stream)),
    })
    this.#frames = new FrameHandler(this.#session)
    this.#session.start(serverSettings(http2))
    this.deadline = deadlines.after(
      Math.min(options.idleTimeoutMs, options.requestHeadersTimeoutMs),
    )
    deadlines.add(this)
    this.#keepalive =
      http2.keepalive &&
      new Keepalive(
        http2.keepalive,
        deadlines,
        () => this.#session.sender.writePing(keepalivePing, false),
        () => this.#onSilence(),
      )
  }

  /** Asks the client to open no more streams, and closes once there is none. Requests on their way are served. */
  drain(idle: IdleConnections): void {
    if (this.#state !== 'open' || this.#drain !== 'no') return
    if (idle === 'close' && this.#session.streams.size === 0) this.#goAway()
    else this.#announce()
  }

  /** Ends the connection now. */
  destroy(): void {
    this.#channel.destroy()
  }

  *heavyStreams(leastBytes: number): Generator<HeavyStream> {
    for (const stream of this.#session.streams.values()) {
      const bytes = stream.heldBytes
      if (bytes >= leastBytes) yield { bytes, reset: () => this.#session.shed(stream) }
    }
  }

  hurry(share: number, now: number): void {
    const isIdle = this.#session.streams.size === 0 && this.#unfinished === 0
    if (this.#state !== 'open' || this.#drain !== 'no' || !isIdle) return
    const { idleTimeoutMs, leastIdleMs = idleTimeoutMs } = this.#options
    if (this.deadline - reductionMs(idleTimeoutMs, leastIdleMs, share) <= now) this.deadline = now
  }

  onDeadline(): void {
    if (this.#state !== 'open') this.#stopWaiting()
    else if (this.deadline === this.#finishBy) this.#session.fail(tooSlow)
    else if (this.#drain === 'announced' || this.#session.streams.size === 0) this.#goAway()
    this.#setDeadline()
  }

  onNewStream(id: number, block: FieldBlock, endStream: boolean): void {
    const session = this.#session
    if (this.#drain === 'final') {
      session.refuse(id, errorCode.refusedStream)
      return
    }
    if (session.streams.size >= this.#options.http2.maxConcurrentStreams) {
      this.#options.stats.refusedStreams.inc()
      session.refuse(id, errorCode.refusedStream)
      return
    }
    const stream = session.openStream(id)
    stream.remoteEnded = endStream
    this.#setDeadline()
    this.#requests += 1
    const isLast = this.#requests >= this.#options.maxRequests || this.#options.isToLeave?.()
    if (isLast) this.#announce()
    const head = requestHeadOf(block, this.#options.http2.allowConnect)
    if ('detail' in head) {
      this.#refuse(stream, head)
      return
    }
    const { contentLength, expect } = block
    if (contentLength > 0 && endStream) {
      session.onMalformed(stream, malformed('no body in spite of its content-length'))
      return
    }
    stream.headReceived = true
    stream.bodyLeft = contentLength
    stream.method = head.method
    stream.upgrade = head.upgrade
    if (expect === '100-continue' && !endStream) {
      if (this.#options.proxyContinue) head.headers.append('expect', expect)
      else stream.sendInterim(goOn())
    }
    // A head of a server's stream is a request's.
    stream.receiver = this.#options.onStream(stream, this.#facts) as MessageReceiver<AnyHead>
    stream.receiver.onHead(head, endStream)
    if (endStream) session.afterRemoteEnd(stream)
  }

  onHead(): void {
    // Of a server's streams each has one from the beginning.
  }

  encodeHead(stream: Http2Stream, head: AnyHead): void {
    if (!('status' in head)) return
    stream.tunnel = acceptsUpgrade(stream.upgrade, head.status)
    const { sender, outbox } = this.#session
    encodeResponseHead(head, stream.upgrade, sender.encoder, outbox.writer)
  }

  onSent(stream: Http2Stream): void {
    // The client need not send the rest, RFC 9113 8.1.
    if (!stream.tunnel) this.#session.cut(stream, errorCode.noError)
  }

  onStreamClosed(stream: Http2Stream, end: StreamEnd): void {
    const early = this.#options.deadlines.after(0) - stream.openedAt < prematureMs
    const premature = early && (end === 'reset-by-peer' || end === 'faulted')
    if (this.#resets.onClose(premature) && this.#state === 'open') {
      this.#options.tooManyResets.inc()
      this.#session.fail({ code: errorCode.enhanceYourCalm, detail: 'too many resets' })
    }
    if (this.#state !== 'open' || this.#session.streams.size > 0) return
    if (this.#drain === 'final') this.#close()
    else this.#setDeadline()
  }

  onSettings(_settings: readonly Setting[]): void {
    // The sender knows what it needs of them.
  }

  onPingAnswer(): void {
    this.#keepalive?.onAnswer()
    if (this.#drain === 'announced') this.#goAway()
  }

  onGoAway(_lastStreamId: number): void {
    // The client opens no more streams: with the last one it closes.
  }

  onFault(fault: Http2Fault): void {
    this.#options.onFault?.(fault)
  }

  onFailed(): void {
    this.#frames.stop()
    // Who does not read will not read why.
    if (this.#channel.full) this.destroy()
    else this.#close()
  }

  /** First step of going away: no stream is refused that is on its way; the answer to the PING says that none is. */
  #announce(): void {
    if (this.#drain !== 'no') return
    this.#drain = 'announced'
    const { sender } = this.#session
    sender.writeGoAway(maxWindow, errorCode.noError)
    sender.writePing(drainPing, false)
    this.#goAwayBy = this.#options.deadlines.after(maxDrainAnswerMs)
    this.#setDeadline()
  }

  /** Second step: what comes from here on is refused. */
  #goAway(): void {
    if (this.#drain === 'final') return
    this.#drain = 'final'
    this.#options.stats.goawaySent.inc()
    this.#session.sender.writeGoAway(this.#session.lastId, errorCode.noError)
    if (this.#session.streams.size === 0) this.#close()
  }

  #receive(chunk: Buffer): void {
    if (this.#options.sheds !== undefined && this.#drain !== 'final' && this.#options.sheds()) {
      this.#goAway()
    }
    this.#frames.receive(chunk)
    const { unfinished } = this.#frames
    if (unfinished === this.#unfinished) return
    this.#unfinished = unfinished
    const { deadlines, requestHeadersTimeoutMs } = this.#options
    this.#finishBy = unfinished === 0 ? forever : deadlines.after(requestHeadersTimeoutMs)
    this.#setDeadline()
  }

  #setDeadline(): void {
    if (this.#state !== 'open') return
    const { deadlines, idleTimeoutMs } = this.#options
    const idle = this.#session.streams.size === 0 ? deadlines.after(idleTimeoutMs) : forever
    const goAway = this.#drain === 'announced' ? this.#goAwayBy : forever
    this.deadline = Math.min(idle, goAway, this.#finishBy)
  }

  #onSilence(): void {
    this.#options.stats.keepaliveTimeout.inc()
    this.destroy()
  }

  #refuse(stream: Http2Stream, fault: Http2Fault): void {
    const { status } = fault
    if (status === undefined) {
      this.#session.onMalformed(stream, fault)
      return
    }
    this.#options.onFault?.(fault)
    stream.sendHead({ status, headers: new HeaderList() }, true)
  }

  #onEnd(): void {
    // As Envoy: a client that stops sending has gone away.
    if (this.#state === 'open' && this.#session.streams.size === 0) this.#close()
    else this.destroy()
  }

  /** Sends what is queued and waits a little for the client: to close at once could destroy an answer on its way. */
  #close(): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#frames.stop()
    this.#session.terminate('connection-termination')
    this.deadline = this.#options.deadlines.after(this.#options.delayedCloseTimeoutMs)
    this.#queued = this.#channel.queuedBytes
    this.#channel.end()
  }

  /** A client that is slow but takes what is queued piece by piece gets all of it. */
  #stopWaiting(): void {
    const queued = this.#channel.queuedBytes
    if (queued >= this.#queued) this.destroy()
    else this.deadline = this.#options.deadlines.after(this.#options.delayedCloseTimeoutMs)
    this.#queued = queued
  }

  #onClose(): void {
    this.#state = 'closed'
    this.#frames.stop()
    this.#keepalive?.stop()
    this.#options.deadlines.remove(this)
    this.#session.terminate('connection-termination')
    this.#options.onClose?.()
  }
}

const drainPing = Buffer.from('draining', 'latin1')
const keepalivePing = Buffer.from('keepaliv', 'latin1')
const forever: number = Number.POSITIVE_INFINITY
const tooSlow: Http2Fault = {
  code: errorCode.enhanceYourCalm,
  detail: 'frame that does not end',
  status: 408,
}
/** How long a client has to answer the PING of a drain, before it is taken to have heard. */
const maxDrainAnswerMs = 5000

function goOn(): ResponseHead {
  return { status: 100, headers: new HeaderList() }
}

function serverSettings(http2: Http2Options): Setting[] {
  const settings: Setting[] = [
    { id: SettingId.MAX_CONCURRENT_STREAMS, value: http2.maxConcurrentStreams },
  ]
  if (http2.allowConnect) settings.push({ id: SettingId.ENABLE_CONNECT_PROTOCOL, value: 1 })
  return settings
}
