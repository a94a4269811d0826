import {
  junitOf,
  readValidatorTests,
  runValidatorTests,
  type SuiteResult,
} from '@meshwright/mesh-test'
import { type Command, Option } from 'commander'
import type { CommandContext } from '../../command-context.ts'
import { exitCode } from '../../exit-code.ts'
import { type MeshFlags, meshOf, withMeshOptions } from './mesh-options.ts'
import { textOf } from './text-of.ts'

interface ImportFlags extends MeshFlags {
  readonly config: readonly string[]
  readonly format: 'text' | 'json' | 'junit'
}

const help = `
Example:
  meshwright route import tests.yaml --config ./virtual-services --assume-missing

Exit codes:
  0    every test passed
  1    a test failed, or a file is not what it should be
  2    the command line is wrong`

/** `meshwright route import` */
export function addRouteImport(route: Command, { terminal, setExitCode }: CommandContext): void {
  const command = route
    .command('import')
    .description('run the test files of istio-config-validator')
    .argument('<file...>', 'test files, with testCases in them')
    .requiredOption('--config <path...>', "Istio's resources: files, directories")
    .addOption(
      new Option('--format <format>', 'text for people, json or junit for machines')
        .choices(['text', 'json', 'junit'])
        .default('text'),
    )
    .addHelpText('after', help)
    .action(async (files: readonly string[], flags: ImportFlags) => {
      const texts = await Promise.all(
        files.map(async (path) => ({ path, text: await textOf(path) })),
      )
      const tests = texts.flatMap(readValidatorTests)
      const result = runValidatorTests(await meshOf(flags.config, flags, terminal), tests)
      terminal.stdout(render[flags.format](result, files.join(' ')))
      if (result.failed > 0) setExitCode(exitCode.failed)
    })
  withMeshOptions(command)
}

const render = {
  text: (result) => textOfSuite(result),
  json: (result) => `${JSON.stringify(result, undefined, 2)}\n`,
  junit: (result, name) => junitOf(name, result),
} as const satisfies Readonly<
  Record<ImportFlags['format'], (result: SuiteResult, name: string) => string>
>

function textOfSuite({ cases, passed, failed, coverage }: SuiteResult): string {
  const lines = cases.flatMap(({ name, ok, failures }) => [
    `${ok ? 'PASS' : 'FAIL'} ${name}`,
    ...failures.flatMap(({ field, expected, actual }) => [
      `  ${field}`,
      `    expected ${expected}`,
      `    got      ${actual}`,
    ]),
  ])
  const covered =
    coverage === undefined ? '' : `, ${Number(coverage.toPrecision(4))} % of routes covered`
  return `${[...lines, `${passed} passed, ${failed} failed${covered}`].join('\n')}\n`
}
