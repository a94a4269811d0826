/** Why bytes are no HTTP/1.1 message that this codec takes; the connection is closed after it. */
export interface Http1Fault {
  /** What a server answers, such as 400. */
  readonly status: number
  /** For logs and tests. */
  readonly detail: string
}

/** A fault; 400 unless told otherwise. */
export function fault(detail: string, status = 400): Http1Fault {
  return { status, detail }
}

/** Nothing is wrong with them: the proxy is too full to read them. */
export const overloaded: Http1Fault = fault('overload', 500)

/** Of a head or a trailer section whose lines do not have the form they must have. */
export const malformedHead: Http1Fault = fault('malformed head')
