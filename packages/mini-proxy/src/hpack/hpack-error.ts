/** The code of every {@link HpackError}. */
export type HpackErrorCode = 'ERR_PROXY_HPACK'

/**
 * Bytes that are no header block. The two sides' tables no longer agree, so the connection has to end with
 * COMPRESSION_ERROR.
 */
export class HpackError extends Error {
  override readonly name: string = 'HpackError'
  readonly code: HpackErrorCode = 'ERR_PROXY_HPACK'

  constructor(reason: string) {
    super(`${reason} [ERR_PROXY_HPACK]`)
  }
}
