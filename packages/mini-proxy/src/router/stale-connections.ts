import type { RequestHead, ResetReason } from '../http/stream.ts'
import type { UpstreamTry } from './upstream-try.ts'

/** Methods that may be sent again without being asked: twice is the same as once. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/** Whether sending the request twice is the same as sending it once. */
export function isIdempotent({ method }: RequestHead): boolean {
  return idempotent.has(method)
}

/** So many connections may turn out to be closed by the server before a request counts as failed. */
const maxStaleConnections = 5

/** The kept connections that turned out, one after the other, to have been closed just as the request went out. */
export class StaleConnections {
  #count = 0

  /** Whether this try met such a one: then it is as if nothing had been sent. */
  meets(attempt: UpstreamTry, head: RequestHead, reason: ResetReason): boolean {
    const isStale =
      attempt.reused &&
      !attempt.answered &&
      reason === 'connection-termination' &&
      this.#count < maxStaleConnections &&
      isIdempotent(head)
    if (isStale) this.#count += 1
    return isStale
  }
}
