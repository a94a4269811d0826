import { HpackError } from '../hpack/hpack-error.ts'
import type { FieldBlock } from './field-block.ts'
import { FieldDecoder } from './field-decoder.ts'
import { type Flood, FloodGuard } from './flood-guard.ts'
import type { DataPiece, FrameEvents, HeaderBlock, StreamFault } from './frame-events.ts'
import type { Setting } from './frame-format.ts'
import { FrameReader } from './frame-reader.ts'
import { errorCode, type Http2Fault, malformed } from './http2-fault.ts'
import type { Http2Session } from './http2-session.ts'
import type { Http2Stream } from './http2-stream.ts'

/** What a header block may take, encoded, however small the heads that are wanted. */
const minHeaderBlockBytes = 131_072

/** Does what the frames of the peer ask for. */
export class FrameHandler implements FrameEvents {
  readonly #session: Http2Session
  readonly #reader: FrameReader
  readonly #decoder: FieldDecoder
  readonly #guard: FloodGuard

  constructor(session: Http2Session) {
    const { role, options } = session
    this.#session = session
    this.#reader = new FrameReader(this, {
      role: role.side,
      // A head that is somewhat larger than allowed is read to its end, and costs its stream only.
      maxHeaderBlockBytes: Math.max(2 * options.limits.maxHeadBytes, minHeaderBlockBytes),
    })
    // Until the peer has acknowledged a smaller table it may use the one that the protocol begins with.
    const tableBytes = Math.max(options.http2.hpackTableBytes, initialTableBytes)
    this.#decoder = new FieldDecoder(options.limits, tableBytes)
    this.#guard = new FloodGuard(options.http2)
  }

  /** Reads what arrived, unless the connection is over. */
  receive(bytes: Buffer): void {
    this.#reader.push(bytes)
  }

  /** What was begun and is not whole: see `FrameReader`. */
  get unfinished(): number {
    return this.#reader.unfinished
  }

  /** Nothing more is read. */
  stop(): void {
    this.#reader.stop()
  }

  onData(id: number, piece: DataPiece): void {
    const session = this.#session
    const { flowBytes, endStream } = piece
    if (!session.window.receive(flowBytes)) {
      session.fail({ code: errorCode.flowControlError, detail: 'more than the connection window' })
      return
    }
    if (this.#isFlood(this.#guard.onPayload(flowBytes, endStream))) return
    const stream = session.streams.get(id)
    if (stream === undefined || stream.remoteEnded) {
      session.creditConnection(flowBytes)
      this.#onStray(id, stream)
    } else if (this.#checkData(stream, piece)) this.#takeData(stream, piece)
    else session.creditConnection(flowBytes)
  }

  onHeaders(id: number, header: HeaderBlock): void {
    const session = this.#session
    const length = header.end - header.start
    if (this.#isFlood(this.#guard.onPayload(length, header.endStream))) return
    const block = this.#decode(header)
    if (block === undefined) return
    const stream = session.streams.get(id)
    const isNew = session.role.side === 'server' && id > session.lastId
    if (stream === undefined && isNew) this.#onNewStream(id, block, header)
    else if (stream === undefined || stream.remoteEnded) this.#onStray(id, stream, true)
    else if (header.fault !== undefined) session.failStream(stream, header.fault)
    else if (block.overflow) {
      session.options.stats.headerOverflow.inc()
      session.failStream(stream, overflow)
    } else if (stream.headReceived) this.#onTrailers(stream, block, header.endStream)
    else session.role.onHead(stream, block, header.endStream)
  }

  onPriority(_id: number): void {
    this.#guard.streams = this.#session.opened
    this.#isFlood(this.#guard.onPriority())
  }

  onReset(id: number, code: number): void {
    const session = this.#session
    const stream = session.streams.get(id)
    if (stream === undefined) {
      if (session.isIdle(id)) session.fail(malformed('reset of a stream that is not open'))
      return
    }
    session.options.stats.resetsReceived.inc()
    session.closeStream(stream, 'reset-by-peer')
    stream.abort(code === errorCode.refusedStream ? 'refused-stream' : 'remote-reset')
  }

  onSettings(settings: readonly Setting[]): void {
    const session = this.#session
    // First: what is sent after it goes by the new settings, the bytes too that they let go.
    session.sender.writeSettingsAck()
    if (session.sender.applySettings(settings, session.streams.values())) {
      session.role.onSettings(settings)
    } else session.fail(windowTooLarge)
  }

  onSettingsAck(): void {
    this.#decoder.setMaxTableSize(this.#session.options.http2.hpackTableBytes)
  }

  onPing(payload: Buffer, ack: boolean): void {
    if (ack) this.#session.role.onPingAnswer()
    else this.#session.sender.writePing(payload, true)
  }

  onGoAway(lastStreamId: number, _code: number, _debug: Buffer): void {
    this.#session.role.onGoAway(lastStreamId)
  }

  onWindowUpdate(id: number, increment: number): void {
    const session = this.#session
    this.#guard.streams = session.opened
    this.#guard.dataFrames = session.sender.dataFrames
    if (this.#isFlood(this.#guard.onWindowUpdate())) return
    if (id === 0) {
      if (!session.sender.enlarge(increment)) session.fail(windowTooLarge)
      return
    }
    const stream = session.streams.get(id)
    if (stream === undefined) {
      if (session.isIdle(id)) session.fail(malformed('window update of a stream that is not open'))
    } else if (!session.sender.enlargeStream(stream, increment)) {
      session.failStream(stream, windowTooLarge)
    }
  }

  onUnknown(_type: number, _length: number): void {
    // Passed over, RFC 9113 4.1.
  }

  onStreamFault(fault: StreamFault): void {
    const stream = this.#session.streams.get(fault.streamId)
    if (stream !== undefined) this.#session.failStream(stream, fault)
    else if (this.#session.isIdle(fault.streamId)) this.#session.fail(fault)
  }

  onConnectionFault(fault: Http2Fault): void {
    // Of what the reader refuses, only header blocks without end have this code.
    if (fault.code === errorCode.enhanceYourCalm) this.#session.options.stats.headerOverflow.inc()
    this.#session.fail(fault)
  }

  /** Whether a piece of DATA is within the stream's window, and within the length that its head named. */
  #checkData(stream: Http2Stream, { flowBytes, start, end, endStream }: DataPiece): boolean {
    stream.receiveWindow -= flowBytes
    if (stream.receiveWindow < 0) {
      this.#session.failStream(stream, { code: errorCode.flowControlError })
      return false
    }
    if (!stream.headReceived) {
      this.#session.onMalformed(stream, malformed('body before the head'))
      return false
    }
    if (stream.bodyLeft === -1) return true
    stream.bodyLeft -= end - start
    if (stream.bodyLeft >= 0 && (!endStream || stream.bodyLeft === 0)) return true
    this.#session.onMalformed(stream, wrongLength)
    return false
  }

  #takeData(stream: Http2Stream, { bytes, start, end, flowBytes, endStream }: DataPiece): void {
    if (start === end && !endStream) {
      this.#session.credit(stream, flowBytes)
      return
    }
    stream.remoteEnded = endStream
    stream.receiveData(bytes.subarray(start, end), flowBytes, endStream)
    if (endStream) this.#session.afterRemoteEnd(stream)
  }

  /** Undefined: the connection is over. */
  #decode({ bytes, start, end }: HeaderBlock): FieldBlock | undefined {
    try {
      return this.#decoder.decode(bytes, start, end)
    } catch (error) {
      if (!(error instanceof HpackError)) throw error
      this.#session.fail({ code: errorCode.compressionError, detail: 'no header block' })
      return undefined
    }
  }

  #onNewStream(id: number, block: FieldBlock, { endStream, fault }: HeaderBlock): void {
    const session = this.#session
    if (id % 2 === 0) session.fail(malformed('stream of the wrong side'))
    else if (fault !== undefined) session.refuse(id, fault.code)
    else if (block.overflow) {
      session.options.stats.headerOverflow.inc()
      session.refuse(id, overflow.code)
    } else session.role.onNewStream(id, block, endStream)
  }

  #onTrailers(stream: Http2Stream, block: FieldBlock, endStream: boolean): void {
    const session = this.#session
    if (block.fault !== undefined) session.onMalformed(stream, block.fault)
    else if (!endStream) session.onMalformed(stream, malformed('trailers that end nothing'))
    else if (
      block.hasRequestPseudo ||
      block.status !== undefined ||
      block.host !== undefined ||
      block.contentLength !== -1
    ) {
      session.onMalformed(stream, malformed('framing field in trailers'))
    } else if (stream.bodyLeft > 0) session.onMalformed(stream, wrongLength)
    else {
      session.options.stats.trailers.inc()
      stream.remoteEnded = true
      stream.receiveTrailers(block.takeHeaders())
      session.afterRemoteEnd(stream)
    }
  }

  /** A frame for a stream that takes none of its kind. What was on its way when this side reset the stream is passed over. */
  #onStray(id: number, stream: Http2Stream | undefined, head = false): void {
    const session = this.#session
    const streamClosed = {
      code: errorCode.streamClosed,
      detail: 'frame on a stream that has ended',
    }
    if (stream !== undefined) {
      session.failStream(stream, streamClosed)
      return
    }
    if (session.isIdle(id)) {
      session.fail(malformed('frame on a stream that is not open'))
      return
    }
    const end = session.closed.endOf(id)
    if (end === 'ended' || (end === 'reset-by-peer' && head)) session.fail(streamClosed)
    else if (end === 'reset-by-peer') session.refuse(id, errorCode.streamClosed)
    else if (end === undefined && head && session.role.side === 'server') {
      session.fail(malformed('stream id smaller than one before'))
    }
  }

  #isFlood(flood: Flood | undefined): boolean {
    if (flood === undefined) return false
    const { stats } = this.#session.options
    if (flood === 'empty frames') stats.emptyFramesFlood.inc()
    else if (flood === 'priority') stats.priorityFlood.inc()
    else stats.windowUpdateFlood.inc()
    this.#session.fail({ code: errorCode.enhanceYourCalm, detail: `too many: ${flood}` })
    return true
  }
}

const initialTableBytes = 4096
const overflow = { code: errorCode.internalError }
const wrongLength = malformed('body other than its content-length')
const windowTooLarge: Http2Fault = {
  code: errorCode.flowControlError,
  detail: 'window larger than there can be',
}
