import { readFile } from 'node:fs/promises'
import type { Bootstrap } from '@meshwright/xds-client'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { CommandError } from '../command-error.ts'
import { endLeanStart, settleLeanStart } from '../lean-start.ts'
import type { Terminal } from '../terminal.ts'
import { addLogOptions, type LogFlags, logOf } from './log-options.ts'
import { type RunningProxy, runAlone, runLean, runSupervised } from './run-proxy.ts'

interface ProxyFlags extends LogFlags {
  readonly bootstrap: string
  readonly persist?: string
  readonly drainTime: number
  readonly drainStrategy: 'gradual' | 'immediate'
  readonly concurrency: number
  readonly hotRestart: boolean
}

/** A day. */
const maxSeconds = 86_400
const maxProcesses = 256
/** A longer bootstrap is work that compilers pay for. */
const mostLeanText = 65_536

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
    .addOption(
      new Option(
        '--drain-strategy <strategy>',
        'tell connections of a changed listener to leave one after the other, or all at once',
      )
        .choices(['gradual', 'immediate'])
        .default('gradual'),
    )
    .option('--concurrency <count>', 'processes that serve', parseCount, 1)
    .option(
      '--hot-restart',
      'hold the ports in a process of their own: SIGHUP then replaces the proxy without refusing a connection',
      false,
    )
  addLogOptions(command).action((flags: ProxyFlags) => serve(flags, terminal))
}

/** Runs until it is asked to end, then lets connections finish. */
async function serve(flags: ProxyFlags, terminal: Terminal): Promise<void> {
  const log = logOf(flags, terminal)
  const stopped = terminal.untilStopped()
  const quit = Promise.withResolvers<void>()
  const { bootstrap, isLong } = await readBootstrap(flags.bootstrap)
  const { drainStrategy, persist, concurrency } = flags
  const options = {
    bootstrap,
    drainStrategy,
    log,
    onQuit: quit.resolve,
    ...(persist !== undefined && { persist }),
  }
  const isSupervised = flags.hotRestart || concurrency > 1
  const run = isLong ? runSupervised : runLean
  const proxy = isSupervised ? await run({ ...options, concurrency }) : await runAlone(options)
  settleLeanStart()
  const { admin } = proxy
  log({
    level: 'info',
    scope: 'proxy',
    message: 'started',
    node: bootstrap.node.id,
    admin: admin && `${admin.address}:${admin.port}`,
  })
  terminal.onReload(() => void reload(proxy, flags.bootstrap, log))
  await Promise.race([stopped, quit.promise])
  log({ level: 'info', scope: 'proxy', message: 'draining', seconds: flags.drainTime })
  await proxy.drain(flags.drainTime * 1000)
  await proxy.close()
}

/** What fails here leaves the proxy as it is. */
async function reload(
  proxy: RunningProxy,
  file: string,
  log: ReturnType<typeof logOf>,
): Promise<void> {
  if (proxy.restart === undefined) {
    const message = 'not replaced: without --hot-restart nobody would hold the ports'
    log({ level: 'warn', scope: 'proxy', message })
    return
  }
  try {
    await proxy.restart((await readBootstrap(file)).bootstrap)
    log({ level: 'info', scope: 'proxy', message: 'replaced' })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    log({ level: 'error', scope: 'proxy', message: `not replaced: ${reason}` })
  }
}

async function readBootstrap(
  file: string,
): Promise<{ readonly bootstrap: Bootstrap; readonly isLong: boolean }> {
  // Loaded when needed: the other commands do without a proxy.
  const { parseBootstrap } = await import('@meshwright/xds-client')
  const text = await readText(file)
  const isLong = text.length > mostLeanText
  if (isLong) endLeanStart()
  return { bootstrap: parseBootstrap(text, { file }), isLong }
}

async function readText(file: string): Promise<string> {
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

function parseCount(text: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > maxProcesses) {
    throw new InvalidArgumentError(`Expected a count, from 1 to ${maxProcesses}.`)
  }
  return count
}
