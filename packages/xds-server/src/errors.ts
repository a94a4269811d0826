/** Every code this package throws or ends a stream with. */
export type XdsServerErrorCode =
  | 'ERR_XDS_SERVER_TOO_MANY_NAMES'
  | 'ERR_XDS_SERVER_TOO_MANY_TYPES'
  | 'ERR_XDS_SERVER_BAD_REQUEST'
  | 'ERR_XDS_SERVER_BAD_RESOURCE'
  | 'ERR_XDS_SERVER_LISTEN'
  | 'ERR_XDS_SERVER_CLOSED'

/** A request that cannot be served, or a resource that cannot be sent. */
export class XdsServerError extends Error {
  override readonly name: string = 'XdsServerError'
  readonly code: XdsServerErrorCode

  constructor(
    message: string,
    options: { readonly code: XdsServerErrorCode; readonly cause?: unknown },
  ) {
    super(`${message} [${options.code}]`, options)
    this.code = options.code
  }
}
