/** Monotonic milliseconds; `performance` is one. */
export interface Clock {
  now(): number
}

/** What is needed to wait; the global timer functions are one. */
export interface Timers {
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}

/** One line of the proxy's own log. `scope` is the part that speaks: `listener`, `upstream`, `dns`, `admin` … */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly scope: string
  readonly message: string
  readonly [field: string]: unknown
}

/** Takes log lines; must not throw. */
export type Log = (entry: LogEntry) => void

/** Returns a uniform number in `[0, 1)`; `Math.random` is one. */
export type Random = () => number

/** Everything the proxy would otherwise read from the air. */
export interface Ambient {
  readonly clock: Clock
  readonly timers: Timers
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  readonly random: Random
  readonly log: Log
}
