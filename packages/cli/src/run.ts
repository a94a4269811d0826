import { CommanderError } from 'commander'
import { CommandError } from './command-error.ts'
import { exitCode } from './exit-code.ts'
import { describeError } from './output/describe-error.ts'
import { processTerminal } from './process-terminal.ts'
import { createProgram } from './program.ts'
import type { Terminal } from './terminal.ts'

/**
 * Runs the `meshwright` command.
 *
 * @param args The arguments after the command's name.
 * @param terminal What stands in for the terminal of this process. Default: nothing does.
 * @returns The exit code: 0 done, 1 failed, 2 the command line is wrong.
 */
export async function run(
  args: readonly string[],
  terminal: Partial<Terminal> = {},
): Promise<number> {
  const io = { ...processTerminal, ...terminal }
  const outcome = { exitCode: exitCode.done as number }
  const program = await createProgram(args, io, (code) => {
    outcome.exitCode = code
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return outcome.exitCode
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCode.done : exitCode.usage
    io.stderr(describeError(error, program.opts<{ verbose?: boolean }>().verbose ?? false))
    return error instanceof CommandError ? error.exitCode : exitCode.failed
  }
}
