import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

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
  readonly #started: number[] = []

  /** Starts one and waits until it accepts connections; gives its process id. */
  async start({ command, core, port, environment }: PinnedProcess): Promise<number> {
    const child = spawn('taskset', ['-c', String(core), ...command], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...withSbin, ...environment },
    })
    if (child.pid === undefined) throw new Error(`could not start ${command[0]}`)
    this.#started.push(child.pid)
    await listening(port)
    return child.pid
  }

  /** Writes a file and gives its path. */
  file(name: string, content: string | Buffer): string {
    const path = join(this.#folder, name)
    writeFileSync(path, content)
    return path
  }

  /** Ends every process and removes the folder. */
  end(): void {
    for (const pid of this.#started) process.kill(pid, 'SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** The first line of what a program says of its version. */
export function versionOf(command: string): string {
  const text = execFileSync('sh', ['-c', `${command} 2>&1`], { encoding: 'utf8', env: withSbin })
  return text.split('\n')[0] ?? command
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

async function listening(port: number): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await accepts(port))) {
    if (performance.now() > deadline) throw new Error(`nothing listens on port ${port}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
