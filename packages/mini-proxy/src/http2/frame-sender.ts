import { HpackEncoder } from '../hpack/hpack-encoder.ts'
import type { Gauge } from '../stats/stats.ts'
import { maxWindow, type Setting, SettingId } from './frame-format.ts'
import { FrameWriter } from './frame-writer.ts'
import { initialWindowBytes } from './http2-options.ts'
import type { Http2Stream } from './http2-stream.ts'
import type { Outbox } from './outbox.ts'
import { TurnQueue } from './turn-queue.ts'

/** What is sent in one frame; bigger ones would let a stream hold up the others. */
const maxDataBytes = 16_384

/** Writes the frames of one connection, and DATA only as far as the peer's windows and its reading allow. */
export class FrameSender {
  readonly encoder: HpackEncoder
  /** What the peer takes of a stream that nothing was sent on. */
  initialWindow: number = initialWindowBytes
  /** DATA frames so far. */
  dataFrames = 0
  readonly #frames: FrameWriter
  readonly #outbox: Outbox
  readonly #pending: Gauge
  #window: number = initialWindowBytes
  /** Streams with bytes that wait for this connection, not for their own windows; each has its turn. */
  readonly #ready = new TurnQueue<Http2Stream>()
  #queuedBytes = 0

  /** @param pending the bytes that wait in the queues of streams */
  constructor(outbox: Outbox, tableBytes: number, pending: Gauge) {
    this.#outbox = outbox
    this.#pending = pending
    this.#frames = new FrameWriter(outbox.writer)
    this.encoder = new HpackEncoder({ maxTableSize: tableBytes })
  }

  /** Bytes of bodies that wait, of all streams. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** Begins a header block: encode into the writer of the outbox, then call `endBlock` with what this returns. */
  beginBlock(): number {
    return this.#frames.beginHeaders()
  }

  endBlock(start: number, streamId: number, endStream: boolean): void {
    this.#frames.endHeaders(start, streamId, endStream)
    this.#outbox.wrote()
  }

  writeSettings(settings: readonly Setting[]): void {
    this.#frames.writeSettings(settings)
    this.#outbox.wrote()
  }

  writeSettingsAck(): void {
    this.#frames.writeSettingsAck()
    this.#outbox.wroteControl()
  }

  writePing(payload: Uint8Array, ack: boolean): void {
    this.#frames.writePing(payload, ack)
    this.#outbox.wroteControl()
  }

  writeReset(streamId: number, code: number): void {
    this.#frames.writeReset(streamId, code)
    this.#outbox.wroteControl()
  }

  writeGoAway(lastStreamId: number, code: number, debug = ''): void {
    this.#frames.writeGoAway(lastStreamId, code, debug)
    this.#outbox.wrote()
  }

  writeWindowUpdate(streamId: number, increment: number): void {
    this.#frames.writeWindowUpdate(streamId, increment)
    this.#outbox.wrote()
  }

  /**
   * Frames what can go now, from `start` on; returns where it stopped. The stream ends with the last byte if `endStream`
   * says so; to end it without a byte nothing needs to be waited for.
   */
  writeData(stream: Http2Stream, bytes: Uint8Array, start: number, endStream: boolean): number {
    const { length } = bytes
    let at = start
    while (at < length && !this.#outbox.full) {
      const size = Math.min(length - at, this.#window, stream.sendWindow, maxDataBytes)
      if (size <= 0) break
      this.#frames.writeDataHeader(stream.id, size, endStream && at + size === length)
      this.#frames.out.append(bytes, at, at + size)
      this.#wroteData()
      stream.sendWindow -= size
      this.#window -= size
      at += size
    }
    if (length === start && endStream) {
      this.#frames.writeDataHeader(stream.id, 0, true)
      this.#wroteData()
    }
    return at
  }

  onQueued(bytes: number): void {
    this.#queuedBytes += bytes
    this.#pending.add(bytes)
  }

  waitToSend(stream: Http2Stream): void {
    if (stream.sendWindow > 0) this.#ready.add(stream)
  }

  forget(stream: Http2Stream): void {
    this.#ready.remove(stream)
  }

  /** Sends what waits, a frame of each stream in turn. */
  pump(): void {
    while (this.#window > 0 && !this.#outbox.full) {
      const stream = this.#ready.next()
      if (stream === undefined) return
      if (stream.sendQueued(Math.min(this.#window, maxDataBytes))) this.#ready.add(stream)
    }
  }

  /** The peer takes more on the connection; false: more than there can be. */
  enlarge(increment: number): boolean {
    this.#window += increment
    if (this.#window > maxWindow) return false
    this.pump()
    return true
  }

  /** The peer takes more of a stream; false: more than there can be. */
  enlargeStream(stream: Http2Stream, increment: number): boolean {
    stream.sendWindow += increment
    if (stream.sendWindow > maxWindow) return false
    if (stream.queuedBytes > 0 && stream.sendWindow > 0) {
      this.#ready.add(stream)
      this.pump()
    }
    return true
  }

  /** Does as the peer's settings say; false: a window would become larger than there can be. */
  applySettings(settings: readonly Setting[], streams: Iterable<Http2Stream>): boolean {
    for (const { id, value } of settings) {
      if (id === SettingId.HEADER_TABLE_SIZE) this.encoder.setPeerTableSize(value)
      else if (id === SettingId.MAX_FRAME_SIZE) this.#frames.maxFrameSize = value
      else if (id === SettingId.INITIAL_WINDOW_SIZE) {
        const change = value - this.initialWindow
        this.initialWindow = value
        for (const stream of [...streams]) if (!this.enlargeStream(stream, change)) return false
      }
    }
    return true
  }

  #wroteData(): void {
    this.dataFrames += 1
    this.#outbox.wrote()
  }
}
