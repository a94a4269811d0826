import type { Terminal } from './terminal.ts'

/** Says how the command ends, once its work is done. */
export type SetExitCode = (code: number) => void

/** What every command is given. */
export interface CommandContext {
  readonly terminal: Terminal
  readonly setExitCode: SetExitCode
}
