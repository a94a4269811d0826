/** Bytes of the header of every frame. */
export const frameHeaderBytes = 9

/** @see https://www.rfc-editor.org/rfc/rfc9113#section-6 */
export const FrameType = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const

export const FrameFlag = {
  END_STREAM: 0x1,
  /** Of SETTINGS and PING; the same bit as END_STREAM. */
  ACK: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const

/** @see https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2, and RFC 8441 for the last */
export const SettingId = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
  ENABLE_CONNECT_PROTOCOL: 0x8,
} as const

/** One parameter of a SETTINGS frame. */
export interface Setting {
  /** Of {@link SettingId}, or one that nobody knows and everybody ignores. */
  readonly id: number
  readonly value: number
}

/** What a client says first: RFC 9113 3.4. A SETTINGS frame follows. */
export const clientPreface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/** The largest window, and the largest stream id. */
export const maxWindow = 0x7fff_ffff

/** Bounds of SETTINGS_MAX_FRAME_SIZE; the lower one holds until settings say otherwise. */
export const minMaxFrameSize = 16_384
export const maxMaxFrameSize = 16_777_215

/** Of a frame. */
export interface FrameHeader {
  readonly type: number
  readonly flags: number
  /** Without the reserved bit. */
  readonly streamId: number
  /** Bytes of the payload. */
  readonly length: number
}

/** Of an object that is filled again and again. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] }
