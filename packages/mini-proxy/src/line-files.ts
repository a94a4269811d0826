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
const writeBytes = 65_536
/** A character may take so many bytes. */
const maxCharBytes = 3
const encodeLength = 8192
const maxDelayMs = 100
const maxWaitingBytes = 4_194_304

const nothing = Buffer.alloc(0)

class LineFile {
  readonly #path: string
  readonly #log: Log
  readonly #timers: Timers
  readonly #stream: Writable
  readonly #isOwn: boolean
  /** The last few lines: to turn text into bytes costs much for each time, and little for each line. */
  #text = ''
  /** Most wait as bytes and not as text, which the collector would have to look at again and again. */
  #buffer: Buffer = nothing
  #length = 0
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
    this.#text += line
    if (this.#text.length >= encodeLength) this.#encode()
    this.#timer ??= this.#timers.setTimeout(() => this.#flush(), maxDelayMs)
  }

  close(): Promise<void> {
    this.#flush()
    return new Promise((resolve) => {
      if (this.#isOwn) this.#stream.end(() => resolve())
      else this.#stream.write('', () => resolve())
    })
  }

  #encode(): void {
    const text = this.#text
    if (text === '') return
    this.#text = ''
    const mostBytes = text.length * maxCharBytes
    if (this.#length + mostBytes > this.#buffer.length) {
      this.#writeBytes()
      if (mostBytes > writeBytes) {
        this.#stream.write(text)
        return
      }
    }
    if (this.#length === 0) this.#buffer = Buffer.allocUnsafeSlow(writeBytes)
    this.#length += this.#buffer.write(text, this.#length)
  }

  #flush(): void {
    if (this.#timer !== undefined) this.#timers.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#encode()
    this.#writeBytes()
  }

  #writeBytes(): void {
    const written = this.#buffer.subarray(0, this.#length)
    this.#buffer = nothing
    this.#length = 0
    if (written.length > 0) this.#stream.write(written)
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
