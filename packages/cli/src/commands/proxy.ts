import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { CommandError } from '../command-error.ts'
import { addLogOptions, type LogFlags, logOf } from './log-options.ts'

interface ProxyFlags extends LogFlags {
  readonly bootstrap: string
  readonly persist?: string
  readonly drainTime: number
}

/** A day. */
const maxSeconds = 86_400

/** `meshwright proxy` */
export function addProxy(program: Command, { terminal }: CommandContext): void {
  const command = program
    .command('proxy')
    .description('run a proxy: sidecar or gateway, as its bootstrap says')
    .requiredOption(
      '--bootstrap <file>',
      "Envoy's bootstrap, YAML or JSON; the admin API listens where it says",
    )
    .option(
      '--persist <file>',
      'keep the accepted configuration here, for a start without the control plane',
    )
    .option(
      '--drain-time <seconds>',
      'longest wait for open connections when ending',
      parseSeconds,
      5,
    )
  addLogOptions(command).action(async (flags: ProxyFlags) => {
    const log = logOf(flags, terminal)
    const stopped = terminal.untilStopped()
    const quit = Promise.withResolvers<void>()
    // Loaded when needed: the other commands do without a proxy.
    const [{ startProxy }, { parseBootstrap }] = await Promise.all([
      import('@meshwright/mini-proxy'),
      import('@meshwright/xds-client'),
    ])
    const bootstrap = parseBootstrap(await readBootstrap(flags.bootstrap), {
      file: flags.bootstrap,
    })
    const proxy = await startProxy({
      bootstrap,
      log,
      onQuit: quit.resolve,
      ...(flags.persist !== undefined && { persist: flags.persist }),
    })
    const { admin } = proxy
    log({
      level: 'info',
      scope: 'proxy',
      message: 'started',
      node: bootstrap.node.id,
      admin: admin && `${admin.address}:${admin.port}`,
    })
    await Promise.race([stopped, quit.promise])
    log({ level: 'info', scope: 'proxy', message: 'draining', seconds: flags.drainTime })
    await proxy.drain({ boundMs: flags.drainTime * 1000 })
    await proxy.close()
  })
}

async function readBootstrap(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`cannot read ${file}: ${reason}`, { cause: error })
  }
}

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || seconds > maxSeconds) {
    throw new InvalidArgumentError(`Expected seconds, from 0 to ${maxSeconds}.`)
  }
  return seconds
}
