import { isShown, type LogLevel, type LogLevels } from './log-levels.ts'

/** How log entries are written. */
export type LogFormat = 'text' | 'json'

/** What the packages below say. */
export interface LogEntry {
  readonly level: Exclude<LogLevel, 'none'>
  readonly scope: string
  readonly message: string
  readonly [field: string]: unknown
}

/** Where log lines go, and which. */
export interface LogWriterOptions {
  readonly format: LogFormat
  readonly levels: LogLevels
  readonly write: (line: string) => void
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number
}

/**
 * Turns log entries into lines: tab-separated text for people, or one JSON object per line,
 * with every field, for machines.
 */
export function createLogWriter({
  format,
  levels,
  write,
  wallClock,
}: LogWriterOptions): (entry: LogEntry) => void {
  const line = format === 'json' ? jsonLine : textLine
  return (entry) => {
    if (!isShown(levels, entry.scope, entry.level)) return
    write(`${line(new Date(wallClock()).toISOString(), entry)}\n`)
  }
}

function jsonLine(time: string, { level, scope, message, ...fields }: LogEntry): string {
  return JSON.stringify({ time, level, scope, message, ...fields }, (_, value: unknown) =>
    value instanceof Error ? value.message : value,
  )
}

function textLine(time: string, { level, scope, message, ...fields }: LogEntry): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => isShort(value))
    .map(([name, value]) => `${name}=${textOf(value)}`)
  // Text of peers must not be able to begin a line of its own.
  return [time, level, scope, message, ...rest]
    .join('\t')
    .replace(/[\n\r\v\f\u0085\u2028\u2029]+/g, ' ')
}

// People get what fits a line; whole objects are for machines.
function isShort(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'object' || value instanceof Error)
}

function textOf(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message)
  if (typeof value === 'string' && /^[\w./:|*@~-]+$/.test(value)) return value
  return JSON.stringify(value) ?? String(value)
}
