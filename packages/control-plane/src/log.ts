/** One thing that happened, for people and for machines. */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** The part that speaks: `config`, `xds`, `debug`. */
  readonly scope: string
  readonly message: string
  readonly [field: string]: unknown
}

/** Takes entries; must not throw. */
export type Log = (entry: LogEntry) => void
