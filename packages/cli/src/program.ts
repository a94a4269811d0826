import { Command } from 'commander'
import type { CommandContext, SetExitCode } from './command-context.ts'
import { endLeanStart } from './lean-start.ts'
import type { Terminal } from './terminal.ts'
import { version } from './version.ts'

const exitCodes = `
Exit codes:
  0    done; for the long-running commands: ended by SIGTERM or SIGINT, after draining
  1    the configuration is wrong, something failed, or there are findings
  2    the command line is wrong
  130  ended at once by a second SIGINT; 143 by a second SIGTERM

Examples:
  meshwright validate ./mesh
  meshwright control-plane --config-dir ./mesh --state-dir ./state
  meshwright proxy --bootstrap ./sidecar.yaml
  meshwright route check -c ./routes.yaml -t ./tests.json
  meshwright compile --config-dir ./mesh --proxy 'sidecar~10.0.0.1~web.default~default.svc.cluster.local' --type rds

meshwright <command> --help explains the flags of a command.`

type AddCommand = (program: Command, context: CommandContext) => void

/** In the order of the help. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  'control-plane': async () => (await import('./commands/control-plane.ts')).addControlPlane,
  proxy: async () => (await import('./commands/proxy.ts')).addProxy,
  validate: async () => (await import('./commands/validate.ts')).addValidate,
  compile: async () => (await import('./commands/compile.ts')).addCompile,
  route: async () => (await import('./commands/route/route.ts')).addRoute,
  version: async () => (await import('./commands/version.ts')).addVersion,
}

/**
 * The command line: its commands, flags and help.
 *
 * Only the command that `args` name is loaded: a proxy that runs for months does not keep what the others are made of. All
 * are where they name none, for the help.
 */
export async function createProgram(
  args: readonly string[],
  terminal: Terminal,
  setExitCode: SetExitCode,
): Promise<Command> {
  const program = new Command('meshwright')
    .description('A service mesh: control plane, proxy, and tools for its configuration.')
    .version(version, '--version', 'print the version')
    .option('--verbose', 'show where errors come from: stack and causes')
    .addHelpText('after', exitCodes)
    .showHelpAfterError('(see meshwright --help)')
    .configureOutput({ writeOut: terminal.stdout, writeErr: terminal.stderr })
    .exitOverride()
    .hook('preAction', (_, command) => {
      // A proxy is yet to load what it runs on.
      if (command.name() !== 'proxy') endLeanStart()
    })
  const context = { terminal, setExitCode }
  for (const load of loadersFor(args)) {
    const add = await load()
    // Commands take over what is configured above when they are created by `command`.
    add(program, context)
  }
  return program
}

function loadersFor(args: readonly string[]): readonly (() => Promise<AddCommand>)[] {
  // No flag of the program itself takes a value: the first word that is no flag is the command.
  const name = args.find((arg) => !arg.startsWith('-')) ?? ''
  const named = Object.hasOwn(commands, name) ? commands[name] : undefined
  return named === undefined ? Object.values(commands) : [named]
}
