import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accepts } from '../support/accepts.ts'
import { nginxPidFile } from './nginx-pid.ts'

const withSbin = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` }

/** A process to be started on a core; it is ready when it listens. */
export interface PinnedProcess {
  readonly command: readonly string[]
  readonly core: number
  readonly port: number
  /** Set for it, besides what the benchmark has. */
  readonly environment?: Readonly<Record<string, string>> | undefined
}

/** The programs of a benchmark, each on a core of its own choice, and a folder for their files. */
export class PinnedProcesses {
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'bench-'))
  readonly #started: ChildProcess[] = []

  /**
   * Starts one and waits until it accepts connections; gives its process id.
   *
   * @throws if it ends before, or if something listens on its port already, which would be measured in its place.
   */
  async start({ command, core, port, environment }: PinnedProcess): Promise<number> {
    if (await accepts(port)) throw new Error(`something listens on port ${port} already`)
    const child = spawn('taskset', ['-c', String(core), ...command], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...withSbin, ...environment },
    })
    if (child.pid === undefined) throw new Error(`could not start ${command[0]}`)
    this.#started.push(child)
    await listening(port, child)
    return child.pid
  }

  /** Writes a file and gives its path. */
  file(name: string, content: string | Buffer): string {
    const path = join(this.#folder, name)
    writeFileSync(path, content)
    return path
  }

  /** Ends every process and removes the folder. */
  async end(): Promise<void> {
    const running = this.#started.filter((it) => !hasEnded(it))
    await Promise.all(
      running.map((it) => {
        const ended = once(it, 'exit')
        it.kill('SIGKILL')
        return ended
      }),
    )
    rmSync(nginxPidFile, { force: true })
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** The first line of what a program says of its version. */
export function versionOf(command: string): string {
  const text = execFileSync('sh', ['-c', `${command} 2>&1`], { encoding: 'utf8', env: withSbin })
  return text.trim().split('\n')[0] ?? command
}

/** Visits everything in every round, the order turned round every other time. The first round warms up and is not counted. */
export async function inRounds<T>(
  all: readonly T[],
  rounds: number,
  visit: (one: T, counts: boolean) => Promise<void>,
): Promise<void> {
  for (let round = 0; round <= rounds; round++) {
    for (const one of round % 2 === 0 ? all : all.toReversed()) await visit(one, round > 0)
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await accepts(port))) {
    if (hasEnded(child)) throw new Error(`${child.spawnargs.join(' ')} ended: ${child.exitCode}`)
    if (performance.now() > deadline) throw new Error(`nothing listens on port ${port}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
