import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { replayText } from '@meshwright/mesh-test'
import { accessLogReader, createReplay, type ReplayReport } from '@meshwright/route-analysis'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../../command-context.ts'
import { CommandError } from '../../command-error.ts'
import { exitCode } from '../../exit-code.ts'
import { type MeshFlags, meshOf, withMeshOptions } from './mesh-options.ts'
import { onlyConfiguration } from './only-configuration.ts'

interface ReplayFlags extends MeshFlags {
  readonly before?: readonly string[]
  readonly logFormat?: string
  readonly logHeader: Readonly<Record<string, string>>
  readonly routeConfiguration?: string
  readonly format: 'text' | 'json'
}

const help = `
Without --before, where the log says that a request went is compared with where the configuration sends it.
A log does not tell draws, so that weighted routes are compared as sets of destinations.

Exit codes:
  0    no request would go elsewhere
  1    some would, no line of the log could be read, or a file is not what it should be
  2    the command line is wrong`

/** `meshwright route replay` */
export function addRouteReplay(route: Command, { terminal, setExitCode }: CommandContext): void {
  const command = route
    .command('replay')
    .description('which requests of an access log a configuration would send elsewhere')
    .argument('<log>', "an access log: Envoy's or Istio's default format, or JSON lines")
    .argument('<path...>', 'the new configuration: files, directories')
    .option('--before <path...>', 'the configuration that the log is of')
    .option('--log-format <format>', 'the format string of the lines, as Envoy has it')
    .option(
      '--log-header <name=key>',
      'a header of the request, and its key in JSON lines; repeatable; without a key, its name',
      addLogHeader,
      {},
    )
    .option(
      '--route-configuration <name>',
      'the one to ask; default: the only one with rules of yours',
    )
    .addOption(
      new Option('--format <format>', 'text for people, json for machines')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText('after', help)
    .action(async (log: string, paths: readonly string[], flags: ReplayFlags) => {
      const report = await replayed(log, paths, { ...flags, terminal })
      terminal.stdout(
        flags.format === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : replayText(report),
      )
      const isNoLog = report.requests === 0 && report.unreadable.count > 0
      if (report.verdicts.elsewhere > 0 || isNoLog) setExitCode(exitCode.failed)
    })
  withMeshOptions(command)
}

async function replayed(
  log: string,
  paths: readonly string[],
  { terminal, ...flags }: ReplayFlags & Pick<CommandContext, 'terminal'>,
): Promise<ReplayReport> {
  const { before, logFormat, logHeader, routeConfiguration } = flags
  const after = onlyConfiguration(await meshOf(paths, flags, terminal), routeConfiguration)
  const old =
    before === undefined
      ? undefined
      : onlyConfiguration(await meshOf(before, flags, terminal), routeConfiguration)
  const read = accessLogReader({
    json: { headers: logHeader },
    ...(logFormat !== undefined && { format: logFormat }),
  })
  const running = createReplay(old?.configuration, after.configuration)
  let line = 0
  for await (const text of linesOf(log)) {
    line++
    const entry = read(text, line)
    if (entry !== undefined) running.add(entry)
  }
  return running.report()
}

function addLogHeader(text: string, before: ReplayFlags['logHeader']): ReplayFlags['logHeader'] {
  const [name = '', ...key] = text.split('=')
  if (name === '') throw new InvalidArgumentError(`Expected name=key, got ${JSON.stringify(text)}.`)
  return { ...before, [name]: key.length === 0 ? name : key.join('=') }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  try {
    yield* createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`cannot read ${path}: ${reason}`, { cause: error })
  }
}
