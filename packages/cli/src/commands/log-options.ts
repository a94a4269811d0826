import { type Command, Option } from 'commander'
import { parseLogLevels } from '../output/log-levels.ts'
import { createLogWriter, type LogEntry, type LogFormat } from '../output/log-writer.ts'
import type { Terminal } from '../terminal.ts'

/** The flags that say what is logged. */
export interface LogFlags {
  readonly logFormat: LogFormat
  readonly logLevel: string
}

/** Adds `--log-format` and `--log-level` to a command. */
export function addLogOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--log-format <format>', 'how logs are written')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option(
      '--log-level <levels>',
      'debug, info, warn, error or none; SCOPE:LEVEL for one part; several with commas',
      'info',
    )
}

/** The log that the flags ask for, on stderr. */
export function logOf(flags: LogFlags, terminal: Terminal): (entry: LogEntry) => void {
  return createLogWriter({
    format: flags.logFormat,
    levels: parseLogLevels(flags.logLevel),
    write: terminal.stderr,
    wallClock: terminal.wallClock,
  })
}
