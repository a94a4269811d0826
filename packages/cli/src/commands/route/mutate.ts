import {
  checkRouter,
  junitOf,
  type Mesh,
  mutationSummary,
  type Problem,
  problemsSuite,
  problemsText,
  type RouteSet,
  readRouterTests,
  survivorProblems,
  writtenMutants,
} from '@meshwright/mesh-test'
import { type MutationReport, mutationTest } from '@meshwright/route-analysis'
import { type Command, Option } from 'commander'
import type { CommandContext } from '../../command-context.ts'
import { CommandError } from '../../command-error.ts'
import { exitCode } from '../../exit-code.ts'
import { sarifText } from '../../output/problem-sarif.ts'
import { type MeshFlags, meshOf, withMeshOptions } from './mesh-options.ts'
import { onlyConfiguration } from './only-configuration.ts'
import { parsePercent } from './parse-percent.ts'
import { textOf } from './text-of.ts'

interface MutateFlags extends MeshFlags {
  readonly tests: readonly string[]
  readonly routeConfiguration?: string
  readonly failUnder: number
  readonly format: 'text' | 'json' | 'sarif' | 'junit'
}

const help = `
Faults are put into the routes one by one: a weight, a header that is not asked for any more, two rules swapped, a prefix
made a whole path, a number in a regular expression one off. Tests that still pass do not see it. Of Istio's resources,
only what is written in a virtual service is changed, and not what a proxy does by default.

Exit codes:
  0    of the faults that requests can show, as many were noticed as --fail-under asks
  1    fewer were, the tests do not pass as they are, or a file is not what it should be
  2    the command line is wrong`

/** `meshwright route mutate` */
export function addRouteMutate(route: Command, { terminal, setExitCode }: CommandContext): void {
  const command = route
    .command('mutate')
    .description('which faults in the routes the tests would not notice, and what would')
    .argument('<path...>', "Istio's resources or an Envoy configuration: files, directories")
    .requiredOption('-t, --tests <file...>', "test files of Envoy's router check tool")
    .option(
      '--route-configuration <name>',
      'the one to test; default: the only one with rules of yours',
    )
    .option('-f, --fail-under <percent>', 'of noticed faults', parsePercent, 100)
    .addOption(
      new Option('--format <format>', 'text for people; json, sarif or junit for machines')
        .choices(['text', 'json', 'sarif', 'junit'])
        .default('text'),
    )
    .addHelpText('after', help)
    .action(async (paths: readonly string[], flags: MutateFlags) => {
      const mesh = await meshOf(paths, flags, terminal)
      const set = onlyConfiguration(mesh, flags.routeConfiguration)
      const report = await mutated(mesh, set, flags.tests)
      terminal.stdout(render[flags.format](survivorProblems(set, report), report))
      if (report.percent < flags.failUnder) setExitCode(exitCode.failed)
    })
  withMeshOptions(command)
}

async function mutated(
  mesh: Mesh,
  set: RouteSet,
  testPaths: readonly string[],
): Promise<MutationReport> {
  const files = await Promise.all(
    testPaths.map(async (path) => readRouterTests(path, await textOf(path))),
  )
  const suite = { tests: files.flatMap(({ tests }) => tests) }
  const { failed, cases } = checkRouter(set.configuration, suite)
  if (failed > 0) {
    const names = cases.filter(({ ok }) => !ok).map(({ name }) => name)
    throw new CommandError(`expected tests that pass, got ones that fail: ${names.join(', ')}`)
  }
  return mutationTest(
    set.configuration,
    (configuration) => checkRouter(configuration, suite).failed === 0,
    { mutants: writtenMutants(mesh, set) },
  )
}

type Render = (problems: readonly Problem[], report: MutationReport) => string

const render: Readonly<Record<MutateFlags['format'], Render>> = {
  text: (problems, report) => `${problemsText(problems)}${mutationSummary(report)}\n`,
  json: (_, { killed, survived, equivalent, unknown, percent }) => {
    const plain = {
      percent,
      killed: killed.map(({ id }) => id),
      survived: survived.map(({ mutant: { id, kind, description, ref }, ...rest }) => ({
        id,
        kind,
        description,
        ref,
        ...rest,
      })),
      equivalent: equivalent.map(({ id }) => id),
      unknown: unknown.map(({ mutant: { id }, reason }) => ({ id, reason })),
    }
    return `${JSON.stringify(plain, undefined, 2)}\n`
  },
  sarif: (problems) => sarifText(problems),
  junit: (problems) =>
    junitOf('meshwright route mutate', problemsSuite(problems, 'every fault is noticed')),
}
