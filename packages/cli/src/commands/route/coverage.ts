import {
  junitOf,
  type MeshCoverage,
  sendSuite,
  sourceText,
  suiteResult,
} from '@meshwright/mesh-test'
import { type Command, Option } from 'commander'
import type { CommandContext } from '../../command-context.ts'
import { exitCode } from '../../exit-code.ts'
import { type MeshFlags, meshOf, withMeshOptions } from './mesh-options.ts'
import { parsePercent } from './parse-percent.ts'
import { textOf } from './text-of.ts'

interface CoverageFlags extends MeshFlags {
  readonly tests: readonly string[]
  readonly failUnder: number
  readonly format: 'text' | 'json' | 'lcov' | 'junit'
}

const help = `
Tests are files of Envoy's router check tool, or of istio-config-validator; their requests count, not their verdicts.

Exit codes:
  0    coverage of routes is as much as --fail-under asks
  1    it is not, or a file is not what it should be
  2    the command line is wrong`

/** `meshwright route coverage` */
export function addRouteCoverage(route: Command, { terminal, setExitCode }: CommandContext): void {
  const command = route
    .command('coverage')
    .description('what of the routes, their conditions and weights the requests of tests take')
    .argument('<path...>', "Istio's resources or an Envoy configuration: files, directories")
    .requiredOption('-t, --tests <file...>', 'test files')
    .option('-f, --fail-under <percent>', 'fail if fewer routes are covered', parsePercent, 0)
    .addOption(
      new Option('--format <format>', 'text for people; json, lcov or junit for machines')
        .choices(['text', 'json', 'lcov', 'junit'])
        .default('text'),
    )
    .addHelpText('after', help)
    .action(async (paths: readonly string[], flags: CoverageFlags) => {
      const mesh = await meshOf(paths, flags, terminal)
      for (const path of flags.tests) sendSuite(mesh, { path, text: await textOf(path) })
      const coverage = mesh.coverage()
      terminal.stdout(render[flags.format](coverage))
      if (coverage.routes.percent < flags.failUnder) {
        terminal.stderr(`expected ${flags.failUnder} % of routes, got ${percent(coverage)} %\n`)
        setExitCode(exitCode.failed)
      }
    })
  withMeshOptions(command)
}

const render: Readonly<Record<CoverageFlags['format'], (coverage: MeshCoverage) => string>> = {
  text: textOfCoverage,
  json: ({ requests, routes, written, unseen, reports }) =>
    `${JSON.stringify({ requests, routes, written, unseen, reports }, undefined, 2)}\n`,
  lcov: (coverage) => coverage.lcov(),
  junit: ({ written }) =>
    junitOf(
      'meshwright route coverage',
      suiteResult(
        written.map(({ origin, hits }) => ({
          name: sourceText(origin),
          ok: hits > 0,
          failures: hits > 0 ? [] : [{ field: 'hits', expected: 'at least 1', actual: '0' }],
        })),
      ),
    ),
}

function textOfCoverage(coverage: MeshCoverage): string {
  const { requests, routes, written, unseen } = coverage
  const missed = written.filter(({ hits }) => hits === 0)
  return [
    `${requests} requests take ${routes.covered} of ${routes.total} routes (${percent(coverage)} %)`,
    ...missed.map(({ origin }) => `${sourceText(origin)}: no request takes this route`),
    ...unseen.map(({ origin, description }) => `${sourceText(origin)}: never seen: ${description}`),
    '',
  ].join('\n')
}

function percent({ routes }: MeshCoverage): number {
  return Number(routes.percent.toPrecision(4))
}
