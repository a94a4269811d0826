import { usageError } from '../command-error.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

/** How much an entry matters; `none` is above all. */
export type LogLevel = (typeof levels)[number] | 'none'

/** From which level on entries are shown, by their scope. */
export interface LogLevels {
  readonly byScope: ReadonlyMap<string, LogLevel>
  /** For scopes that are not named. */
  readonly others: LogLevel
}

/**
 * Reads `LEVEL` or `SCOPE:LEVEL`, several of them separated by commas: `info,xds:debug`.
 *
 * @throws {CommandError} if a level is none.
 */
export function parseLogLevels(text: string): LogLevels {
  const byScope = new Map<string, LogLevel>()
  let others: LogLevel = 'info'
  for (const part of text.split(',')) {
    const colon = part.lastIndexOf(':')
    const level = part.slice(colon + 1)
    if (!isLogLevel(level)) {
      throw usageError(
        `--log-level: expected ${levels.join(', ')} or none, got ${JSON.stringify(part)}`,
      )
    }
    const scope = colon === -1 ? 'default' : part.slice(0, colon)
    if (scope === 'default') others = level
    else byScope.set(scope, level)
  }
  return { byScope, others }
}

/** Whether an entry of that scope and level is to be shown. */
export function isShown({ byScope, others }: LogLevels, scope: string, level: LogLevel): boolean {
  return rank(level) >= rank(byScope.get(scope) ?? others)
}

function rank(level: LogLevel): number {
  return level === 'none' ? levels.length : levels.indexOf(level)
}

function isLogLevel(text: string): text is LogLevel {
  return text === 'none' || levels.some((level) => level === text)
}
