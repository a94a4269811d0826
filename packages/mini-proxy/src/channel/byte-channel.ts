/** What a channel tells the connection above it. */
export interface ChannelEvents {
  /** The chunk is valid until the call returns: keep a copy, or write it elsewhere. */
  onBytes(chunk: Buffer): void
  /** The peer sends no more. */
  onEnd(): void
  /** The channel is gone, and everything not written with it. Last event. */
  onClose(error: Error | undefined): void
  /** There is room again after a write returned false. */
  onWritable(): void
}

/** Bytes to and from one peer: the one place where a codec meets a socket. Nothing throws; a broken peer shows as `onClose`. */
export interface ByteChannel {
  /** Bytes that wait to be written. */
  readonly queuedBytes: number
  /** More waits than should: `onWritable` will tell when it does not any more. */
  readonly full: boolean
  /** Writes text whose characters are bytes. False: full. */
  writeText(text: string): boolean
  /** Writes text, bytes and text in one go. The bytes are the caller's again when it returns. False: full. */
  writeAround(before: string, bytes: Uint8Array, after: string): boolean
  /**
   * Reads go into this memory from the next one on, which is nobody else's while the channel is open: for flows that turn
   * out to be bulk. Absent: the channel cannot.
   */
  readInto?(slab: Buffer): void
  /**
   * Writes bytes without a copy. False: they are still needed, and must stay as they are until `onWritable`. Absent: use
   * `writeAround`.
   */
  writeLent?(bytes: Buffer): boolean
  /** Some bytes may still arrive that were read before. */
  pause(): void
  resume(): void
  /** Sends what is queued, then the end. */
  end(): void
  /** Sends what is queued, then closes; what the peer still says is lost. */
  finish(): void
  destroy(): void
}
