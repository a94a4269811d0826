import {
  changeText,
  diffMarkdown,
  diffMeshes,
  diffProblems,
  diffText,
  type MeshDiff,
} from '@meshwright/mesh-test'
import { type Command, Option } from 'commander'
import type { CommandContext } from '../../command-context.ts'
import { exitCode } from '../../exit-code.ts'
import { sarifText } from '../../output/problem-sarif.ts'
import { type MeshFlags, meshOf, withMeshOptions } from './mesh-options.ts'

interface DiffFlags extends MeshFlags {
  readonly telemetry?: true
  readonly format: 'text' | 'json' | 'markdown' | 'sarif'
}

const help = `
Compared is what happens to requests: their destination and everything done to them on the way. Rules that were
reordered, split or renamed without changing that are no difference.

Example, for a comment on a pull request:
  meshwright route diff ./main/mesh ./branch/mesh --format markdown

Exit codes:
  0    nothing changes, proven
  1    requests are answered otherwise, or it is not known whether they are, or a configuration is wrong
  2    the command line is wrong`

/** `meshwright route diff` */
export function addRouteDiff(route: Command, { terminal, setExitCode }: CommandContext): void {
  const command = route
    .command('diff')
    .description('what changes for whom between two configurations, or a proof that nothing does')
    .argument('<old>', "Istio's resources or an Envoy configuration: a file or directory")
    .argument('<new>', 'the other one')
    .option('--telemetry', 'compare also names in statistics, traces and logs')
    .addOption(
      new Option('--format <format>', 'text for people, markdown for a comment, json or sarif')
        .choices(['text', 'json', 'markdown', 'sarif'])
        .default('text'),
    )
    .addHelpText('after', help)
    .action(async (before: string, after: string, flags: DiffFlags) => {
      const telemetry = flags.telemetry === true
      const [old, fresh] = [
        await meshOf([before], flags, terminal),
        await meshOf([after], flags, terminal),
      ]
      const diff = diffMeshes(old, fresh, { telemetry })
      terminal.stdout(render[flags.format](diff))
      if (!diff.equivalent) setExitCode(exitCode.failed)
    })
  withMeshOptions(command)
}

const render: Readonly<Record<DiffFlags['format'], (diff: MeshDiff) => string>> = {
  text: diffText,
  markdown: diffMarkdown,
  sarif: (diff) => sarifText(diffProblems(diff)),
  json: ({ equivalent, changes, unknown, untold, assumptions }) => {
    const plain = {
      equivalent,
      changes: changes.map((change) => ({
        routeConfiguration: change.routeConfiguration,
        ...changeText(change),
        witness: change.class.witness,
        outcomes: { before: change.class.before, after: change.class.after },
      })),
      unknown: unknown.map(({ routeConfiguration, class: each }) => ({
        routeConfiguration,
        ...each,
      })),
      untold,
      assumptions,
    }
    return `${JSON.stringify(plain, undefined, 2)}\n`
  },
}
