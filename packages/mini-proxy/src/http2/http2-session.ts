import type { ByteChannel } from '../channel/byte-channel.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { ResetReason } from '../http/stream.ts'
import { ClosedStreams, type StreamEnd } from './closed-streams.ts'
import type { FieldBlock, FieldLimits } from './field-block.ts'
import { type Setting, SettingId } from './frame-format.ts'
import { FrameSender } from './frame-sender.ts'
import { encodeFields } from './head-writer.ts'
import { errorCode, type Http2Fault } from './http2-fault.ts'
import { type Http2Options, initialWindowBytes } from './http2-options.ts'
import type { Http2Stats } from './http2-stats.ts'
import { type AnyHead, Http2Stream, type StreamPort } from './http2-stream.ts'
import { Outbox } from './outbox.ts'
import { ReceiveWindow } from './receive-window.ts'
import { StreamTable } from './stream-table.ts'

/** What differs between the two sides of a connection, and what they want to know. */
export interface SessionRole {
  readonly side: 'server' | 'client'
  /** A head on a stream that is not open; the peer's ids only grow. Server only. */
  onNewStream(id: number, block: FieldBlock, endStream: boolean): void
  /** A head on a stream that has none yet. Client only. */
  onHead(stream: Http2Stream, block: FieldBlock, endStream: boolean): void
  encodeHead(stream: Http2Stream, head: AnyHead): void
  /** The message of this side is sent to its end, and the stream still open. */
  onSent(stream: Http2Stream): void
  onStreamClosed(stream: Http2Stream, end: StreamEnd): void
  onSettings(settings: readonly Setting[]): void
  onPingAnswer(): void
  onGoAway(lastStreamId: number): void
  /** A message was malformed, or the connection cannot go on. */
  onFault(fault: Http2Fault): void
  /** GOAWAY is written, and every stream reset. */
  onFailed(): void
}

/** What both sides share. */
export interface SessionOptions {
  readonly http2: Http2Options
  readonly limits: FieldLimits
  readonly stats: Http2Stats
  /** Of deadlines. */
  after(ms: number): number
  /** Without progress for so long a stream whose end waits to be sent is given up. */
  readonly flushTimeoutMs: number
  watch(stream: Http2Stream, on: boolean): void
}

/** The streams of one connection, either side, and what is written on it. What is read comes by a `FrameHandler`. */
export class Http2Session implements StreamPort {
  readonly endsWithReceipt: boolean
  readonly role: SessionRole
  readonly options: SessionOptions
  readonly streams: StreamTable<Http2Stream> = new StreamTable()
  readonly closed: ClosedStreams = new ClosedStreams()
  readonly outbox: Outbox
  readonly sender: FrameSender
  readonly window: ReceiveWindow
  /** Of a server the highest id of the client; of a client the highest of its own. */
  lastId = 0
  /** Streams opened so far. */
  opened = 0
  over = false

  constructor(channel: ByteChannel, role: SessionRole, options: SessionOptions) {
    const { http2, stats } = options
    this.role = role
    this.options = options
    this.endsWithReceipt = role.side === 'client'
    this.outbox = new Outbox(channel, http2, (kind) => this.#onFlood(kind))
    this.sender = new FrameSender(this.outbox, http2.hpackTableBytes, stats.pendingSendBytes)
    this.window = new ReceiveWindow(http2.connectionWindowBytes)
  }

  /** Says what this side takes. */
  start(settings: readonly Setting[]): void {
    const { http2 } = this.options
    this.sender.writeSettings([
      ...settings,
      { id: SettingId.INITIAL_WINDOW_SIZE, value: http2.streamWindowBytes },
      { id: SettingId.HEADER_TABLE_SIZE, value: http2.hpackTableBytes },
    ])
    const more = http2.connectionWindowBytes - initialWindowBytes
    if (more > 0) this.sender.writeWindowUpdate(0, more)
  }

  onWritable(): void {
    this.outbox.onWritable()
    this.sender.pump()
  }

  /** Opens the stream of an id that was not used before. */
  openStream(id: number): Http2Stream {
    const stream = new Http2Stream(id, this, {
      send: this.sender.initialWindow,
      receive: this.options.http2.streamWindowBytes,
      openedAt: this.options.after(0),
    })
    this.lastId = id
    this.opened += 1
    this.streams.add(stream)
    this.options.stats.activeStreams.add(1)
    return stream
  }

  /** No stream has had this id yet. */
  isIdle(id: number): boolean {
    return id > this.lastId || id % 2 === 0
  }

  closeStream(stream: Http2Stream, end: StreamEnd): void {
    if (stream.closed) return
    stream.leave()
    this.streams.delete(stream.id)
    this.sender.forget(stream)
    this.closed.add(stream.id, end)
    this.options.stats.activeStreams.add(-1)
    this.role.onStreamClosed(stream, end)
  }

  /** Resets a stream that this side wants no more of. */
  cut(stream: Http2Stream, code: number): void {
    this.sender.writeReset(stream.id, code)
    this.options.stats.resetsSent.inc()
    this.closeStream(stream, 'reset')
  }

  /** Resets a stream to be rid of what it holds. */
  shed(stream: Http2Stream): void {
    this.cut(stream, errorCode.enhanceYourCalm)
    stream.abort('overflow')
  }

  /** Resets a stream because of what the peer did. */
  failStream(stream: Http2Stream, { code }: Pick<Http2Fault, 'code'>): void {
    this.sender.writeReset(stream.id, code)
    this.options.stats.resetsSent.inc()
    this.closeStream(stream, 'faulted')
    stream.abort('protocol-error')
  }

  /** Refuses a stream without opening it. */
  refuse(id: number, code: number): void {
    this.lastId = Math.max(this.lastId, id)
    this.sender.writeReset(id, code)
    this.options.stats.resetsSent.inc()
    this.closed.add(id, 'faulted')
  }

  /** What a stream sent is no message. */
  onMalformed(stream: Http2Stream, fault: Http2Fault): void {
    this.options.stats.messagingErrors.inc()
    if (this.options.http2.streamErrorOnInvalidMessage) {
      this.role.onFault(fault)
      this.failStream(stream, fault)
      return
    }
    this.closeStream(stream, 'faulted')
    stream.abort('protocol-error')
    this.fail(fault)
  }

  /** Ends the connection because of what the peer did. */
  fail(fault: Http2Fault): void {
    if (this.over) return
    this.over = true
    this.role.onFault(fault)
    this.options.stats.goawaySent.inc()
    this.sender.writeGoAway(this.endsWithReceipt ? 0 : this.lastId, fault.code, fault.detail)
    this.terminate('connection-termination')
    this.role.onFailed()
  }

  /** Ends every stream: the connection is no more, or will be when what is written has gone out. */
  terminate(reason: ResetReason): void {
    this.over = true
    this.outbox.close()
    for (const stream of this.streams.values()) {
      this.closeStream(stream, 'reset')
      stream.abort(reason)
    }
  }

  /** The peer's message is whole. */
  afterRemoteEnd(stream: Http2Stream): void {
    if (stream.closed) return
    if (stream.localEnded) this.closeStream(stream, 'ended')
    // The answer came before the request was whole: nobody wants the rest.
    else if (this.endsWithReceipt && !stream.tunnel) this.cut(stream, errorCode.noError)
  }

  /** Bytes of the connection's window are free again. */
  creditConnection(flowBytes: number): void {
    const increment = this.window.credit(flowBytes)
    if (increment > 0 && !this.over) this.sender.writeWindowUpdate(0, increment)
  }

  credit(stream: Http2Stream, flowBytes: number): void {
    this.creditConnection(flowBytes)
    if (stream.closed || stream.remoteEnded) return
    stream.uncredited += flowBytes
    if (stream.uncredited < this.options.http2.streamWindowBytes / 2) return
    this.sender.writeWindowUpdate(stream.id, stream.uncredited)
    stream.receiveWindow += stream.uncredited
    stream.uncredited = 0
  }

  writeHead(stream: Http2Stream, head: AnyHead, endStream: boolean): void {
    const start = this.sender.beginBlock()
    this.role.encodeHead(stream, head)
    this.sender.endBlock(start, stream.id, endStream)
  }

  writeTrailers(stream: Http2Stream, trailers: HeaderList): void {
    if (trailers.size === 0) {
      this.sender.writeData(stream, nothing, 0, true)
      return
    }
    const start = this.sender.beginBlock()
    encodeFields(trailers, this.sender.encoder, this.outbox.writer)
    this.sender.endBlock(start, stream.id, true)
  }

  writeData(stream: Http2Stream, bytes: Uint8Array, start: number, endStream: boolean): number {
    return this.sender.writeData(stream, bytes, start, endStream)
  }

  waitToSend(stream: Http2Stream): void {
    this.sender.waitToSend(stream)
  }

  onQueued(bytes: number): void {
    this.sender.onQueued(bytes)
  }

  onLocalEnd(stream: Http2Stream): void {
    if (stream.remoteEnded) this.closeStream(stream, 'ended')
    else this.role.onSent(stream)
  }

  resetStream(stream: Http2Stream, reason: ResetReason): void {
    this.cut(stream, resetCode(reason, this.endsWithReceipt))
  }

  flushDeadline(): number {
    return this.options.after(this.options.flushTimeoutMs)
  }

  watchFlush(stream: Http2Stream, on: boolean): void {
    this.options.watch(stream, on)
  }

  onFlushTimeout(stream: Http2Stream): void {
    this.options.stats.flushTimeouts.inc()
    this.cut(stream, errorCode.cancel)
    stream.abort('local-reset')
  }

  #onFlood(kind: 'frames' | 'control frames'): void {
    const { stats } = this.options
    if (this.over) return
    if (kind === 'frames') stats.outboundFlood.inc()
    else stats.outboundControlFlood.inc()
    this.fail({ code: errorCode.enhanceYourCalm, detail: `${kind} that nobody reads` })
  }
}

const nothing = new Uint8Array(0)

function resetCode(reason: ResetReason, client: boolean): number {
  if (reason === 'protocol-error') return errorCode.protocolError
  if (reason === 'refused-stream') return errorCode.refusedStream
  return client ? errorCode.cancel : errorCode.internalError
}
