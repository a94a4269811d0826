import type { Command } from 'commander'
import type { CommandContext } from '../../command-context.ts'
import { addRouteCheck } from './check.ts'
import { addRouteCoverage } from './coverage.ts'
import { addRouteDiff } from './diff.ts'
import { addRouteExplain } from './explain.ts'
import { addRouteImport } from './import.ts'
import { addRouteMutate } from './mutate.ts'
import { addRouteReplay } from './replay.ts'
import { addRouteUnreachable } from './unreachable.ts'
import { addRouteWitness } from './witness.ts'

/** `meshwright route …` */
export function addRoute(program: Command, context: CommandContext): void {
  const route = program
    .command('route')
    .description('test, explain, compare and prove routing rules')
  for (const add of [
    addRouteCheck,
    addRouteImport,
    addRouteExplain,
    addRouteDiff,
    addRouteUnreachable,
    addRouteWitness,
    addRouteCoverage,
    addRouteMutate,
    addRouteReplay,
  ])
    add(route, context)
}
