import type { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { version } from '../version.ts'

/** `meshwright version` */
export function addVersion(program: Command, { terminal }: CommandContext): void {
  program
    .command('version')
    .description('print the version')
    .action(() => terminal.stdout(`${version}\n`))
}
