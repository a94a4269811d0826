import { HeldBytes } from '../http/held-bytes.ts'
import { FrameControl } from './frame-control.ts'
import type { ConnectionFault, DataPiece, FrameEvents } from './frame-events.ts'
import {
  clientPreface,
  FrameFlag,
  type FrameHeader,
  FrameType,
  frameHeaderBytes,
  type Mutable,
  minMaxFrameSize,
} from './frame-format.ts'
import { FrameHeaderBlocks } from './frame-header-blocks.ts'
import { frameFault, paddingFault } from './frame-rules.ts'
import { errorCode } from './http2-fault.ts'

/** Whose frames are read, and how much of them is held. */
export interface FrameReaderOptions {
  /** The side that reads. A server expects the client's preface before the first frame. */
  readonly role: 'server' | 'client'
  /** The largest payload taken: SETTINGS_MAX_FRAME_SIZE as sent to the peer. Default: 16384. */
  readonly maxFrameSize?: number
  /** Bytes of one header block, still encoded, over all its frames. Default: 131072. */
  readonly maxHeaderBlockBytes?: number
  /** CONTINUATIONs of one header block. Default: 24 more than full ones that its bytes fill. */
  readonly maxContinuations?: number
}

const defaultMaxHeaderBlockBytes = 128 * 1024
/** Peers that do not fill their frames. */
const spareContinuations = 24

const prefaceBytes = Buffer.from(clientPreface, 'latin1')
const nothing = Buffer.alloc(0)

/** What the payload of the current frame is used for. */
const Payload = {
  /** No frame is begun. */
  none: 0,
  /** Passed on as it comes. */
  data: 1,
  /** Collected until the frame is whole. */
  held: 2,
  skipped: 3,
} as const

/**
 * Cuts a stream of bytes into HTTP/2 frames and checks each by itself. It does no I/O and never throws; how the bytes
 * are split into chunks makes no difference, but for the pieces of DATA. Holds one frame at most that is no DATA, and
 * the header block that is not yet whole.
 *
 * Refused as connection errors: sizes that a type does not allow, streams where none or one is meant, padding that does
 * not fit, settings out of range, header blocks that are interrupted, PUSH_PROMISE (this side never enables it), a
 * connection that does not begin with SETTINGS.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9113#section-4
 */
export class FrameReader {
  readonly #events: FrameEvents
  readonly #maxFrameSize: number
  readonly #blocks: FrameHeaderBlocks
  readonly #control: FrameControl

  /** Of the preface, how much is still to come. */
  #prefaceLeft: number
  /** No frame was read yet. */
  #first = true
  #stopped = false

  /** A frame's header that is not whole. */
  readonly #head: Buffer = Buffer.allocUnsafeSlow(frameHeaderBytes)
  #headLength = 0
  /** The current frame, or the last one. */
  readonly #frame: Mutable<FrameHeader> = { type: 0, flags: 0, streamId: 0, length: 0 }

  #payload: number = Payload.none
  /** Bytes of the payload that are still to come. */
  #left = 0
  /** Of a DATA frame's payload: what at its end is padding; -1 until that is known. */
  #padding = 0
  readonly #held = new HeldBytes()
  /** Frames that are no DATA and were dealt with, header blocks to their end. */
  #settled = 0

  readonly #piece: Mutable<DataPiece> = {
    bytes: nothing,
    start: 0,
    end: 0,
    flowBytes: 0,
    lastOfFrame: false,
    endStream: false,
  }

  constructor(events: FrameEvents, options: FrameReaderOptions) {
    this.#events = events
    this.#maxFrameSize = options.maxFrameSize ?? minMaxFrameSize
    const { maxHeaderBlockBytes = defaultMaxHeaderBlockBytes } = options
    const full = Math.ceil(maxHeaderBlockBytes / this.#maxFrameSize)
    this.#blocks = new FrameHeaderBlocks(events, {
      maxHeaderBlockBytes,
      maxContinuations: options.maxContinuations ?? full + spareContinuations,
    })
    this.#control = new FrameControl(events, options.role === 'server' ? 'client' : 'server')
    this.#prefaceLeft = options.role === 'server' ? prefaceBytes.length : 0
  }

  /** Reads what arrived. Events are told from inside the call; nothing of `bytes` is kept without a copy. */
  push(bytes: Buffer): void {
    if (this.#stopped) return
    let at = this.#prefaceLeft > 0 ? this.#readPreface(bytes) : 0
    while (at < bytes.length && !this.#stopped) {
      at =
        this.#payload === Payload.none ? this.#readFrame(bytes, at) : this.#readPayload(bytes, at)
    }
    // An idle connection keeps no memory of what it read last.
    this.#piece.bytes = nothing
    this.#blocks.release()
  }

  /**
   * What was begun and is not whole, DATA apart: another number for each frame or header block. 0: nothing. A peer that
   * never ends it would otherwise have to be waited for.
   */
  get unfinished(): number {
    const begun = this.#blocks.open || this.#headLength > 0 || this.#payload === Payload.held
    return begun ? this.#settled + 1 : 0
  }

  /** Nothing more is read or told. May be called from an event. */
  stop(): void {
    this.#stopped = true
    this.#held.clear()
    this.#blocks.clear()
  }

  #readPreface(bytes: Buffer): number {
    const from = prefaceBytes.length - this.#prefaceLeft
    const count = Math.min(this.#prefaceLeft, bytes.length)
    if (bytes.compare(prefaceBytes, from, from + count, 0, count) !== 0) this.#fail(noPreface)
    this.#prefaceLeft -= count
    return count
  }

  /** Reads a frame's header, and its payload if all of it is there. */
  #readFrame(bytes: Buffer, from: number): number {
    let at = from
    if (this.#headLength > 0 || bytes.length - at < frameHeaderBytes) {
      at += this.#holdHead(bytes, at)
      if (this.#headLength < frameHeaderBytes) return at
      this.#headLength = 0
      this.#readHead(this.#head, 0)
    } else {
      this.#readHead(bytes, at)
      at += frameHeaderBytes
    }
    this.#checkHead()
    if (this.#stopped) return at
    const { type, length } = this.#frame
    if (type === FrameType.DATA) return this.#beginData(bytes, at)
    const end = at + length
    if (end <= bytes.length) {
      this.#takeFrame(bytes, at, end)
      return end
    }
    this.#left = length
    this.#payload = type > FrameType.CONTINUATION ? Payload.skipped : Payload.held
    return at
  }

  #holdHead(bytes: Buffer, at: number): number {
    const count = Math.min(frameHeaderBytes - this.#headLength, bytes.length - at)
    bytes.copy(this.#head, this.#headLength, at, at + count)
    this.#headLength += count
    return count
  }

  #readHead(head: Buffer, at: number): void {
    const frame = this.#frame
    frame.length = (byteAt(head, at) << 16) | (byteAt(head, at + 1) << 8) | byteAt(head, at + 2)
    frame.type = byteAt(head, at + 3)
    frame.flags = byteAt(head, at + 4)
    frame.streamId =
      ((byteAt(head, at + 5) & 0x7f) << 24) |
      (byteAt(head, at + 6) << 16) |
      (byteAt(head, at + 7) << 8) |
      byteAt(head, at + 8)
  }

  /** Judges a frame by its header alone. */
  #checkHead(): void {
    const fault = this.#headFault()
    if (fault !== undefined) this.#fail(fault)
    else if (this.#frame.type > FrameType.CONTINUATION) {
      this.#events.onUnknown(this.#frame.type, this.#frame.length)
    }
  }

  #headFault(): ConnectionFault | undefined {
    const frame = this.#frame
    const { type } = frame
    if (frame.length > this.#maxFrameSize) return frameTooLarge
    if (this.#first) {
      if (type !== FrameType.SETTINGS || (frame.flags & FrameFlag.ACK) !== 0) return noSettings
      this.#first = false
    }
    if (this.#blocks.open || type === FrameType.CONTINUATION) {
      return this.#blocks.continuationFault(type === FrameType.CONTINUATION ? frame.streamId : 0)
    }
    return type > FrameType.CONTINUATION ? undefined : frameFault(frame)
  }

  #readPayload(bytes: Buffer, at: number): number {
    if (this.#payload === Payload.data) return this.#readData(bytes, at)
    const end = Math.min(bytes.length, at + this.#left)
    this.#left -= end - at
    const held = this.#payload === Payload.held
    if (held) this.#held.append(bytes.subarray(at, end))
    if (this.#left > 0) return end
    this.#payload = Payload.none
    if (held) {
      const { bytes: whole } = this.#held
      this.#held.clear()
      this.#takeFrame(whole, 0, whole.length)
    }
    return end
  }

  /** Takes a frame that is no DATA, and whose payload is all there. */
  #takeFrame(bytes: Buffer, start: number, end: number): void {
    const frame = this.#frame
    let fault: ConnectionFault | undefined
    if (frame.type === FrameType.HEADERS) {
      fault = this.#blocks.takeHeaders(frame, bytes, start, end)
    } else if (frame.type === FrameType.CONTINUATION) {
      fault = this.#blocks.takeContinuation(frame, bytes, start, end)
    } else fault = this.#control.take(frame, bytes, start, end)
    if (!this.#blocks.open) this.#settled += 1
    if (fault !== undefined) this.#fail(fault)
  }

  #beginData(bytes: Buffer, at: number): number {
    this.#left = this.#frame.length
    this.#padding = (this.#frame.flags & FrameFlag.PADDED) === 0 ? 0 : -1
    if (this.#left === 0) this.#tellData(bytes, at, at, 0)
    else if (at < bytes.length) return this.#readData(bytes, at)
    else this.#payload = Payload.data
    return at
  }

  /** Tells of what there is of the DATA frame that was begun. */
  #readData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    let start = at
    if (this.#padding < 0) {
      this.#padding = bytes[at] ?? 0
      if (this.#padding >= this.#frame.length) this.#fail(paddingFault)
      if (this.#stopped) return end
      start += 1
    }
    this.#left -= end - at
    this.#payload = this.#left === 0 ? Payload.none : Payload.data
    // The padding is the end of the frame: what is still to come is padding first of all.
    const dataEnd = Math.max(start, Math.min(end, end + this.#left - this.#padding))
    this.#tellData(bytes, start, dataEnd, end - at)
    return end
  }

  #tellData(bytes: Buffer, start: number, end: number, flowBytes: number): void {
    const piece = this.#piece
    const { flags, streamId } = this.#frame
    piece.bytes = bytes
    piece.start = start
    piece.end = end
    piece.flowBytes = flowBytes
    piece.lastOfFrame = this.#left === 0
    piece.endStream = piece.lastOfFrame && (flags & FrameFlag.END_STREAM) !== 0
    this.#events.onData(streamId, piece)
  }

  #fail(fault: ConnectionFault): void {
    this.stop()
    this.#events.onConnectionFault(fault)
  }
}

function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] ?? 0
}

const noPreface: ConnectionFault = {
  code: errorCode.protocolError,
  detail: 'not the preface of HTTP/2',
}

const frameTooLarge: ConnectionFault = {
  code: errorCode.frameSizeError,
  detail: 'a frame that is larger than allowed',
}

const noSettings: ConnectionFault = {
  code: errorCode.protocolError,
  detail: 'the first frame is not SETTINGS',
}
