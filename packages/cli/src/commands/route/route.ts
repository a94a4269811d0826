import type { Command } from 'commander'
import type { CommandContext } from '../../command-context.ts'
import { addRouteCheck } from './check.ts'

/** `meshwright route …` */
export function addRoute(program: Command, context: CommandContext): void {
  const route = program
    .command('route')
    .description('test, explain, compare and prove routing rules')
  for (const add of [addRouteCheck]) add(route, context)
}
