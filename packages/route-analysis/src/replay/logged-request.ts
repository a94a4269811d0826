/** One request as an access log tells of it. */
export interface LoggedRequest {
  /** Line of the log, from 1. */
  readonly line: number
  readonly method: string
  /** With its query, before any rewrite. */
  readonly path: string
  readonly authority: string
  /** Undefined: the log does not say. */
  readonly scheme?: string
  /** For example `HTTP/1.1`. */
  readonly protocol?: string
  /** The cluster it went to. Undefined: the log does not say, or there was none. */
  readonly upstreamCluster?: string
  /** The name of the route it took. */
  readonly routeName?: string
  readonly status?: number
  /** Envoy's flags, such as `NR`; empty if there were none, undefined if the log does not say. */
  readonly responseFlags?: string
  /** Those that the log has, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A line of an access log that could not be read. */
export interface UnreadableLine {
  /** From 1. */
  readonly line: number
  /** What it says, cut after 200 characters. */
  readonly text: string
  /** Why it could not be read. */
  readonly unreadable: string
}
