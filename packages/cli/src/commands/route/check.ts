import { writeFile } from 'node:fs/promises'
import {
  checkRouter,
  type DeprecatedField,
  deprecatedFields,
  junitOf,
  type ReportLine,
  type RouterCheckResult,
  readRouteConfiguration,
  readRouterTests,
  resultMessage,
  routerCheckReport,
} from '@meshwright/mesh-test'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../../command-context.ts'
import { CommandError } from '../../command-error.ts'
import { exitCode } from '../../exit-code.ts'
import type { Terminal } from '../../terminal.ts'
import { textOf } from './text-of.ts'

interface CheckFlags {
  readonly configPath?: string
  readonly testPath?: string
  readonly listenerName?: string
  readonly outputPath?: string
  readonly details?: true
  readonly onlyShowFailures?: true
  readonly failUnder: number
  readonly covall?: true
  readonly detailedCoverage?: true
  readonly disableDeprecationCheck?: true
  readonly format: 'text' | 'json' | 'junit'
}

const help = `
The flags, the output and the verdicts are those of Envoy's router check tool (router_check_tool).

Tests are read as JSON, YAML (.json, .yaml, .yml) or protobuf text (.pb_text, .textproto, .txtpb).
Of a configuration's deprecated fields, those of RouteConfiguration in Envoy's v3 API are known:
they are warned of unless --disable-deprecation-check is given. Fields that v3 does not have are always refused.

Exit codes:
  0    every test passed, and coverage is as much as --fail-under asks
  1    a test failed, coverage is too low, a file is not what it should be or -c or -t is missing
  2    a flag is wrong`

/** `meshwright route check` */
export function addRouteCheck(route: Command, { terminal, setExitCode }: CommandContext): void {
  route
    .command('check')
    .description("run the tests of Envoy's router check tool")
    .option('-c, --config-path <file>', 'route configuration, or a bootstrap with one in it')
    .option('-t, --test-path <file>', 'the tests')
    .option('-l, --listener-name <name>', 'of a bootstrap: the listener whose routes are tested')
    .option('-d, --details', 'print the name of every test')
    .option('--only-show-failures', 'print failed tests only')
    .option('-f, --fail-under <percent>', 'fail if coverage is less', parsePercent, 0)
    .option('--covall', 'coverage of every field of a route, and not of one')
    .option('--detailed-coverage', 'print the routes that have no test')
    .option('--disable-deprecation-check', 'do not warn of deprecated fields')
    .option('-o, --output-path <file>', 'write the results there, as a ValidationResult message')
    .addOption(
      new Option('--format <format>', 'text as the tool has it, json or junit for machines')
        .choices(['text', 'json', 'junit'])
        .default('text'),
    )
    .allowExcessArguments()
    .addHelpText('after', help)
    .action(async (flags: CheckFlags) => {
      const { ok, report, result } = await check(flags, terminal)
      terminal.stdout(render[flags.format]({ ...result, name: flags.testPath ?? '' }))
      for (const { to, text } of report) {
        if (flags.format === 'text' || to === 'stderr') terminal[to](`${text}\n`)
      }
      if (!ok) setExitCode(exitCode.failed)
    })
}

interface Checked {
  readonly ok: boolean
  readonly report: readonly ReportLine[]
  readonly result: RouterCheckResult
}

async function check(flags: CheckFlags, terminal: Terminal): Promise<Checked> {
  const { configPath, testPath, listenerName, outputPath } = flags
  if (configPath === undefined || testPath === undefined) {
    throw new CommandError('error: Both --config-path/c and --test-path/t are mandatory')
  }
  const configuration = readRouteConfiguration(configPath, await textOf(configPath), {
    listenerName,
  })
  const tests = readRouterTests(testPath, await textOf(testPath))
  for (const { path, instead } of deprecations(configuration, flags)) {
    terminal.stderr(`warning: ${path} is deprecated; in its place: ${instead}\n`)
  }
  const result = checkRouter(configuration, tests, { allFields: flags.covall === true })
  if (outputPath !== undefined) {
    const message = resultMessage(result, { onlyFailures: flags.onlyShowFailures === true })
    await written(outputPath, message)
  }
  const { ok, lines: report } = routerCheckReport(result, {
    ...flags,
    coverAll: flags.covall === true,
  })
  return { ok, report, result }
}

async function written(path: string, content: Parameters<typeof writeFile>[1]): Promise<void> {
  try {
    await writeFile(path, content)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`cannot write ${path}: ${reason}`, { cause: error })
  }
}

function deprecations(
  configuration: ReturnType<typeof readRouteConfiguration>,
  { disableDeprecationCheck }: CheckFlags,
): readonly DeprecatedField[] {
  return disableDeprecationCheck === true ? [] : deprecatedFields(configuration)
}

const render = {
  text: () => '',
  json: jsonOf,
  junit: ({ name, ...result }: RouterCheckResult & { readonly name: string }) =>
    junitOf(name, result),
} as const satisfies Readonly<Record<CheckFlags['format'], unknown>>

function parsePercent(text: string): number {
  const percent = Number(text)
  if (text.trim() === '' || !Number.isFinite(percent)) {
    throw new InvalidArgumentError(`Expected a number, got ${JSON.stringify(text)}.`)
  }
  return percent
}

function jsonOf({ passed, failed, coverage, cases }: RouterCheckResult): string {
  const plain = cases.map(({ name, ok, failures }) => ({
    name,
    ok,
    failures: failures.map(({ field, expected, actual }) => ({ field, expected, actual })),
  }))
  return `${JSON.stringify({ passed, failed, coverage, cases: plain }, undefined, 2)}\n`
}
