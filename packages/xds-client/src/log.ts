/** One thing worth telling, with its facts as further fields. */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** The part that speaks: `xds-client`. */
  readonly scope: string
  readonly message: string
  readonly [field: string]: unknown
}

/** Where log entries go. */
export type Log = (entry: LogEntry) => void
