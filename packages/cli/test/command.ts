import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

// The built command, as its users run it: `npm test` builds first.
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** What a command left behind. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A running `meshwright`, in a process of its own. */
export class RunningCommand {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>
  readonly #closed: Promise<unknown>
  #stdout = ''
  #stderr = ''

  /** @param env what is added to the environment of this process */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [main, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    this.#closed = once(this.#child, 'close')
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
    })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
  }

  /** Resolves with the first match of `pattern` in what goes to stderr; rejects if the command ends before. */
  async logs(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#stderr)
      if (found !== null) return found
      if (this.#child.exitCode !== null)
        throw new Error(`ended without ${pattern}: ${this.#stderr}`)
      await Promise.race([once(this.#child.stderr, 'data'), this.#closed])
    }
  }

  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL' | 'SIGHUP'): void {
    this.#child.kill(name)
  }

  async ended(): Promise<Ended> {
    await this.#closed
    return { code: this.#child.exitCode, stdout: this.#stdout, stderr: this.#stderr }
  }
}

/** Runs a command to its end. */
export function meshwright(...args: readonly string[]): Promise<Ended> {
  return new RunningCommand(args).ended()
}
