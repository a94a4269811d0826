/** Error codes of RFC 9113 7, as RST_STREAM and GOAWAY carry them. */
export const errorCode = {
  noError: 0x0,
  protocolError: 0x1,
  internalError: 0x2,
  flowControlError: 0x3,
  settingsTimeout: 0x4,
  streamClosed: 0x5,
  frameSizeError: 0x6,
  refusedStream: 0x7,
  cancel: 0x8,
  compressionError: 0x9,
  connectError: 0xa,
  enhanceYourCalm: 0xb,
} as const

/** What is wrong with what a peer sent, and how it is told. */
export interface Http2Fault {
  /** Of {@link errorCode}. */
  readonly code: number
  /** For logs and tests. */
  readonly detail: string
  /** The request can be read, and is answered with this. */
  readonly status?: number
}

/** Of a message that is none: RFC 9113 8.1.1. */
export function malformed(detail: string): Http2Fault {
  return { code: errorCode.protocolError, detail }
}
