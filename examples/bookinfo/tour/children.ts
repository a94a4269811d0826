import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** One program of the mesh. */
export interface Child {
  readonly name: string
  readonly process: ChildProcess
  /** Every line it printed to standard output since it started. */
  readonly lines: readonly string[]
  /** Every line it printed to standard error. */
  readonly complaints: readonly string[]
  /** Waits for a line of standard output or standard error. */
  waitForLine(pattern: RegExp, limitMs: number): Promise<string>
  /** Ends it with a signal and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>
}

const graceMs = 3_000

/** Starts programs and sees to it that none outlives this one. */
export class Children {
  readonly #running = new Set<Child>()

  start(name: string, command: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
    const [program = '', ...args] = command
    const started = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const child = childOf(name, started)
    this.#running.add(child)
    started.once('exit', () => this.#running.delete(child))
    return child
  }

  /** Asks every program to end; after three seconds it is made to. */
  async endAll(): Promise<void> {
    const children = [...this.#running]
    const deadline = setTimeout(() => this.killAll(), graceMs)
    await Promise.all(children.map((child) => child.end('SIGTERM')))
    clearTimeout(deadline)
  }

  /** For the last moment, when nothing can be awaited. */
  killAll(): void {
    for (const child of this.#running) child.process.kill('SIGKILL')
  }
}

function childOf(name: string, started: ChildProcess): Child {
  const lines: string[] = []
  const complaints: string[] = []
  const watchers = new Set<(line: string) => void>()
  const gone = new Promise<void>((resolve) => {
    started.once('exit', () => resolve())
    started.once('error', () => resolve())
  })
  for (const [stream, kept] of [
    [started.stdout, lines],
    [started.stderr, complaints],
  ] as const) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      kept.push(line)
      for (const watch of watchers) watch(line)
    })
  }
  return {
    name,
    process: started,
    lines,
    complaints,
    waitForLine(pattern, limitMs) {
      const seen = [...lines, ...complaints].find((line) => pattern.test(line))
      if (seen !== undefined) return Promise.resolve(seen)
      return new Promise((resolve, reject) => {
        const stop = (): void => {
          clearTimeout(timer)
          watchers.delete(watch)
        }
        const watch = (line: string): void => {
          if (!pattern.test(line)) return
          stop()
          resolve(line)
        }
        const fail = (why: string): void => {
          stop()
          reject(
            new Error(`${name} ${why} ${pattern}; it said:\n${complaints.slice(-10).join('\n')}`),
          )
        }
        const timer = setTimeout(() => fail(`did not in ${limitMs} ms print`), limitMs)
        watchers.add(watch)
        void gone.then(() => fail('ended before it printed'))
      })
    },
    end(signal) {
      started.kill(signal)
      return gone
    },
  }
}
