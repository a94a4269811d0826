import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('main.js', import.meta.resolve('@meshwright/cli')))

/** `meshwright proxy` in a process of its own. */
export class ProxyProcess {
  readonly #child: ChildProcess
  readonly #folder: string

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child
    this.#folder = folder
  }

  static start(bootstrap: string): ProxyProcess {
    const folder = mkdtempSync(join(tmpdir(), 'bench-footprint-'))
    const file = join(folder, 'bootstrap.yaml')
    writeFileSync(file, bootstrap)
    const child = spawn(process.execPath, [cli, 'proxy', '--bootstrap', file], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return new ProxyProcess(child, folder)
  }

  /** Resident memory in bytes, once three looks in a row, half a second apart, saw the same to one percent. */
  async restingBytes(): Promise<number> {
    let seen: number[] = []
    for (let look = 0; look < mostLooks; look++) {
      seen = [...seen.slice(-2), this.#residentBytes()]
      const [least, most] = [Math.min(...seen), Math.max(...seen)]
      if (seen.length === 3 && most - least < least / 100) return most
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    return Math.max(...seen)
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #residentBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024
  }
}

const mostLooks = 40
