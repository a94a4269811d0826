import {
  analyzeMesh,
  junitOf,
  type MeshAnalysis,
  type Problem,
  problemsSuite,
  problemsText,
  undecidedRoutes,
  unreachableProblems,
} from '@meshwright/mesh-test'
import { type Command, Option } from 'commander'
import type { CommandContext } from '../../command-context.ts'
import { exitCode } from '../../exit-code.ts'
import { sarifText } from '../../output/problem-sarif.ts'
import { type MeshFlags, meshOf, withMeshOptions } from './mesh-options.ts'

interface UnreachableFlags extends MeshFlags {
  readonly format: 'text' | 'json' | 'sarif' | 'junit'
}

const help = `
A route that is written once and compiled into several places counts only if no request takes it in any of them.

Exit codes:
  0    no route was proven unreachable
  1    some were, or the configuration is wrong
  2    the command line is wrong`

/** `meshwright route unreachable` */
export function addRouteUnreachable(
  route: Command,
  { terminal, setExitCode }: CommandContext,
): void {
  const command = route
    .command('unreachable')
    .description('prove which routes no request can take, and what takes theirs')
    .argument('<path...>', "Istio's resources or an Envoy configuration: files, directories")
    .addOption(
      new Option('--format <format>', 'text for people; json, sarif or junit for machines')
        .choices(['text', 'json', 'sarif', 'junit'])
        .default('text'),
    )
    .addHelpText('after', help)
    .action(async (paths: readonly string[], flags: UnreachableFlags) => {
      const analysis = analyzeMesh(await meshOf(paths, flags, terminal))
      const problems = unreachableProblems(analysis)
      terminal.stdout(render[flags.format](problems, analysis))
      if (problems.length > 0) setExitCode(exitCode.failed)
    })
  withMeshOptions(command)
}

type Render = (problems: readonly Problem[], analysis: MeshAnalysis) => string

const render: Readonly<Record<UnreachableFlags['format'], Render>> = {
  text: (problems, analysis) => {
    const undecided = undecidedRoutes(analysis).map((text) => `undecided: ${text}\n`)
    const assumed = analysis.assumptions.map((text) => `assumed: ${text}\n`)
    const counts = `${analysis.findings.length} routes, ${problems.length} unreachable, ${undecided.length} undecided\n`
    return [problemsText(problems), ...undecided, counts, ...assumed].join('')
  },
  json: (problems, analysis) => {
    const unreachable = problems.map(({ message, source }) => ({ message, source }))
    const { assumptions, findings } = analysis
    const undecided = undecidedRoutes(analysis)
    const plain = { routes: findings.length, unreachable, undecided, assumptions }
    return `${JSON.stringify(plain, undefined, 2)}\n`
  },
  sarif: (problems) => sarifText(problems),
  junit: (problems) =>
    junitOf('meshwright route unreachable', problemsSuite(problems, 'no route is unreachable')),
}
