import type { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { addressOption, type ListenAddress } from './address.ts'
import { addLogOptions, type LogFlags, logOf } from './log-options.ts'
import { settledWithin } from './settled-within.ts'

interface ControlPlaneFlags extends LogFlags {
  readonly configDir: string
  readonly stateDir?: string
  readonly xdsAddress: ListenAddress
  readonly debugAddress: ListenAddress
  readonly strict?: true
}

const closeLimitMs = 5000

/** `meshwright control-plane` */
export function addControlPlane(program: Command, { terminal }: CommandContext): void {
  const command = program
    .command('control-plane')
    .description('serve the configuration in a directory to proxies, and follow its changes')
    .requiredOption('--config-dir <dir>', 'directory of .yaml, .yml and .json files')
    .option(
      '--state-dir <dir>',
      'keep the accepted configuration here, for a restart while the files are broken',
    )
    .addOption(addressOption('--xds-address', 'where proxies connect', '127.0.0.1:15010'))
    .addOption(
      addressOption('--debug-address', 'where /ready, /metrics and /debug are', '127.0.0.1:8080'),
    )
    .option('--strict', 'end at once if the configuration is broken and there is no earlier one')
  addLogOptions(command).action(async (flags: ControlPlaneFlags) => {
    const stopped = terminal.untilStopped()
    // Loaded when needed: the other commands do without a gRPC server.
    const { createControlPlane } = await import('@meshwright/control-plane')
    const controlPlane = await createControlPlane({
      config: flags.configDir,
      listen: { xds: flags.xdsAddress, debug: flags.debugAddress },
      strict: flags.strict ?? false,
      log: logOf(flags, terminal),
      ...(flags.stateDir !== undefined && { stateDir: flags.stateDir }),
    })
    await stopped
    await settledWithin(closeLimitMs, controlPlane.close())
  })
}
