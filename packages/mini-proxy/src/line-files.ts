import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import type { Log, Timers } from './ambient.ts'

/** Appends lines to files by path; `/dev/stdout` and `/dev/stderr` are the process's own. */
export interface LineFiles {
  write(line: string, path: string): void
  /** Settles once everything is written. */
  close(): Promise<void>
}

/**
 * Files are opened on first use. Lines are written together, a tenth of a second late at most: a write for each would cost
 * more than the request it tells of. A file that takes lines too slowly loses them rather than fill the memory.
 */
export function createLineFiles(log: Log, timers: Timers): LineFiles {
  const files = new Map<string, LineFile>()
  const open = (path: string): LineFile => {
    const file = new LineFile(path, log, timers, () => files.delete(path))
    files.set(path, file)
    return file
  }
  return {
    write: (line, path) => (files.get(path) ?? open(path)).write(line),
    close: async () => {
      await Promise.all([...files.values()].map((file) => file.close()))
      files.clear()
    },
  }
}

/** Envoy's file flush buffer. */
const writeChars = 65_536
const maxDelayMs = 100
const maxWaitingBytes = 4_194_304

class LineFile {
  readonly #path: string
  readonly #log: Log
  readonly #timers: Timers
  readonly #stream: Writable
  readonly #isOwn: boolean
  #waiting = ''
  #timer: unknown
  /** Loses lines now; said once per stall. */
  #losing = false

  constructor(path: string, log: Log, timers: Timers, onError: () => void) {
    this.#path = path
    this.#log = log
    this.#timers = timers
    const standard = standardStream(path)
    this.#isOwn = standard === undefined
    this.#stream = standard ?? createWriteStream(path, { flags: 'a' })
    if (standard !== undefined) return
    this.#stream.on('error', (error) => {
      onError()
      const message = `cannot write ${path}: ${error.message}`
      log({ level: 'error', scope: 'access-log', message })
    })
  }

  write(line: string): void {
    if (this.#stream.writableLength >= maxWaitingBytes) {
      this.#lose()
      return
    }
    this.#losing = false
    this.#waiting += line
    if (this.#waiting.length >= writeChars) this.#flush()
    else this.#timer ??= this.#timers.setTimeout(() => this.#flush(), maxDelayMs)
  }

  close(): Promise<void> {
    this.#flush()
    return new Promise((resolve) => {
      if (this.#isOwn) this.#stream.end(() => resolve())
      else this.#stream.write('', () => resolve())
    })
  }

  #flush(): void {
    if (this.#timer !== undefined) this.#timers.clearTimeout(this.#timer)
    this.#timer = undefined
    const text = this.#waiting
    this.#waiting = ''
    if (text !== '') this.#stream.write(text)
  }

  #lose(): void {
    if (this.#losing) return
    this.#losing = true
    const message = `${this.#path} takes lines too slowly: lines are lost`
    this.#log({ level: 'warn', scope: 'access-log', message })
  }
}

function standardStream(path: string): NodeJS.WriteStream | undefined {
  if (path === '/dev/stdout') return process.stdout
  return path === '/dev/stderr' ? process.stderr : undefined
}
