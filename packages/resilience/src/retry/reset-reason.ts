/** Why a try came to nothing. */
export type ResetReason =
  /** No connection, because it was refused or broke before it was ready. */
  | 'connection-failure'
  | 'connect-timeout'
  /** The connection went away under the request. */
  | 'connection-termination'
  | 'local-reset'
  | 'remote-reset'
  /** The other side says that it has not begun: HTTP/2 `REFUSED_STREAM`. */
  | 'refused-stream'
  | 'protocol-error'
  /** A limit of this side's own; never retried. */
  | 'overflow'
  | 'per-try-timeout'

/** Whether the try failed before there was a connection. */
export function isConnectFailure(reason: ResetReason): boolean {
  return reason === 'connection-failure' || reason === 'connect-timeout'
}
