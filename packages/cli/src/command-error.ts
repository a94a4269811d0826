import { type ExitCode, exitCode } from './exit-code.ts'

/** Ends the command with one line of explanation. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError'
  readonly code = 'ERR_CLI_COMMAND'
  readonly exitCode: ExitCode

  constructor(message: string, options: ErrorOptions & { readonly exitCode?: ExitCode } = {}) {
    super(message, options)
    this.exitCode = options.exitCode ?? exitCode.failed
  }
}

/** A fault of the command line itself. */
export function usageError(message: string): CommandError {
  return new CommandError(message, { exitCode: exitCode.usage })
}
