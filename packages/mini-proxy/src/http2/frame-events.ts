import type { Setting } from './frame-format.ts'

/** The connection cannot go on: GOAWAY with the code, then close. */
export interface ConnectionFault {
  /** Of {@link ErrorCode}. */
  readonly code: number
  /** For logs and tests. */
  readonly detail: string
}

/** One stream is to be reset with the code; the connection goes on. */
export interface StreamFault extends ConnectionFault {
  readonly streamId: number
}

/** Part of a DATA frame, or all of it: as much as has arrived. The object is used again for the next one. */
export interface DataPiece {
  /** What was pushed; only the bytes from `start` to `end` are the piece's. Valid until the call returns. */
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** Bytes that count against the windows: padding and its length too. Over all pieces it is the frame's length. */
  readonly flowBytes: number
  /** The frame is whole. A frame that is empty has one piece. */
  readonly lastOfFrame: boolean
  /** The sender's side of the stream ends here; only with `lastOfFrame`. */
  readonly endStream: boolean
}

/** A whole header block, CONTINUATIONs included. The object is used again for the next one. */
export interface HeaderBlock {
  /** Valid until the call returns. */
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly endStream: boolean
  /**
   * Why the stream is to be reset, after the block was decoded: HPACK's tables have to stay the same on both sides.
   * Undefined if all is well.
   */
  readonly fault: ConnectionFault | undefined
}

/**
 * Takes what a {@link FrameReader} finds, in order. Stream ids are those of the frames, not 0 where a stream is meant:
 * whether such a stream exists and may get such a frame is the receiver's to know.
 *
 * Every frame leads to one call at least, so that a receiver can count what floods: empty DATA (`flowBytes` 0 without
 * `endStream`), SETTINGS, PING, PRIORITY, RST_STREAM, WINDOW_UPDATE and unknown frames.
 */
export interface FrameEvents {
  onData(streamId: number, piece: DataPiece): void
  onHeaders(streamId: number, block: HeaderBlock): void
  /** Deprecated and without effect. */
  onPriority(streamId: number): void
  onReset(streamId: number, code: number): void
  /** Values are within their ranges. */
  onSettings(settings: readonly Setting[]): void
  onSettingsAck(): void
  /** @param payload eight bytes, valid until the call returns */
  onPing(payload: Buffer, ack: boolean): void
  /** @param debug valid until the call returns */
  onGoAway(lastStreamId: number, code: number, debug: Buffer): void
  /** @param streamId 0: the connection. `increment` is positive. */
  onWindowUpdate(streamId: number, increment: number): void
  /** A frame of a type that is not known, which is skipped. Told at its header. */
  onUnknown(type: number, length: number): void
  onStreamFault(fault: StreamFault): void
  /** Last event. */
  onConnectionFault(fault: ConnectionFault): void
}
