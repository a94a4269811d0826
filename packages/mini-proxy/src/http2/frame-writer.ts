import { ByteWriter } from '../hpack/byte-writer.ts'
import {
  FrameFlag,
  FrameType,
  frameHeaderBytes,
  minMaxFrameSize,
  type Setting,
} from './frame-format.ts'

const settingBytes = 6
const pingBytes = 8

/** Appends frames to `out`. It checks nothing: what may be sent when is known above. */
export class FrameWriter {
  /** Where all goes. HPACK blocks and the bytes of DATA are appended to it directly. */
  readonly out: ByteWriter
  /** The peer's SETTINGS_MAX_FRAME_SIZE: longer header blocks are split. For DATA it is the caller's to observe. */
  maxFrameSize: number = minMaxFrameSize

  constructor(out: ByteWriter = new ByteWriter()) {
    this.out = out
  }

  /** The header of a DATA frame; append `length` bytes after it. */
  writeDataHeader(streamId: number, length: number, endStream: boolean): void {
    this.#writeHeader(FrameType.DATA, endStream ? FrameFlag.END_STREAM : 0, streamId, length)
  }

  /** Begins a HEADERS frame: encode fields into `out`, then call {@link endHeaders} with what this returns. */
  beginHeaders(): number {
    const { out } = this
    out.reserve(frameHeaderBytes)
    const start = out.length
    out.length += frameHeaderBytes
    return start
  }

  /** Ends the HEADERS frame begun at `start`; what does not fit goes into CONTINUATIONs. */
  endHeaders(start: number, streamId: number, endStream: boolean): void {
    const { out } = this
    const length = out.length - start - frameHeaderBytes
    const flags = endStream ? FrameFlag.END_STREAM : 0
    if (length > this.maxFrameSize) {
      this.#splitHeaders(start, streamId, flags)
      return
    }
    const end = out.length
    out.length = start
    this.#writeHeader(FrameType.HEADERS, flags | FrameFlag.END_HEADERS, streamId, length)
    out.length = end
  }

  writeReset(streamId: number, code: number): void {
    this.#writeHeader(FrameType.RST_STREAM, 0, streamId, 4)
    this.#writeUint32(code)
  }

  writeSettings(settings: readonly Setting[]): void {
    this.#writeHeader(FrameType.SETTINGS, 0, 0, settings.length * settingBytes)
    for (const { id, value } of settings) {
      const { out } = this
      out.reserve(settingBytes)
      out.bytes[out.length++] = id >>> 8
      out.bytes[out.length++] = id
      this.#writeUint32(value)
    }
  }

  writeSettingsAck(): void {
    this.#writeHeader(FrameType.SETTINGS, FrameFlag.ACK, 0, 0)
  }

  /** @param payload eight bytes */
  writePing(payload: Uint8Array, ack: boolean): void {
    this.#writeHeader(FrameType.PING, ack ? FrameFlag.ACK : 0, 0, pingBytes)
    this.out.append(payload)
  }

  /** @param debug text whose characters are bytes */
  writeGoAway(lastStreamId: number, code: number, debug = ''): void {
    this.#writeHeader(FrameType.GOAWAY, 0, 0, 8 + debug.length)
    this.#writeUint32(lastStreamId)
    this.#writeUint32(code)
    this.out.append(Buffer.from(debug, 'latin1'))
  }

  /** @param streamId 0: the connection */
  writeWindowUpdate(streamId: number, increment: number): void {
    this.#writeHeader(FrameType.WINDOW_UPDATE, 0, streamId, 4)
    this.#writeUint32(increment)
  }

  #splitHeaders(start: number, streamId: number, flags: number): void {
    const { out, maxFrameSize } = this
    const block = Buffer.from(out.bytes.subarray(start + frameHeaderBytes, out.length))
    out.length = start
    for (let at = 0; at < block.length; at += maxFrameSize) {
      const end = Math.min(block.length, at + maxFrameSize)
      const type = at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION
      const last = end === block.length ? FrameFlag.END_HEADERS : 0
      this.#writeHeader(type, (at === 0 ? flags : 0) | last, streamId, end - at)
      out.append(block, at, end)
    }
  }

  #writeHeader(type: number, flags: number, streamId: number, length: number): void {
    const { out } = this
    out.reserve(frameHeaderBytes)
    const { bytes, length: at } = out
    bytes[at] = length >>> 16
    bytes[at + 1] = length >>> 8
    bytes[at + 2] = length
    bytes[at + 3] = type
    bytes[at + 4] = flags
    bytes[at + 5] = streamId >>> 24
    bytes[at + 6] = streamId >>> 16
    bytes[at + 7] = streamId >>> 8
    bytes[at + 8] = streamId
    out.length = at + frameHeaderBytes
  }

  #writeUint32(value: number): void {
    const { out } = this
    out.reserve(4)
    const { bytes, length: at } = out
    bytes[at] = value >>> 24
    bytes[at + 1] = value >>> 16
    bytes[at + 2] = value >>> 8
    bytes[at + 3] = value
    out.length = at + 4
  }
}
