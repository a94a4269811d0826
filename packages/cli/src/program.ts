import { Command } from 'commander'
import type { SetExitCode } from './command-context.ts'
import { addCompile } from './commands/compile.ts'
import { addControlPlane } from './commands/control-plane.ts'
import { addProxy } from './commands/proxy.ts'
import { addRoute } from './commands/route/route.ts'
import { addValidate } from './commands/validate.ts'
import { addVersion } from './commands/version.ts'
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

/** The command line: its commands, flags and help. */
export function createProgram(terminal: Terminal, setExitCode: SetExitCode): Command {
  const program = new Command('meshwright')
    .description('A service mesh: control plane, proxy, and tools for its configuration.')
    .version(version, '--version', 'print the version')
    .option('--verbose', 'show where errors come from: stack and causes')
    .addHelpText('after', exitCodes)
    .showHelpAfterError('(see meshwright --help)')
    .configureOutput({ writeOut: terminal.stdout, writeErr: terminal.stderr })
    .exitOverride()
  const context = { terminal, setExitCode }
  for (const add of [addControlPlane, addProxy, addValidate, addCompile, addRoute, addVersion]) {
    // Commands take over what is configured above when they are created by `command`.
    add(program, context)
  }
  return program
}
