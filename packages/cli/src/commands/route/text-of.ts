import { readFile } from 'node:fs/promises'
import { CommandError } from '../../command-error.ts'

/**
 * The text of a file.
 *
 * @throws {CommandError} if it cannot be read.
 */
export async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`cannot read ${path}: ${reason}`, { cause: error })
  }
}
